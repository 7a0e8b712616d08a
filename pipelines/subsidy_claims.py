"""The claim table of a quarter: what the state owes of the interest that firms paid, loan by loan, as CSV."""

from datetime import date
from pathlib import Path

import ibis
import pandas as pd

from features.contract import TABLES
from features.engine import connected
from features.knowledge import newest
from models.subsidy import Subsidies, firm_accrued, half_up
from pipelines import settings
from pipelines.periods import period
from pipelines.report.table import write_csv
from pipelines.store import Store

COLUMNS = ("quarter", "scheme", "source", "enterprise_id", "loan_id", "principal", "subsidy", "central", "province")
ZH = ("季度", "方案", "依据", "企业", "贷款", "本金（元）", "贴息（元）", "中央承担（元）", "地方承担（元）")
HEADINGS = tuple(map(" ".join, zip(ZH, COLUMNS, strict=True)))


def current_subsidies() -> Subsidies:
    """The schemes in ``conf/subsidies.yaml``, checked."""
    return settings.checked(Subsidies, "subsidies.yaml")


def firm_claims(store: Store, name: str) -> pd.DataFrame:
    """What may be claimed for a quarter, a row a loan, each loan under the one scheme that pays most.

    Facts known before the quarter's end count; what became known later of days before the quarter is for a person to
    settle with the authority. A loan with an instalment overdue at the quarter's end is not claimed. Columns are
    ``COLUMNS``; yuan to the cent, the centre's part rounded, a half up, and the province's what
    remains.
    """
    begins, ends = period("quarter", name)
    loans, repaid = _book(store, ends)
    plan = current_subsidies()
    parts = []
    for scheme in plan.firms:
        if plan.lender not in scheme.lenders:
            continue
        now, then = (firm_accrued(loans, repaid, scheme, day) for day in (ends, begins))
        subsidy = (now - then).round(2)
        central = half_up(subsidy * scheme.central_share)
        part = loans.assign(quarter=name, scheme=scheme.name, source=scheme.source, subsidy=subsidy, central=central)
        parts.append(part.assign(province=(subsidy - central).round(2))[subsidy > 0])
    table = pd.concat(parts, ignore_index=True) if parts else loans.head(0).reindex(columns=COLUMNS)
    best = table.sort_values("subsidy", ascending=False, kind="stable").drop_duplicates("loan_id")
    return best.sort_values(["scheme", "enterprise_id", "loan_id"], ignore_index=True)[list(COLUMNS)]


def write_claims(store: Store, name: str, out: Path) -> pd.DataFrame:
    """Write the claim table of a quarter, no cell of which a spreadsheet would run; gives it."""
    claims = firm_claims(store, name)
    write_csv(out, (dict(zip(HEADINGS, row, strict=True)) for row in claims.itertuples(index=False)), HEADINGS)
    return claims


def _book(store: Store, before: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    with connected() as backend:
        facts = store.facts(backend)
        loan, firm, paid = (
            newest(facts[name].filter(lambda t: t.known_at < before), TABLES[name].key)
            for name in ("loan", "enterprise", "instalment")
        )
        late = paid.filter(paid.paid_on.isnull() & (paid.due_on < before))
        joined = loan.anti_join(late, "loan_id").join(
            firm.select("enterprise_id", "industry", "size_class"), "enterprise_id"
        )
        ended = ibis.least(joined.matures_on, joined.closed_on, joined.written_off_on)
        loans = joined.select(
            "loan_id", "enterprise_id", "industry", "size_class", "purpose", "disbursed_on",
            principal=joined.principal.cast("float64"), ended_on=ended,
        ).order_by("loan_id").to_pandas()  # fmt: skip
        settled = paid.filter(paid.paid_on.notnull() & (paid.principal_due > 0))
        repaid = settled.select("loan_id", "paid_on", principal=settled.principal_due.cast("float64")).to_pandas()
    days = {"disbursed_on": "datetime64[us]", "ended_on": "datetime64[us]"}
    return loans.astype(days), repaid.astype({"paid_on": "datetime64[us]"})
