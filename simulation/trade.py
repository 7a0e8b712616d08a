"""A month of trade: demand, sales, purchases, invoices, and when each will be paid."""

from dataclasses import dataclass

import numpy as np

from simulation.calendar import Month, next_working
from simulation.firms import MAIN, SECOND, SLOTS
from simulation.industries import SEASON
from simulation.kinds import KIND
from simulation.ledger import cents
from simulation.money import owe
from simulation.network import Links, renew_customers
from simulation.randomness import stream
from simulation.tills import sell_by_platform, sell_for_cash
from simulation.world import World

SERVICES = ("E48", "G54", "I65", "L72", "O81")


@dataclass
class Invoices:
    """Invoices issued in a month; ``seller`` and ``buyer`` are party numbers, ``firm`` the firm that has the copy."""

    firm: np.ndarray
    other: np.ndarray
    sale: np.ndarray
    day: np.ndarray
    gross: np.ndarray
    rate: np.ndarray


def trade(world: World, month: Month) -> Invoices:
    """Make the month's demand and put its payments on the calendars."""
    rng = stream(world.seed, "trade", month.index)
    failed = renew_customers(
        world.network,
        world.parties,
        world.alive,
        world.parameters.customer_failure_rate,
        world.parameters.customer_churn_rate,
        rng,
    )
    _demand(world, month)
    outside = _sell_outside(world, month, failed, rng)
    sell_by_platform(world, month, rng)
    sell_for_cash(world, month, rng)
    _take_stock_of_sales(world, outside)
    parts = [outside, *_sell_inside(world, month, rng), _buy_outside(world, month, rng)]
    return joined(parts)


def joined(parts: list[Invoices]) -> Invoices:
    """Invoices one after the other."""
    return Invoices(*(np.concatenate([getattr(p, name) for p in parts]) for name in Invoices.__dataclass_fields__))


def sham_invoices(world: World, month: Month) -> Invoices:
    """Invoices of the month for what was never sold."""
    made = world.papers.issued(month.last, world.alive)
    return Invoices(made["firm"], made["other"], made["sale"], made["day"], made["gross"] / 100, made["rate"])


def _take_stock_of_sales(world: World, outside: Invoices) -> None:
    """What was sold this month (inside the world: the month before), and what is usual once seasons are taken out."""
    firms, n = world.firms, world.firms.n
    outward = np.bincount(outside.firm, weights=outside.gross, minlength=n)
    direct = world.demand * (firms.trade("platform") + firms.trade("cash"))
    world.sold = outward + direct + world.sold_inside * world.alive
    world.usual += 0.25 * (world.sold / np.maximum(world.swing, 0.05) - world.usual)


def _demand(world: World, month: Month) -> None:
    """Move moods, sectors and blows by a month; demand follows, and what is usual follows demand."""
    p, firms, rng = world.parameters, world.firms, stream(world.seed, "demand", month.index)
    n = firms.n
    world.mood = p.demand_persistence * world.mood + rng.normal(0, p.demand_noise, n) * firms.unsteady
    world.sector = 0.95 * world.sector + rng.normal(0, p.sector_noise, len(world.sector))
    hit = rng.random(n) < p.decline_rate * firms.fragility
    depth = np.minimum(rng.beta(2, 2, n) * p.decline_size * 2, 0.9)
    world.fall = world.fall * (1 - p.recovery_speed) + np.where(hit, np.log1p(-depth), 0)
    world.blow += p.decline_speed * (world.fall - world.blow)
    since = [(month.year - y) * 12 + month.number - m for y, m, _, _ in p.macro_shocks]
    macro = -sum(depth for k, (_, _, n_, depth) in zip(since, p.macro_shocks, strict=True) if 0 <= k < n_)
    season = SEASON[firms.industry, month.number - 1] / SEASON.mean(axis=1)[firms.industry]
    festival = 1 - 0.75 * firms.trade("festival") * month.festival_share
    level = world.mood + world.blow + world.sector[firms.industry] + macro + firms.growth * month.index
    world.swing = season * festival
    world.demand = firms.sales * np.exp(level) * world.swing * world.alive


