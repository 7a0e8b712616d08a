"""The loss of a main customer, which a firm feels before its figures show it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulation.calendar import Month
from simulation.columns import chosen, days
from simulation.ledger import rows
from simulation.network import FAILED, FATES, STAYS
from simulation.world import World

LOSS = np.dtype([("firm", "i4"), ("party", "i4"), ("fate", "i2"), ("share", "f8")])


@dataclass(frozen=True)
class Main:
    """The largest customer of each firm that has one, before a month: ``link`` is -1 for a firm of this world."""

    firm: np.ndarray
    party: np.ndarray
    link: np.ndarray
    share: np.ndarray


def main_customers(world: World) -> Main:
    """Who buys most of each living firm, by what last month's trade lets expect; the share is of all its sales."""
    network, trade = world.network, world.firms.trade
    outside, inside = network.customers, network.inside
    expected = (world.demand * trade("b2b") * network.outside_share)[outside.firm] * outside.weight
    ordered = inside.weight * world.goods_bought[inside.firm] * world.alive[inside.firm]
    firm = np.concatenate([outside.firm, network.inside_seller])
    party = np.concatenate([outside.party, inside.firm])
    link = np.concatenate([np.arange(len(outside.firm)), np.full(len(inside.firm), -1)])
    value = np.concatenate([expected, ordered])
    direct = world.demand * (trade("platform") + trade("cash"))
    total = direct + np.bincount(firm, weights=value, minlength=world.firms.n)
    order = np.lexsort((value, firm))
    order = order[np.diff(firm[order], append=world.firms.n) != 0]
    order = order[world.alive[firm[order]] & (value[order] > 0)]
    return Main(firm[order], party[order], link[order], value[order] / total[firm[order]])


def losses(world: World, main: Main, month: Month) -> np.ndarray:
    """Which main customers left or failed in the month; one of this world fails when it ends."""
    ended = world.died_on[np.where(main.link < 0, main.party, 0)] == month.last
    fate = np.where(main.link < 0, np.where(ended, FAILED, STAYS), world.network.fate[main.link])
    lost = fate != STAYS
    return rows(
        LOSS, int(lost.sum()), firm=main.firm[lost], party=main.party[lost], fate=fate[lost], share=main.share[lost]
    )


def losses_truth(world: World, lost: np.ndarray, month: Month) -> pa.Table:
    """The main customers lost in the month: whose, who, how, and how much of the firm's sales it was."""
    return pa.table(
        {
            "enterprise_id": world.parties.ids_of(lost["firm"]),
            "month": days(np.full(len(lost), month.first)),
            "counterparty_id": world.parties.ids_of(lost["party"]),
            "how": chosen(FATES, lost["fate"]),
            "share": pa.array(lost["share"]),
        }
    )
