"""Every live claim of a date with its class and stage."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from features.engine import connected
from features.post_loan import elsewhere, live_loans, renewed_late
from models.asset_class import classify
from models.monitoring import SEVERITIES, Monitoring
from pipelines.store import Store
from pipelines.watch.watched import BOOK_MEMORY

if TYPE_CHECKING:
    from ibis.expr.types import Table

OF_LOAN = ("loan_id", "enterprise_id", "balance", "committed", "dpd", "restructured_on")


def live_claims(
    store: Store, as_of: date, settings: Monitoring, signals: pd.DataFrame, refused: Sequence[str]
) -> pd.DataFrame:
    """Class and stage of every live claim; what firms without consent do elsewhere is not looked at."""
    with connected(memory=BOOK_MEMORY) as backend:
        facts = store.facts(backend)
        loans = live_loans(facts, as_of).select(*OF_LOAN).order_by("loan_id").to_pandas()
        others = elsewhere(facts, as_of, settings.classes.substandard_days).to_pandas().set_index("enterprise_id")
        late = renewed_late(facts, as_of).to_pandas().set_index("loan_id")["late_days"]
        small = _small(facts["enterprise"], as_of).to_pandas().set_index("enterprise_id")["small"]
    claims = loans[["loan_id", "enterprise_id"]].assign(
        as_of=pd.Timestamp(as_of),
        balance=loans["balance"].astype("float64"),
        dpd=loans["dpd"].astype("int64"),
        restructured_on=pd.to_datetime(loans["restructured_on"]),
    )
    firms = claims["enterprise_id"]
    misused = signals[(signals["signal"] == "misuse") & (signals["value"] >= settings.misuse_share)]["enterprise_id"]
    red = signals[signals["severity"] == len(SEVERITIES)]["enterprise_id"]
    total = loans["committed"].astype("float64").groupby(firms).transform("sum")
    seen = others[~others.index.isin(list(refused))]
    whole = claims.assign(
        misused=firms.isin(misused),
        refinanced=claims["loan_id"].map(late).fillna(0) > settings.classes.technical_days,
        retail=firms.map(small).fillna(False).astype(bool) & (total <= settings.classes.retail_ceiling),
        balance_others=firms.map(seen["balance_others"]).fillna(0.0).astype("float64"),
        overdue_90_others=firms.map(seen["overdue_90_others"]).fillna(0.0).astype("float64"),
        alarmed=firms.isin(red),
    )
    classed: pd.DataFrame = whole.join(classify(whole, settings.classes)).reset_index(drop=True)
    return classed


def _small(enterprise: "Table", as_of: date) -> "Table":
    """Which firms are micro, small or of a sole proprietor, by what was known before the date."""
    firm = enterprise.filter(enterprise.known_at < as_of)
    size, sole = firm.size_class.argmax(firm.known_at), firm.sole_proprietor.argmax(firm.known_at)
    return firm.group_by("enterprise_id").agg(
        small=size.isin(("micro", "small")).fill_null(False) | sole.fill_null(False)
    )