def _split(
    rng: np.random.Generator, links: Links, volume: np.ndarray, per_link: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which relation each invoice of the month belongs to, and its amount in yuan."""
    active = (rng.random(len(links.firm)) < links.busy) & (volume > 0)
    count = np.where(active, 1 + rng.poisson(per_link, len(active)), 0)
    which = np.repeat(np.arange(len(count)), count)
    amount = (volume / links.busy / np.maximum(count, 1))[which] * rng.lognormal(-0.06, 0.35, len(which))
    amount = np.where(rng.random(len(which)) < 0.35, np.ceil(amount / 100) * 100, np.round(amount, 2))
    return which, amount


def _sell_outside(world: World, month: Month, failed: np.ndarray, rng: np.random.Generator) -> Invoices:
    links, p, firms = world.network.customers, world.parameters, world.firms
    b2b = (world.demand * firms.trade("b2b") * world.network.outside_share)[links.firm]
    which, amount = _split(rng, links, links.weight * b2b, 0.5)
    firm, party = links.firm[which], links.party[which]
    issued = next_working(month.any_day(rng, len(which)))
    slow = p.later_lateness if month.year >= p.regime_year else 1.0
    late = links.late[which] * p.late_days_mean * slow * rng.exponential(1.0, len(which))
    paid = next_working((issued + links.terms[which] + late).astype(np.int64))
    lost = failed[which] | (rng.random(len(which)) < p.never_paid_share)
    slot = np.where(firms.has_second[firm] & (party % 10 < 3), SECOND, MAIN)
    slot = np.where((party % 97) / 97 < firms.mixing[firm], 2, slot)
    kind = np.where(firms.among(SERVICES)[firm], KIND["service_sale"], KIND["sale"])
    due = owe(paid, firm * SLOTS + slot, party, kind, cents(np.where(lost, 0, amount)))
    promised = _paid_by_bill(world, due, rng)
    world.bills = np.concatenate([world.bills, due[promised]])
    world.purse.receipts.add(due[~promised])
    return Invoices(firm, party, np.ones(len(firm), bool), issued, amount, firms.trade("vat")[firm])


def _paid_by_bill(world: World, due: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Larger customers of makers and traders pay some sums with an acceptance."""
    large = due["amount"] >= world.parameters.smallest_bill * 100
    goods = (due["kind"] == KIND["sale"]) & (due["account"] % SLOTS == MAIN)
    return np.asarray(large & goods & (rng.random(len(due)) < world.parameters.bill_share))


def _goods(world: World) -> np.ndarray:
    """Goods to buy this month: what sells, less what the stock bought on credit covers."""
    firms = world.firms
    p = world.parameters
    pressed = p.price_pressure * (1 - np.exp(world.blow))
    share = np.clip(firms.trade("goods") * p.goods_price - firms.edge + pressed, 0.03, 1.05)
    wanted = share * (0.8 * world.sold + 0.2 * world.usual * world.swing) * world.alive
    used = np.minimum(world.stock / 8, wanted * 0.6)
    world.stock = world.stock - used
    return np.asarray(wanted - used)


def _sell_inside(world: World, month: Month, rng: np.random.Generator) -> tuple[Invoices, Invoices]:
    """Orders between firms of this world; the buyer owes, and pays when it can."""
    world.goods_bought = _goods(world)
    links, seller, firms = world.network.inside, world.network.inside_seller, world.firms
    both = world.alive[seller] & world.alive[links.firm]
    which, amount = _split(rng, links, links.weight * world.goods_bought[links.firm] * both, 0.4)
    buyer, seller = links.firm[which], seller[which]
    world.sold_inside = np.bincount(seller, weights=amount, minlength=firms.n)
    issued = next_working(month.any_day(rng, len(which)))
    payday = next_working((issued + links.terms[which] + rng.exponential(3, len(which))).astype(np.int64))
    world.purse.payables.add(owe(payday, buyer * SLOTS, seller, KIND["purchase"], cents(amount), payee=seller * SLOTS))
    rate = firms.trade("vat")[seller]
    yes, no = np.ones(len(which), bool), np.zeros(len(which), bool)
    return Invoices(seller, buyer, yes, issued, amount, rate), Invoices(buyer, seller, no, issued, amount, rate)


def _buy_outside(world: World, month: Month, rng: np.random.Generator) -> Invoices:
    links, firms = world.network.suppliers, world.firms
    volume = world.goods_bought * (1 - world.network.inside_share)
    which, amount = _split(rng, links, links.weight * volume[links.firm], 0.3)
    firm, party = links.firm[which], links.party[which]
    issued = next_working(month.any_day(rng, len(which)))
    payday = next_working((issued + 0.75 * links.terms[which] + rng.exponential(3, len(which))).astype(np.int64))
    slot = np.where(firms.has_second[firm] & (party % 10 < 2), SECOND, MAIN)
    due = owe(payday, firm * SLOTS + slot, party, KIND["purchase"], cents(amount))
    promised = _by_own_bill(world, due, rng)
    drawn = due[promised]
    drawn["kind"] = KIND["bill_out"]
    world.bills = np.concatenate([world.bills, drawn])
    world.purse.payables.add(due[~promised])
    return Invoices(firm, party, np.zeros(len(firm), bool), issued, amount, np.full(len(firm), 0.13))


def _by_own_bill(world: World, due: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Firms that are no sole proprietors pay some larger sums to suppliers with a bank acceptance of their own."""
    large = (due["amount"] >= world.parameters.smallest_bill * 100) & (due["account"] % SLOTS == MAIN)
    able = large & ~world.firms.sole[due["account"] // SLOTS]
    return np.asarray(able & (rng.random(len(due)) < world.parameters.issued_bill_share))
