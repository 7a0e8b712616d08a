"""Public charges as tables: a version when known, a later one when paid."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from simulation.columns import days, joined, money, optional_days, padded, quantity, table
from simulation.firms import SLOTS
from simulation.kinds import KIND, SERIES
from simulation.public import Notice, Notices
from simulation.world import World

PAID_LAG = 3
UTILITIES = ("electricity", "water", "gas")


def issued(world: World, notices: list[Notice], last_known: int) -> Iterator[tuple[str, pa.Table]]:
    """First versions: billed or filed, not yet paid."""
    for notice in notices:
        settled = np.where(notice.amount == 0, notice.facts.get("filed", notice.known), -1)
        row = np.flatnonzero(_shared(world, notice, notice.firm))
        yield _table(world, notice, row, settled[row], notice.known[row] + 1, last_known)


def settled(world: World, notices: Notices, paid: np.ndarray, last_known: int) -> Iterator[tuple[str, pa.Table]]:
    """Second versions, of what was paid this month."""
    for name in SERIES:
        mine = paid[paid["kind"] == KIND[name]]
        for index in np.unique(mine["ref"]):
            notice = notices.kept.get((name, int(index)))
            if notice is None:
                continue
            one = mine[mine["ref"] == index]
            one = one[_shared(world, notice, one["account"] // SLOTS)]
            row = np.searchsorted(notice.firm, one["account"] // SLOTS)
            yield _table(world, notice, row, one["day"].astype(np.int64), one["day"] + PAID_LAG, last_known)


def _shared(world: World, notice: Notice, firm: np.ndarray) -> np.ndarray:
    """Some utility bills never reach the bank, and some firms share none."""
    if notice.kind not in UTILITIES:
        return np.ones(len(firm), dtype=bool)
    lost = (firm * 7919 + notice.month.first * 104_729) % 1000 < 1000 * world.parameters.missing_bill_share
    return np.asarray(~lost & (firm % 20 != 13))


def _table(
    world: World, notice: Notice, row: np.ndarray, paid_on: np.ndarray, known: np.ndarray, last_known: int
) -> tuple[str, pa.Table]:
    make = _utility if notice.kind in UTILITIES else _social if notice.kind == "social" else _tax
    return make(world, notice, row, paid_on, known, last_known)


def _code(world: World, notice: Notice, row: np.ndarray) -> pa.Array:
    month = f"-{notice.month.year}{notice.month.number:02d}-{notice.kind}"
    return joined("N", padded(notice.firm[row], 6), month)


def _utility(
    world: World, notice: Notice, row: np.ndarray, paid_on: np.ndarray, known: np.ndarray, last_known: int
) -> tuple[str, pa.Table]:
    usage = {name: quantity(value[row]) for name, value in notice.facts.items()}
    return "utility_bill", table(
        "utility_bill",
        {
            "bill_id": _code(world, notice, row),
            "enterprise_id": world.parties.ids_of(notice.firm[row]),
            "kind": pa.array([notice.kind] * len(row), pa.string()),
            "period": days(np.full(len(row), notice.month.first)),
            **usage,
            "amount": money(notice.amount[row]),
            "due_on": days(notice.due[row]),
            "paid_on": optional_days(paid_on),
            "known_at": days(known),
        },
        last_known,
    )


def _social(
    world: World, notice: Notice, row: np.ndarray, paid_on: np.ndarray, known: np.ndarray, last_known: int
) -> tuple[str, pa.Table]:
    return "social_insurance", table(
        "social_insurance",
        {
            "enterprise_id": world.parties.ids_of(notice.firm[row]),
            "month": days(np.full(len(row), notice.month.first)),
            "headcount": pa.array(notice.facts["headcount"][row]),
            "amount_due": money(notice.amount[row]),
            "due_on": days(notice.due[row]),
            "paid_on": optional_days(paid_on),
            "known_at": days(known),
        },
        last_known,
    )


def _tax(
    world: World, notice: Notice, row: np.ndarray, paid_on: np.ndarray, known: np.ndarray, last_known: int
) -> tuple[str, pa.Table]:
    facts = notice.facts
    return "tax_filing", table(
        "tax_filing",
        {
            "filing_id": _code(world, notice, row),
            "enterprise_id": world.parties.ids_of(notice.firm[row]),
            "kind": pa.array([notice.kind] * len(row), pa.string()),
            "period_start": days(facts["start"][row]),
            "period_end": days(np.full(len(row), notice.month.last)),
            "base": money(np.rint(facts["base"][row] * 100)),
            "amount_due": money(notice.amount[row]),
            "due_on": days(facts["due"][row]),
            "filed_on": days(facts["filed"][row]),
            "paid_on": optional_days(paid_on),
            "amount_paid": money(np.where(paid_on < 0, 0, notice.amount[row])),
            "known_at": days(known),
        },
        last_known,
    )
