"""Designs of deceit that are held out: whoever writes rules for account lines does not read this file or its tests.

They follow what is told in public of how firms pad their accounts: merchants who "brush" one another's turnover, false
equipment and building payments that come home as sales, cards swiped at one's own terminal, customers who help.

``held_a``: two firms sell each other nothing. One pays in one to three sums as odd as invoices, the other pays about as
much back, cut otherwise, two to six weeks after the month's first day; both say goods. Nobody takes a fee.
``held_b``: every fourth month a large sum leaves for equipment; from the month after on three new customers pay
it back for four months, each on a day and at a rate of its own, as if by contract; 3 to 8 % stay behind.
``held_c``: the owner swipes cards at the firm's own terminal. Each swipe settles on the next day less 0.6 %, in words
of the card company; on a fixed day of the next month the firm pays the owner what was swiped, who pays the cards.
``held_d``: a true customer pays more than it owes, in words of its true payments. Two or three small payments for
carriage and services, one to five weeks later, give the money back to another firm of its owner, with 1 to 2.5 %
on top.

Truth books these lines as what they are (``wash_in``, ``wash_out``, ``owner_out``); the bank words them as what they
pretend to be.
"""

import numpy as np

from simulation import held_out_fifth, held_out_fourth, held_out_second, held_out_sixth, held_out_third
from simulation.calendar import Month, next_working
from simulation.firms import OWNER, SLOTS
from simulation.kinds import KIND
from simulation.ledger import DUE, NOBODY, cents, stacked
from simulation.money import owe
from simulation.parties import BANKS, PLATFORMS
from simulation.randomness import stream
from simulation.schemes import HELD_A, HELD_B, HELD_C, HELD_D
from simulation.sham import LEAST, ally_of, main_account, odd, parts, pay_out, sham_sum, shell_of, take_in, times, turns
from simulation.trade import SERVICES
from simulation.world import World

LATER = (held_out_second, held_out_third, held_out_fourth, held_out_fifth, held_out_sixth)
PRETENDS = {
    HELD_A: ("sale", "purchase"),
    HELD_B: ("service_sale", "equipment"),
    HELD_C: ("settlement_card", "wash_out"),
    HELD_D: ("sale", "expense"),
    **{design: words for later in LATER for design, words in later.PRETENDS.items()},
}
EVERY_MONTHS = 4
PAYERS = (41, 83, 127)
TERMINAL_FEE = 6
CARD_LIMIT = 49_000


def deceive_unseen(world: World, month: Month, working: np.ndarray) -> None:
    """Put the month's sham payments of the held-out designs on the calendars."""
    rng = stream(world.seed, "held_out", month.index)
    _give_back(world, month, rng)
    for design, act in ((HELD_A, _swap), (HELD_B, _equip), (HELD_C, _swipe), (HELD_D, _overpay)):
        act(world, month, working[working["design"] == design], rng)
    for later in LATER:
        rng = stream(world.seed, later.__name__.removeprefix("simulation."), month.index)
        for number, act in later.ACTS.items():
            act(world, month, working[working["design"] == number], rng)


