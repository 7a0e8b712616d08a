"""Takings from the public: through payment platforms, which settle a day later less a fee, and in cash."""

import numpy as np

from simulation.calendar import Month
from simulation.firms import MAIN, SLOTS
from simulation.kinds import KIND
from simulation.ledger import cents
from simulation.money import owe
from simulation.parties import PLATFORMS
from simulation.world import World


def sell_by_platform(world: World, month: Month, rng: np.random.Generator) -> None:
    """Takings through payment platforms, settled the day after less the platform's fee."""
    firms = world.firms
    share = firms.trade("platform")
    for kind, part, party, base in (
        ("settlement_wechat", 0.58, 0, True),
        ("settlement_alipay", 0.32, 1, True),
        ("settlement_card", 0.10, 2, False),
    ):
        daily = (share > 0.3) & (base | (firms.sales > 1e5))
        who = np.flatnonzero((share > 0) & world.alive & (daily | base))
        every = np.where(daily[who], 1, 7)
        shape = (len(who), month.length)
        weekend = np.where((month.days + 3) % 7 >= 5, 1.3, 0.9)
        sold = (world.demand * share * part)[who, None] / month.length * weekend * rng.lognormal(-0.04, 0.3, shape)
        open_days = (np.arange(month.length)[None, :] + who[:, None]) % every[:, None] == 0
        net = sold * every[:, None] * 0.9962 * open_days
        firm, column = np.nonzero(net >= 1)
        day = month.first + column + 1
        special = world.parties.of(PLATFORMS)[party]
        slot = np.where((firm + column) % 100 / 100 < firms.mixing[who][firm] * 0.5, 2, MAIN)
        world.purse.receipts.add(owe(day, who[firm] * SLOTS + slot, int(special), KIND[kind], cents(net[firm, column])))


def sell_for_cash(world: World, month: Month, rng: np.random.Generator) -> None:
    """Cash takings, banked now and then in round sums."""
    firms = world.firms
    cash = world.demand * firms.trade("cash")
    count = np.where(cash > 2000, 1 + rng.poisson(1.2, firms.n), 0)
    firm = np.repeat(np.arange(firms.n), count)
    amount = np.floor((cash / np.maximum(count, 1))[firm] * rng.lognormal(-0.05, 0.3, len(firm)) / 100) * 100
    day = month.any_day(rng, len(firm))
    world.purse.receipts.add(owe(day, firm * SLOTS + MAIN, -1, KIND["cash_sale"], cents(amount)))
