"""What stands on the date: the firm's attributes, its open credit, recent queries and cases."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.contract import TABLES
from features.evidence.currency import with_foreign
from features.knowledge import known_facts, months_between

GRADES = ("A", "B", "M", "C", "D")
ZERO_WHEN_NONE = (
    "base_foreign_accounts",
    "base_exposure_ours",
    "others",
    "base_overdue",
    "base_lenders",
    "base_queries_6m",
    "base_court_events_12m",
)
ADVERSE = ("lawsuit_defendant", "enforcement", "dishonest", "consumption_restricted", "insolvency")


def stocks(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """One row a question with the ``base_`` columns of profile and credit."""
    wide = population.select("row")
    for block in (_firm, _foreign, _tax_grade, _ours, _others, _queries, _court):
        wide = wide.left_join(block(facts, population), "row").drop("row_right")
    none = {c: wide[c].fill_null(0.0) for c in wide.columns if c in ZERO_WHEN_NONE}
    wide = wide.mutate(**none)
    return wide.mutate(base_exposure_all=wide.base_exposure_ours + wide.others).drop("others")


def _latest(name: str, facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    return known_facts(facts[name], TABLES[name].key, population)


def _firm(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    firm = _latest("enterprise", facts, population)
    return firm.select(
        "row",
        base_firm_age_months=months_between(firm.founded_on, firm.as_of).cast("float64"),
        base_sole_proprietor=firm.sole_proprietor.cast("float64"),
        base_employees=firm.employees.cast("float64"),
    )


def _foreign(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    account = with_foreign(_latest("account", facts, population), "row")
    foreign = account.filter(account.foreign)
    return foreign.group_by("row").agg(base_foreign_accounts=foreign.count().cast("float64"))


def _tax_grade(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    grade = _latest("tax_grade", facts, population)
    points = ibis.cases(*((grade.grade == g, float(i)) for i, g in enumerate(GRADES, start=1)), else_=None)
    return grade.group_by("row").agg(base_tax_grade=points.argmax(grade.year).cast("float64"))


def _ours(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    loan = _latest("loan", facts, population)
    open_ = loan.filter(loan.closed_on.isnull() & loan.written_off_on.isnull() & (loan.disbursed_on < loan.as_of))
    return open_.group_by("row").agg(base_exposure_ours=open_.committed.sum().cast("float64"))


def _others(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    line = _latest("credit_line", facts, population)
    open_ = line.filter(line.closed_on.isnull() | (line.closed_on >= line.as_of))
    return open_.group_by("row").agg(
        others=open_.committed.sum().cast("float64"),
        base_overdue=open_.overdue.sum().cast("float64"),
        base_lenders=open_.institution.nunique().cast("float64"),
    )


def _queries(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    query = _latest("credit_query", facts, population)
    offset = months_between(query.queried_on, query.as_of)
    recent = query.filter((offset >= 1) & (offset <= 6) & (query.reason == "application"))
    return recent.group_by("row").agg(base_queries_6m=recent.count().cast("float64"))


def _court(facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    event = _latest("court_event", facts, population)
    offset = months_between(event.happened_on, event.as_of)
    recent = event.filter((offset >= 1) & (offset <= 12) & event.kind.isin(ADVERSE))
    return recent.group_by("row").agg(base_court_events_12m=recent.count().cast("float64"))
