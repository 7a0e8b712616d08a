"""Real questions of the past: features as of each date, plain totals beside them, and outcomes kept apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from math import fsum
from pathlib import Path

import numpy as np
import pandas as pd

from features.engine import connect
from features.sources import berka, invoices
from models.arrays import Floats
from pipelines.features import compute
from pipelines.store import Store

INVOICES_AS_OF = date(2020, 3, 1)
BERKA_FROM = date(1997, 1, 1)


@dataclass(frozen=True)
class Sample:
    """Questions with plain totals and outcomes (NaN where not told), one row each, in one order."""

    ids: list[str]
    features: pd.DataFrame
    totals: pd.DataFrame
    outcome: Floats
    protocol: str


def _berka(store: Store, path: Path) -> Iterable[tuple[str, Sample]]:
    facts = store.facts(connect())
    asked = facts["application"]
    asked = asked.filter(asked.applied_on >= BERKA_FROM).order_by("application_id")
    population = asked.select(
        "application_id",
        "enterprise_id",
        as_of=asked.applied_on,
        requested_amount=asked.amount.cast("float64"),
        requested_term_months=asked.term_months.cast("float64"),
    ).to_pandas()
    totals = _line_totals(store, population).assign(
        amount=population["requested_amount"], duration=population["requested_term_months"]
    )
    protocol = (
        "Loans granted in 1997 and 1998, each as of its own date, features from the lines known before it; bad is "
        "status B or D; order.asc, card and disposition files play no part."
    )
    outcomes = berka.outcomes(path)
    ids = population["application_id"].tolist()
    yield "main", Sample(ids, compute(store, population), totals, _told(ids, outcomes), protocol)


def _invoices(store: Store, path: Path) -> Iterable[tuple[str, Sample]]:
    facts, outcomes = store.facts(connect()), invoices.outcomes(path)
    last = facts["invoice"]
    last = last.group_by("enterprise_id").agg(last=last.issued_on.max()).to_pandas().set_index("enterprise_id")["last"]
    firms = sorted(facts["enterprise"].enterprise_id.to_pyarrow().to_pylist(), key=lambda firm: (len(firm), firm))
    same = pd.DataFrame({"enterprise_id": firms, "as_of": INVOICES_AS_OF})
    yield "main", _invoice_sample(store, same, outcomes, "Each firm as of 2020-03-01, from the invoices issued before.")
    shifted = same.assign(
        as_of=[
            (pd.Timestamp(last.get(firm, INVOICES_AS_OF)).to_period("M") + 1).to_timestamp().date() for firm in firms
        ]
    )
    text = "Without recency: each firm as of the first day after the month of its own last invoice."
    yield "without_recency", _invoice_sample(store, shifted, outcomes, text)


def _invoice_sample(store: Store, population: pd.DataFrame, outcomes: dict[str, bool | None], protocol: str) -> Sample:
    ids = population["enterprise_id"].tolist()
    protocol += " Default is the label of the data set; the credit rating plays no part."
    totals = _invoice_totals(store, population)
    return Sample(ids, compute(store, population), totals, _told(ids, outcomes), protocol)


SAMPLES: dict[str, Callable[[Store, Path], Iterable[tuple[str, Sample]]]] = {"berka": _berka, "invoices": _invoices}


def _told(ids: list[str], outcomes: dict[str, bool | None]) -> Floats:
    return np.array([np.nan if outcomes[i] is None else float(bool(outcomes[i])) for i in ids])


def _line_totals(store: Store, population: pd.DataFrame) -> pd.DataFrame:
    """Plain totals of all lines known before each date, without categories, windows or panel."""
    lines = store.facts(connect())["line"].to_pandas()
    lines["amount"], lines["balance"] = lines["amount"].astype(float), lines["balance_after"].astype(float)
    groups = dict(list(lines.groupby("enterprise_id")))
    rows = []
    for firm, as_of in zip(population["enterprise_id"], population["as_of"], strict=True):
        seen = groups.get(firm, lines.iloc[:0])
        seen = seen[pd.to_datetime(seen["known_at"]) < pd.Timestamp(as_of)]
        balances = seen["balance"].dropna()
        mean = fsum(balances) / len(balances) if len(balances) else float("nan")
        rows.append(_totals(seen) | {"mean_balance": mean, "min_balance": balances.min()})
    return pd.DataFrame(rows)


def _invoice_totals(store: Store, population: pd.DataFrame) -> pd.DataFrame:
    """Plain totals of all invoices of each firm."""
    rows = store.facts(connect())["invoice"].select("enterprise_id", "direction", "gross").to_pandas()
    rows["amount"] = rows["gross"].astype(float)
    groups = dict(list(rows.groupby("enterprise_id")))
    return pd.DataFrame([_totals(groups.get(firm, rows.iloc[:0])) for firm in population["enterprise_id"]])


def _totals(seen: pd.DataFrame) -> dict[str, float]:
    """Sums are exact, so that the order in which the engine gives the rows does not reach the last bit."""
    amount = {side: fsum(seen.loc[seen["direction"] == side, "amount"]) for side in ("in", "out")}
    logs = {f"log_{side}": float(np.log1p(max(total, 0.0))) for side, total in amount.items()}
    return logs | {"count": float(len(seen))}
