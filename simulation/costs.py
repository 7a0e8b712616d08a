"""A month of running costs: wages, rent, expenses, insurance, bank fees and the owner's household."""

import numpy as np

from simulation.calendar import Month, next_working
from simulation.firms import MAIN, OWNER, SLOTS
from simulation.kinds import KIND
from simulation.ledger import cents
from simulation.money import owe
from simulation.parties import INSURER, OWN_BANK
from simulation.randomness import stream
from simulation.world import World


def run_costs(world: World, month: Month) -> None:
    """Put the month's running costs on the calendar."""
    rng = stream(world.seed, "costs", month.index)
    _wages(world, month, rng)
    _rent(world, month, rng)
    _expenses(world, month, rng)
    _bank(world, month, rng)
    _household(world, month, rng)


def _wages(world: World, month: Month, rng: np.random.Generator) -> None:
    """Staff follows the usual level of trade slowly; a thirteenth wage comes before Spring Festival."""
    firms = world.firms
    ideal = firms.headcount * world.usual / firms.sales
    step = np.clip(ideal - world.headcount, -0.10 * world.headcount - 0.6, 0.06 * world.headcount + 0.6)
    world.headcount = np.maximum(1, np.rint(world.headcount + step * rng.random(firms.n))).astype(np.int64)
    bonus = np.where(month.number == 1, 1.35, 1.0)
    pay = world.headcount * firms.wage * 0.88 * bonus * rng.lognormal(0, 0.02, firms.n)
    who = np.flatnonzero(world.alive & (firms.trade("wages") * firms.sales > 3000))
    day = next_working(month.day(firms.payroll_day[who]))
    world.purse.payables.add(owe(day, who * SLOTS, world.parties.special["代发工资"], KIND["payroll"], cents(pay[who])))


def _rent(world: World, month: Month, rng: np.random.Generator) -> None:
    firms = world.firms
    turn = (month.year * 12 + month.number + np.arange(firms.n)) % firms.rent_every == 0
    who = np.flatnonzero(world.alive & turn)
    amount = np.round((firms.trade("rent") * firms.sales * firms.rent_every)[who], -1)
    landlord = world.parties.outsiders.start + (who * 13) % len(world.parties.outsiders)
    world.purse.payables.add(
        owe(next_working(month.day(1 + who % 10)), who * SLOTS, landlord, KIND["rent"], cents(amount))
    )


def _expenses(world: World, month: Month, rng: np.random.Generator) -> None:
    """Carriage, services, claims of staff: many small sums to changing people."""
    firms = world.firms
    volume = firms.trade("other") * (0.5 * world.demand + 0.5 * world.usual) * world.alive
    count = np.where(volume > 0, 1 + rng.poisson(np.clip(1.2 * np.log10(volume + 10) - 3.0, 0.4, 8)), 0)
    firm = np.repeat(np.arange(firms.n), count)
    amount = (volume / np.maximum(count, 1))[firm] * rng.lognormal(-0.2, 0.6, len(firm))
    party = world.parties.outsiders.start + (firm * 31 + rng.integers(0, 12, len(firm))) % len(world.parties.outsiders)
    day = next_working(month.any_day(rng, len(firm)))
    world.purse.payables.add(owe(day, firm * SLOTS, party, KIND["expense"], cents(amount)))
    if month.number == 3:
        who = np.flatnonzero(world.alive)
        world.purse.payables.add(
            owe(
                next_working(month.day(5 + who % 20)),
                who * SLOTS,
                world.parties.special[INSURER],
                KIND["premium"],
                cents(np.round(0.01 * firms.sales[who]) + 500),
            )
        )


def _bank(world: World, month: Month, rng: np.random.Generator) -> None:
    """Fees every month; interest on the 21st of the last month of a quarter."""
    who = np.flatnonzero(world.alive)
    bank = world.parties.special[OWN_BANK]
    fee = rng.integers(500, 6000, len(who))
    world.purse.payables.add(owe(month.day(1 + who % 25), who * SLOTS + MAIN, bank, KIND["fee"], fee))
    if month.number % 3 == 0:
        accounts = np.flatnonzero(world.purse.ledger.balance > 0)
        accounts = accounts[accounts % SLOTS != OWNER]
        interest = (world.purse.ledger.balance[accounts] * 0.0020 / 4).astype(np.int64)
        world.purse.receipts.add(
            owe(np.full(len(accounts), month.first + 20), accounts, bank, KIND["interest_in"], interest)
        )


def _household(world: World, month: Month, rng: np.random.Generator) -> None:
    """The owner's family earns a little elsewhere and lives; the firm pays the owner when it has more than it wants."""
    firms, n = world.firms, world.firms.n
    living = np.clip(0.025 * firms.sales, 3500, 40000) * rng.lognormal(0, 0.2, n)
    count = 1 + rng.poisson(1.5, n)
    firm = np.repeat(np.arange(n), count)
    day = month.any_day(rng, len(firm))
    shop = world.parties.outsiders.start + rng.integers(0, len(world.parties.outsiders), len(firm))
    world.purse.payables.add(owe(day, firm * SLOTS + OWNER, shop, KIND["household_out"], cents((living / count)[firm])))
    who = np.flatnonzero(rng.random(n) < 0.5)
    world.purse.receipts.add(
        owe(month.day(15), who * SLOTS + OWNER, -1, KIND["household_in"], cents(living[who] * 0.7))
    )
    _drawings(world, month, rng)


def wanted_money(world: World) -> np.ndarray:
    """Yuan that each owner wants to keep in the firm: days of usual spending, and half of what is borrowed."""
    return np.asarray(world.usual * world.firms.buffer_days / 30 + 0.5 * world.book.owed())


def _drawings(world: World, month: Month, rng: np.random.Generator) -> None:
    firms = world.firms
    excess = world.money - wanted_money(world)
    settled = month.index > -3
    draw = np.where(excess > 0, excess * 0.5 * settled, 0) + np.where(
        world.money > 0.2 * world.usual, 0.012 * world.usual, 0
    )
    who = np.flatnonzero(world.alive & (draw > 1000))
    count = 1 + rng.integers(0, 2, len(who))
    firm = np.repeat(who, count)
    amount = np.floor((draw[who] / count).repeat(count) / 500) * 500
    day = month.any_day(rng, len(firm))
    cash = rng.random(len(firm)) < 0.2 + 0.2 * firms.sole[firm]
    owner = np.where(cash, -1, firms.n + firm)
    kind = np.where(cash, KIND["cash_out"], KIND["owner_out"])
    payee = np.where(cash, -1, firm * SLOTS + OWNER)
    world.purse.payables.add(owe(day, firm * SLOTS, owner, kind, cents(amount), payee=payee))
