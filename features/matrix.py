"""From a population to its features: one row a question, one float64 column a feature.

Every step filters on knowledge time first. Monthly facts are summed as decimals, pivoted so that each month is
a column, and only then become float64; the formulas run over one row in a fixed order, so that the same facts
give the same bits on any number of threads.
"""

from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir

from features.catalogue import CATALOGUE, SUBJECTS, Row, Subject, column
from features.engine import Keep, as_one
from features.evidence.coverage import coverage
from features.evidence.vat import vat_rates
from features.integrity import integrity
from features.knowledge import MONTHS, known_months
from features.parties import parties
from features.stocks import stocks

POPULATION = ibis.schema(
    {
        "row": "int64",
        "enterprise_id": "string",
        "as_of": "date",
        "requested_amount": "float64",
        "requested_term_months": "float64",
    }
)

# The count by which a month is known: 0 when all that was booked in it has been booked back.
ENTRIES = {"flow": "lines", "public": "count", "bill": "count"}


def matrix(
    panel: Mapping[str, ir.Table], facts: Mapping[str, ir.Table], population: ir.Table, keep: Keep = as_one
) -> ir.Table:
    """Features of each question.

    Parameters
    ----------
    panel : mapping
        The tables of ``features.panel.build``.
    facts : mapping
        The canonical tables, for what is a stock on the date.
    population : table
        Columns of ``POPULATION``; ``row`` numbers the questions, the requested terms are part of the question.
    keep : callable
        May store the rows of a named step in the engine, which makes compiling much faster.

    Returns
    -------
    table
        ``row``, ``enterprise_id``, ``as_of`` and one float64 column per feature of the catalogue.
    """
    everything = (
        *_months(panel, population, keep),
        keep("parties", parties(panel["party"], population)),
        keep("stocks", stocks(facts, population)),
        keep("coverage", coverage(panel, facts, population)),
        keep("integrity", integrity(panel, facts, population)),
        keep("vat_rates", vat_rates(panel["vat"], population)),
    )
    wide = keep("wide", _question(_beside(population, everything)))
    return _formulas(wide)


def months(panel: Mapping[str, ir.Table], population: ir.Table, keep: Keep = as_one) -> ir.Table:
    """The population with a column for each subject and month, and the months known of each panel table.

    A month without an entry is 0 when an earlier month is known, and null before the first known month. A
    balance without an entry is the closing balance of the month before.
    """
    return _beside(population, _months(panel, population, keep))


def _months(panel: Mapping[str, ir.Table], population: ir.Table, keep: Keep) -> tuple[ir.Table, ...]:
    return (
        keep("flow_months", _sums("flow", panel, population)),
        keep("public_months", _sums("public", panel, population)),
        keep("bill_months", _sums("bill", panel, population)),
        keep("balance_months", _balances(panel, population)),
    )


def _question(wide: ir.Table) -> ir.Table:
    """Add what is known of the question itself."""
    return wide.mutate(
        base_months_observed=wide.observed_flow.fill_null(0.0),
        base_requested_amount=wide.requested_amount,
        base_requested_term_months=wide.requested_term_months,
        base_requested_instalment=wide.requested_amount / wide.requested_term_months.nullif(0.0),
    )


def _formulas(wide: ir.Table) -> ir.Table:
    for stage in _stages():
        row = Row(wide)
        wide = wide.mutate(**{name: CATALOGUE[name].formula(row).cast("float64") for name in stage})
    return wide.select("row", "enterprise_id", "as_of", *CATALOGUE)


def _beside(wide: ir.Table, blocks: Iterable[ir.Table]) -> ir.Table:
    for block in blocks:
        wide = wide.left_join(block, "row").drop("row_right")
    return wide


def _stages() -> list[list[str]]:
    """Feature names by the depth at which everything they read is there."""
    depth: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((of(a) for a in CATALOGUE[name].after), default=0)
        return depth[name]

    deepest = max(of(name) for name in CATALOGUE)
    return [[name for name in CATALOGUE if depth[name] == d] for d in range(1, deepest + 1)]


def _sums(name: str, panel: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    subjects = [s for s in SUBJECTS.values() if s.table == name]
    seen = known_months(panel[name], population)
    monthly = seen.group_by("row", "offset").agg(
        **{s.name: s.value(seen).sum() for s in subjects}, entries=seen[ENTRIES[name]].sum()
    )
    monthly = monthly.filter(monthly.entries > 0)
    wide = monthly.group_by("row").agg(
        monthly.offset.max().cast("float64").name(f"observed_{name}"),
        *(_at(monthly, s.name, k) for s in subjects for k in range(1, MONTHS + 1)),
    )
    observed = wide[f"observed_{name}"]
    return wide.mutate(
        **{
            c: ibis.ifelse(observed >= k, wide[c].fill_null(0.0), None)
            for s in subjects
            for k in range(1, MONTHS + 1)
            for c in (column(s.name, k),)
        }
    )


def _at(monthly: ir.Table, subject: str, offset: int) -> ir.Value:
    """One month as a column; a conditional maximum is several times as fast as a filtered sum of 480 columns."""
    value = ibis.ifelse(monthly.offset == offset, monthly[subject].cast("float64"), None)
    return value.max().name(column(subject, offset))


def _balances(panel: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """Balances of all accounts of the firm; an account that was silent in a month keeps its balance."""
    seen = known_months(panel["balance"], population)
    latest = ibis.window(group_by=["row", "account_id", "offset"], order_by=ibis.desc("known_on"))
    seen = seen.mutate(place=ibis.row_number().over(latest)).filter(lambda t: (t.place == 0) & t.closing.notnull())
    subjects = [s for s in SUBJECTS.values() if s.table == "balance"]
    monthly = seen.select("row", "account_id", "offset", **{s.name: s.value(seen) for s in subjects})
    accounts = monthly.group_by("row", "account_id").agg(
        monthly.offset.max().cast("float64").name("observed"),
        *(
            ibis.ifelse(monthly.offset == k, monthly[s.name], None).max().name(column(s.name, k))
            for s in subjects
            for k in range(1, MONTHS + 1)
        ),
    )
    carried = accounts.mutate(**{c: v for s in subjects for c, v in _carried(accounts, s).items()})
    return carried.group_by("row").agg(
        observed_balance=carried.observed.max(),
        **{
            column(s.name, k): carried[column(s.name, k)].sum().cast("float64")
            for s in subjects
            for k in range(1, MONTHS + 1)
        },
    )


def _carried(accounts: ir.Table, subject: Subject) -> dict[str, ir.Value]:
    closing = "balance_closing"
    if subject.name == "negative_days":
        # A month that is told without its days leaves them unknown; a silent one has none.
        return {
            (c := column(subject.name, k)): ibis.cases(
                (accounts[column(closing, k)].notnull(), accounts[c]),
                (ibis.coalesce(*(accounts[column(closing, j)] for j in range(k, MONTHS + 1))).notnull(), 0),
            )
            for k in range(1, MONTHS + 1)
        }
    return {
        (c := column(subject.name, k)): ibis.coalesce(
            accounts[c], *(accounts[column(closing, j)] for j in range(k + 1, MONTHS + 1))
        )
        for k in range(1, MONTHS + 1)
    }