def as_told(world: World, entries: np.ndarray) -> np.ndarray:
    """Entries with the kinds in whose words the bank writes them: those of true lines for most held-out ones."""
    kind, schemes = entries["kind"], world.schemes
    sham = np.flatnonzero(((kind == KIND["wash_in"]) | (kind == KIND["wash_out"])) & (entries["ref"] >= 0))
    design = np.full(schemes["ring"].max(initial=0) + 1, NOBODY)
    design[schemes["ring"]] = schemes["design"]
    told, drawn = entries.copy(), design[entries["ref"][sham]]
    for number, (incoming, outgoing) in PRETENDS.items():
        mine = sham[drawn == number]
        told["kind"][mine] = np.where(kind[mine] == KIND["wash_in"], KIND[incoming], KIND[outgoing])
    renders = world.firms.among(SERVICES)[told["account"][sham] // SLOTS]
    told["kind"][sham[renders & (told["kind"][sham] == KIND["sale"])]] = KIND["service_sale"]
    return np.asarray(told)


def _swap(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """One of two firms pays, the other pays about as much back; neither more than half of what either has."""
    place, turn, can = turns(world, schemes)
    n = place.max(initial=-1) + 1
    account = main_account(schemes)
    has = np.full(n, np.inf)
    np.minimum.at(has, place, world.purse.ledger.balance[account] / 200)
    both = (np.bincount(place, minlength=n) == 2)[place]
    opens = turn == rng.integers(0, 2, n)[place]
    whole = np.minimum(can, has[place]) * rng.uniform(0.5, 1.0, n)[place] * both
    whole = np.where(opens, whole, whole * rng.uniform(0.97, 1.03, n)[place])
    whole = np.where(whole < LEAST, 0, whole)
    which, share = parts(1 + rng.integers(0, 3, len(schemes)), rng)
    early, late = rng.integers(0, 13, len(which)), rng.integers(14, 45, len(which))
    day = next_working(month.first + np.where(opens[which], early, late))
    friend = schemes["next"][which]
    world.purse.payables.add(
        owe(
            day,
            account[which],
            friend,
            KIND["wash_out"],
            odd(whole[which] * share, rng),
            schemes["ring"][which],
            payee=friend.astype(np.int64) * SLOTS,
        )
    )


def _equip(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A large payment for machines that nobody delivers, never more than 45 % of what the firm has."""
    one = schemes[(month.index - schemes["first"]) % EVERY_MONTHS == 0]
    account = main_account(one)
    most = world.purse.ledger.balance[account] * 45 // 100 // 100_000 * 100_000
    amount, day = np.minimum(2 * sham_sum(world, one, rng), most), month.any_day(rng, len(one))
    pay_out(world, one, next_working(day), shell_of(world, one), amount)


def _give_back(world: World, month: Month, rng: np.random.Generator) -> None:
    """What was really paid for machines in the month before comes home from three customers in twelve payments."""
    paid = stacked(DUE, world.purse.paid)
    rings = world.schemes["ring"][world.schemes["design"] == HELD_B]
    paid = paid[(paid["kind"] == KIND["wash_out"]) & np.isin(paid["ref"], rings)]
    which, share = parts(np.full(len(paid), len(PAYERS)), rng)
    source, payer = paid[which], ally_of(world, paid["party"][which], np.resize(PAYERS, len(which)))
    monthly = source["amount"] * (1 - rng.uniform(0.03, 0.08, len(paid)))[which] * share / EVERY_MONTHS
    for ahead in range(EVERY_MONTHS):
        day = next_working(month.after(ahead).day(3 + payer * 7 % 24))
        value = (monthly * rng.uniform(0.97, 1.03, len(which))).astype(np.int64) // 1_000 * 1_000
        world.purse.receipts.add(owe(day, source["account"], payer, KIND["wash_in"], value, source["ref"]))


def settled(swiped: np.ndarray) -> np.ndarray:
    """Cents that arrive of a swipe.

    >>> settled(np.array([1_988_000])).tolist()
    [1976072]
    """
    return np.asarray((swiped * (1_000 - TERMINAL_FEE) + 500) // 1_000)


def _swipe(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Two to six swipes a month at prices of whole yuan; cards and owner are paid in the next month."""
    one = np.repeat(schemes, 2 + rng.integers(0, 5, len(schemes)))
    wanted = np.minimum(world.usual[one["firm"]] * one["size"] * rng.uniform(0.03, 0.2, len(one)), CARD_LIMIT)
    price = np.floor(np.maximum(wanted, 500) / 10) * 10 + rng.choice([0, 6, 8, 9], len(one))
    swiped, day = cents(price), rng.integers(month.first, month.last, len(one)) + 1
    company = int(world.parties.of(PLATFORMS)[2])
    take_in(world, one, day, company, settled(swiped))
    owed = np.bincount(one["firm"], weights=swiped, minlength=world.firms.n).astype(np.int64)[schemes["firm"]]
    account, ring, firm = main_account(schemes), schemes["ring"], schemes["firm"]
    payday = next_working(month.after(1).day(5 + firm % 20))
    own = account + OWNER
    world.purse.payables.add(owe(payday, account, world.firms.n + firm, KIND["owner_out"], owed, ring, payee=own))
    bank = world.parties.of(BANKS)[firm % len(BANKS)]
    world.purse.payables.add(owe(payday + 1, own, bank, KIND["household_out"], owed, ring))


def _overpay(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """In three months of four a customer pays for nothing once or twice, and gets its money back with a little more."""
    one = times(schemes[rng.random(len(schemes)) < 0.75], rng, 2)
    links = world.network.customers
    friend = links.party[np.searchsorted(links.firm, one["firm"])]
    day = next_working(month.any_day(rng, len(one)))
    amount = odd(world.usual[one["firm"]] * one["size"] * rng.uniform(0.25, 0.7, len(one)), rng)
    take_in(world, one, day, friend, amount)
    back = amount * (1 + rng.uniform(0.01, 0.025, len(one)))
    which, share = parts(2 + rng.integers(0, 2, len(one)), rng)
    later = next_working(day[which] + rng.integers(7, 36, len(which)))
    value = (back[which] * share).astype(np.int64) // 100 * 100
    ally = ally_of(world, friend[which], 29)
    pay_out(world, one[which], later, ally, value)
