"""Stress: the firm's lines as a scenario has them, through labels, panel, features and model."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.engine import connected
from models.credit_model import CreditModel
from models.decide import decide
from models.decision import Decision
from models.stress import Scenario, Stress, stressed
from pipelines import settings
from pipelines.features import compute_alone, latest_applications
from pipelines.panel import labelled
from pipelines.store import Store

MONEY = ("amount", "balance_after")
NO_LINES = {"zh": "近期没有账户流水可改动", "en": "no account lines of late that could be changed"}
AS_NOW = Scenario(name="as_now", zh="现状（仅本企业数据）", en="as now, by the firm's own data")


def stress(store: Store, enterprise_id: str, as_of: date, model: CreditModel) -> list[dict[str, Any]]:
    """What the model answers on the firm's own facts as they are, then in each scenario.

    Only facts of the firm known before the date are replayed, so that the first row may differ a little from the
    decision itself where a group of firms counts. A scenario that changes lines is not measured where the firm has
    none of late: nothing would move, as if nothing could happen to it. Consent and record are the caller's: no other
    data are read.

    Returns
    -------
    list of mappings
        ``code, zh, en, admitted, referral, limit, pd, annual_rate, binding_leg`` and the first ``reason``; of what is
        not measured all null but the reason.
    """
    plan = settings.checked(Stress, "stress.yaml")
    tables = facts_of(store, enterprise_id, as_of)
    labels = labels_of(store, enterprise_id, as_of, plan.months)
    asked = latest_applications(store, as_of, [enterprise_id])
    now = compute_alone(tables, asked, store)
    rows = [_row(AS_NOW, decide(now, model)[0])]
    for scenario in plan.scenarios:
        if scenario.changes_lines and not len(labels):
            rows.append({**dict.fromkeys(rows[0]), **_named(scenario), "reason": NO_LINES})
            continue
        matrix = now
        if scenario.changes_lines:
            matrix = compute_alone({**tables, "line": _changed(tables["line"], labels, scenario)}, asked, store)
        rows.append(_row(scenario, decide(matrix, _dearer(model, scenario))[0]))
    return rows


def _row(scenario: Scenario, decision: Decision) -> dict[str, Any]:
    told = decision.model_dump(include={"admitted", "referral", "limit", "pd", "annual_rate", "binding_leg"})
    first = decision.reasons[0].model_dump(include={"zh", "en"})
    return {**_named(scenario), "reason": first, **told}


def _named(scenario: Scenario) -> dict[str, str]:
    return {"code": scenario.name, "zh": scenario.zh, "en": scenario.en}


def _dearer(model: CreditModel, scenario: Scenario) -> CreditModel:
    costs = model.policy.price
    price = costs.model_copy(update={"funding": costs.funding + scenario.funding})
    return replace(model, policy=model.policy.model_copy(update={"price": price}))


def facts_of(store: Store, firm: str, as_of: date) -> dict[str, pa.Table]:
    """The firm's facts known before the date; monthly balances of accounts with lines follow from these again."""
    with connected() as backend:
        facts = store.facts(backend, (firm, firm))
        tables = {name: rows.filter(rows.known_at < as_of).to_pyarrow() for name, rows in facts.items()}
    with_lines = pa.array(tables["line"]["account_id"].unique().to_pylist(), pa.string())
    months = tables["account_month"]
    kept = pc.invert(pc.is_in(months["account_id"], with_lines))
    return {**tables, "account_month": months.filter(kept)}


def labels_of(store: Store, firm: str, as_of: date, months: int) -> pd.DataFrame:
    """Nature and party of the lines of the last months, as labelled on what was known before the date."""
    with connected() as backend:
        told = labelled(backend, store.facts(backend, (firm, firm)))
        held = told.filter((told.known_from < as_of) & (told.known_until.isnull() | (told.known_until >= as_of)))
        frame: pd.DataFrame = held.select("line_id", "nature", "party", "booked_at").to_pandas()
    since = pd.Timestamp(as_of) - pd.DateOffset(months=months)
    recent = frame[pd.to_datetime(frame["booked_at"]) >= since]
    return recent.drop_duplicates("line_id")[["line_id", "nature", "party"]]


def _changed(lines: pa.Table, labels: pd.DataFrame, scenario: Scenario) -> pa.Table:
    """The last version of each line as the scenario has it; whole cents on the way, so that balances add up exactly."""
    frame = lines.to_pandas().sort_values("known_at", kind="stable").drop_duplicates("line_id", keep="last")
    days = {name: pd.to_datetime(frame[name]) for name in ("booked_at", "known_at")}
    cents = {name: frame[name].map(_cents).astype("Int64") for name in MONEY}
    after = stressed(frame.assign(**days, **cents), labels, scenario)
    columns = {name: after[name] for name in lines.column_names}
    columns |= {name: after[name].map(_yuan) for name in MONEY}
    columns |= {name: after[name].dt.date for name in days}
    return pa.table({f.name: pa.array(columns[f.name].tolist(), f.type, from_pandas=True) for f in lines.schema})


def raised(lines: pa.Table, labels: pd.DataFrame, times: float) -> pa.Table:
    """The last version of each line with operating receipts ``times`` as large."""
    return _changed(lines, labels, Scenario.model_construct(**AS_NOW.model_dump() | {"receipts": times}))


def _cents(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 100)


def _yuan(cents: Any) -> Decimal | None:
    return None if pd.isna(cents) else Decimal(int(cents)).scaleb(-2)
