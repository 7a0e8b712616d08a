"""Credit as tables: applications, queries, loans and instalments; and the tables of balances and invoices."""

import numpy as np
import pyarrow as pa

from simulation.book import OUTCOMES, PURPOSES, REPAYMENTS
from simulation.calendar import Month
from simulation.columns import chosen, days, joined, money, optional_days, padded, quantity, serials, table, texts
from simulation.firms import HIDDEN, SHOWN, SLOTS
from simulation.ledger import NOBODY
from simulation.lines import Wording
from simulation.loans import entrusted, payee
from simulation.parties import OWN_BANK
from simulation.registry import groups
from simulation.trade import Invoices
from simulation.world import World


def application_table(world: World, numbers: slice, last_known: int) -> pa.Table:
    """Applications, with what became of them."""
    asked = world.book.applications[numbers]
    return table(
        "application",
        {
            "application_id": joined("Q", padded(_count(numbers), 7)),
            "enterprise_id": world.parties.ids_of(asked["firm"]),
            "applied_on": days(asked["day"]),
            "amount": money(asked["amount"]),
            "term_months": pa.array(asked["term"].astype(np.int64)),
            "purpose": chosen(PURPOSES, asked["purpose"]),
            "outcome": chosen(OUTCOMES, asked["outcome"]),
            "known_at": days(asked["day"]),
        },
        last_known,
    )


def query_table(world: World, numbers: slice, last_known: int) -> pa.Table:
    """Our query of the credit report for each application, and what others asked about the same firms before."""
    asked = world.book.applications[numbers]
    count = 1 + (_count(numbers) * 7 + asked["firm"]) % 3
    row = np.repeat(np.arange(len(asked)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    day = asked["day"][row] - step * 17
    place = np.where(
        step == 0, OWN_BANK, np.array(["浙江网商银行", "深圳前海微众银行", "中国建设银行"])[(row + step) % 3]
    )
    return table(
        "credit_query",
        {
            "query_id": joined("Y", padded(_count(numbers)[row], 7), "-", padded(step, 1)),
            "enterprise_id": world.parties.ids_of(asked["firm"][row]),
            "queried_on": days(day),
            "institution": pa.array(place.tolist(), pa.string()),
            "reason": pa.array(["application"] * len(row), pa.string()),
            "known_at": days(np.maximum(day + 1, asked["day"][row] - 40)),
        },
        last_known,
    )


def _count(numbers: slice) -> np.ndarray:
    return np.arange(numbers.start, numbers.stop)


def loan_table(world: World, numbers: np.ndarray, known: np.ndarray, last_known: int) -> pa.Table:
    """One version of each of the loans named."""
    loan = world.book.loans[numbers]
    product = np.array(["流水贷", "税易贷", "周转贷"])[loan["firm"] % 3]
    shown = np.minimum(loan["closed"], known)
    return table(
        "loan",
        {
            "loan_id": joined("L", padded(numbers, 7)),
            "enterprise_id": world.parties.ids_of(loan["firm"]),
            "application_id": joined("Q", padded(loan["application"], 7)),
            "product": pa.array(product.tolist(), pa.string()),
            "purpose": chosen(PURPOSES, loan["purpose"]),
            "payee": texts(world.parties.name_texts, np.where(entrusted(world, loan), payee(world, loan), -1)),
            "repayment": chosen(REPAYMENTS, loan["repayment"]),
            "committed": money(loan["principal"]),
            "principal": money(loan["principal"]),
            "annual_rate": quantity(loan["rate"]),
            "term_months": pa.array(loan["term"].astype(np.int64)),
            "disbursed_on": days(loan["day"]),
            "matures_on": days(loan["matures"]),
            "secured": pa.array(loan["secured"]),
            "renewed_from": _renewed(loan),
            "group_id": _group(world, loan),
            "restructured_on": optional_days(loan["restructured"]),
            "written_off_on": optional_days(loan["written_off"]),
            "closed_on": optional_days(np.where(loan["closed"] == NOBODY, -1, shown)),
            "known_at": days(known),
        },
        last_known,
    )


def _group(world: World, loan: np.ndarray) -> pa.Array:
    first = groups(world.firms.n)[loan["firm"]]
    named = joined("G", world.parties.ids_of(np.maximum(first, 0)))
    return texts(named, np.where(first >= 0, np.arange(len(loan)), -1))


def _renewed(loan: np.ndarray) -> pa.Array:
    of = joined("L", padded(np.maximum(loan["renews"], 0), 7))
    return texts(of, np.where(loan["renews"] >= 0, np.arange(len(loan)), -1))


def instalment_table(world: World, part: np.ndarray, known: np.ndarray, last_known: int) -> pa.Table:
    """Versions of instalments."""
    return table(
        "instalment",
        {
            "loan_id": joined("L", padded(part["loan"], 7)),
            "enterprise_id": world.parties.ids_of(part["firm"]),
            "number": pa.array(part["number"].astype(np.int64)),
            "due_on": days(part["due"]),
            "principal_due": money(part["principal"]),
            "interest_due": money(part["interest"]),
            "paid": money(part["paid"]),
            "paid_on": optional_days(part["paid_on"]),
            "known_at": days(known),
        },
        last_known,
    )


def account_month_table(world: World, wording: Wording, opening: np.ndarray, month: Month, last_known: int) -> pa.Table:
    """Balances of every account that the firm has let the bank see."""
    total, low, high = world.purse.daily
    show = np.flatnonzero((world.firms.visibility.ravel() != HIDDEN) & ((opening > 0) | (high > 0)))
    return table(
        "account_month",
        {
            "account_id": texts(wording.accounts, show),
            "enterprise_id": world.parties.ids_of(show // SLOTS),
            "month": days(np.full(len(show), month.first)),
            "opening_balance": money(opening[show]),
            "closing_balance": money(world.purse.ledger.balance[show]),
            "average_balance": money(total[show] // month.length),
            "lowest_balance": money(low[show]),
            "highest_balance": money(high[show]),
            "known_at": days(month.last + 10 * (world.firms.visibility.ravel()[show] != SHOWN)),
        },
        last_known,
    )


def invoice_table(world: World, invoices: Invoices, month: Month, last_known: int) -> pa.Table:
    """VAT invoices, each as its own firm holds it."""
    gross = np.rint(invoices.gross * 100).astype(np.int64)
    net = np.rint(gross / (1 + invoices.rate)).astype(np.int64)
    serial = serials(month, np.arange(len(invoices.firm)), 8)
    return table(
        "invoice",
        {
            "invoice_id": joined("V", serial),
            "enterprise_id": world.parties.ids_of(invoices.firm),
            "direction": chosen(("out", "in"), invoices.sale.astype(int)),
            "number": serial,
            "issued_on": days(invoices.day),
            "counterparty_id": world.parties.ids_of(invoices.other),
            "net": money(net),
            "vat": money(gross - net),
            "gross": money(gross),
            "known_at": days(invoices.day + 1 + invoices.firm % 5),
        },
        last_known,
    )
