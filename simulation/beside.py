"""Tables of what stands beside our loans: other lenders' debts, guarantees, recoveries."""

import numpy as np
import pyarrow as pa

from simulation.book import RECOVERIES
from simulation.calendar import Month
from simulation.columns import chosen, days, joined, money, optional_days, padded, serials, table, texts
from simulation.ledger import NOBODY
from simulation.others import overdue
from simulation.world import World

REPORT_LAG = 10


def credit_line_table(world: World, number: np.ndarray, month: Month, last_known: int) -> pa.Table:
    """The credit report of the month on each debt to another lender."""
    debt, late = world.book.borrowings[number], overdue(world)[number]
    left = np.maximum(0, debt["principal"] - (debt["principal"] * (debt["paid"] / (debt["service"] * debt["term"]))))
    return table(
        "credit_line",
        {
            "credit_line_id": joined("B", padded(number, 7)),
            "enterprise_id": world.parties.ids_of(debt["firm"]),
            "institution": texts(world.parties.name_texts, debt["lender"]),
            "kind": chosen(("non_bank", "bank"), debt["bank"]),
            "committed": money(debt["principal"]),
            "balance": money(np.where(debt["closed"] == NOBODY, left, 0)),
            "overdue": money(late),
            "monthly_service": money(debt["service"]),
            "opened_on": days(debt["day"]),
            "matures_on": days(debt["day"] + (debt["term"] * 30.44).astype(np.int64)),
            "closed_on": optional_days(debt["closed"]),
            "known_at": days(np.full(len(number), month.last + REPORT_LAG)),
        },
        last_known,
    )


def called_in(world: World, month: Month) -> np.ndarray:
    """Loans whose guarantor was called this month."""
    called = world.book.loans["called"]
    return np.flatnonzero((called >= month.first) & (called <= month.last))


def guarantee_table(world: World, number: np.ndarray, last_known: int) -> pa.Table:
    """Both sides of each guarantee of the loans named; a call is a later version."""
    number = number[world.book.loans["guarantor"][number] != NOBODY]
    loan = world.book.loans[number]
    both = np.concatenate([loan, loan])
    given = np.arange(len(both)) >= len(loan)
    code = np.concatenate([number, number])
    called = both["called"]
    return table(
        "guarantee",
        {
            "guarantee_id": joined("U", padded(code, 7), chosen(("R", "G"), given.astype(int))),
            "enterprise_id": world.parties.ids_of(np.where(given, both["guarantor"], both["firm"])),
            "side": chosen(("received", "given"), given.astype(int)),
            "party_id": world.parties.ids_of(np.where(given, both["firm"], both["guarantor"])),
            "amount": money(both["principal"]),
            "starts_on": days(both["day"]),
            "ends_on": days(both["matures"] + 730),
            "called_on": optional_days(called),
            "known_at": days(np.maximum(both["day"], called)),
        },
        last_known,
    )


def recovery_table(world: World, got: np.ndarray, month: Month, last_known: int) -> pa.Table:
    """Money got back beside the instalments, with what it cost."""
    cost = np.select([got["kind"] == 1, got["kind"] == 2], [0.01, 0.08], 0.15) * got["amount"]
    return table(
        "recovery",
        {
            "recovery_id": joined("Z", serials(month, np.arange(len(got)), 5)),
            "loan_id": joined("L", padded(got["loan"], 7)),
            "enterprise_id": world.parties.ids_of(world.book.loans["firm"][got["loan"]]),
            "recovered_on": days(got["day"]),
            "amount": money(got["amount"]),
            "cost": money(cost),
            "kind": chosen(RECOVERIES, got["kind"]),
            "known_at": days(got["day"]),
        },
        last_known,
    )
