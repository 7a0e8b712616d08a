"""Accounts at other banks as the national platform tells them: monthly statistics, never a line."""

import numpy as np
import pyarrow as pa

from features.contract.words import CATEGORIES
from simulation.calendar import Month
from simulation.columns import chosen, days, money, quantity, table
from simulation.firms import PLATFORM, SLOTS
from simulation.kinds import KINDS
from simulation.ledger import SIGN
from simulation.parties import BANKS
from simulation.world import World

REPORT_LAG = 12
_PUBLIC = ("tax", "social_insurance", "utility")
_BANK = ("loan_in", "loan_principal", "loan_interest", "interest_in", "fee", "wealth_in", "wealth_out")


def category_of(name: str, nature: str) -> str:
    """The platform's category of a kind of line.

    >>> category_of("settlement_wechat", "operating")
    'third_party_payment'
    """
    if nature in _PUBLIC or name in ("subsidy_in", "court_out"):
        return "public_body"
    if nature == "own_transfer":
        return "own_account"
    if name in _BANK or name in ("guarantee_out", "discount_in", "bill_out"):
        return "account_bank"
    if name.startswith("settlement"):
        return "third_party_payment"
    return "cash" if name.startswith("cash") else "other_counterparty"


CATEGORY = np.array([CATEGORIES.index(category_of(kind.name, kind.nature)) for kind in KINDS])


def platform_table(world: World, entries: np.ndarray, month: Month, last_known: int) -> pa.Table:
    """Sums, counts, counterparties and concentration of each category and direction, for platform accounts only."""
    mine = entries[world.firms.visibility.ravel()[entries["account"]] == PLATFORM]
    firm, sign = mine["account"] // SLOTS, (SIGN[mine["kind"]] > 0).astype(np.int64)
    group = (firm.astype(np.int64) * len(CATEGORIES) + CATEGORY[mine["kind"]]) * 2 + sign
    keys, total, count, largest, parties, top = _statistics(group, mine["party"], mine["amount"])
    who = keys // 2 // len(CATEGORIES)
    return table(
        "platform_month",
        {
            "enterprise_id": world.parties.ids_of(who),
            "month": days(np.full(len(keys), month.first)),
            "institution": chosen(BANKS, who % len(BANKS)),
            "category": chosen(CATEGORIES, keys // 2 % len(CATEGORIES)),
            "direction": chosen(("out", "in"), keys % 2),
            "amount": money(total),
            "count": pa.array(count),
            "counterparties": pa.array(parties),
            "top5_share": quantity(top / np.maximum(total, 1)),
            "largest": money(largest),
            "known_at": days(np.full(len(keys), month.last + REPORT_LAG)),
        },
        last_known,
    )


def _statistics(group: np.ndarray, party: np.ndarray, amount: np.ndarray) -> tuple[np.ndarray, ...]:
    """For each group: key, total, lines, largest line, counterparties, and the total of its five largest."""
    keys, inverse, count = np.unique(group, return_inverse=True, return_counts=True)
    total, largest = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
    np.add.at(total, inverse, amount)
    np.maximum.at(largest, inverse, amount)
    pairs, where = np.unique(np.stack([inverse, party.astype(np.int64)]), axis=1, return_inverse=True)
    by_party = np.zeros(pairs.shape[1], dtype=np.int64)
    np.add.at(by_party, where.ravel(), amount)
    order = np.lexsort((-by_party, pairs[0]))
    owner, value = pairs[0][order], by_party[order]
    first = np.searchsorted(owner, np.arange(len(keys)))
    rank = np.arange(len(owner)) - first[owner]
    top = np.zeros(len(keys), dtype=np.int64)
    np.add.at(top, owner[rank < 5], value[rank < 5])
    return keys, total, count.astype(np.int64), largest, np.bincount(owner, minlength=len(keys)).astype(np.int64), top
