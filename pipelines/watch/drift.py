"""Is ``post-loan-risk`` still right? What a monthly run asks of the champion, and what it recommends."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from features.engine import connect
from features.labels import DEFAULT, HORIZONS, post_loan_labels
from features.portfolio import migrations, roll_rates, vintages
from models.checked import Part
from models.drift import drift
from models.performance import Performance, expected, measured
from models.policy_parts import Positive
from models.post_loan import PostLoanModel
from pipelines.modelling.post_loan import post_loan_matrix
from pipelines.modelling.settings import Rate
from pipelines.settings import checked
from pipelines.store import Store
from pipelines.watch.watched import batches

MONTH = pd.DateOffset(months=1)
TABLES = ("drift", "migrations", "vintages")
FILES = (*(f"{name}.parquet" for name in TABLES), "model_standing.json")
STATE = ("loan_days_past_due", "loan_days_late_max", "loan_restructured")


class Retrain(Part):
    """What calls for training again; any one of them does."""

    inputs_in_alarm: Rate
    auc_fall: Rate
    ratio_between: tuple[Rate, Annotated[float, Field(gt=1)]]


class DriftSettings(Part):
    """What a bank may set about drift; the file explains each."""

    false_discoveries: Rate
    psi_material: Positive
    retrain: Retrain


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a model stands on a date.

    ``inputs`` is the table of ``models.drift.drift``. ``measured`` has the performance by horizon on the loans whose
    horizon ended on the date, without the horizons whose outcomes the model had learned from; ``expected`` what to
    expect of the loans that are live now; ``learned`` the AUC on the rows held out in training. ``evidence`` says in
    both languages why to train again; empty when nothing calls for it.
    """

    inputs: pd.DataFrame
    measured: Mapping[str, Performance]
    expected: Mapping[str, Performance]
    learned: Mapping[str, float]
    migrations: pd.DataFrame
    roll_rates: Mapping[str, float]
    vintages: pd.DataFrame
    evidence: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """What is no table: performance by horizon, roll rates, and the recommendation with its evidence."""
        return {
            "retrain": self.retrain,
            "evidence": [{"zh": zh, "en": en} for zh, en in self.evidence],
            "measured": {name: asdict(found) for name, found in self.measured.items()},
            "expected": {name: asdict(found) for name, found in self.expected.items()},
            "learned_auc": dict(self.learned),
            "roll_rates": dict(self.roll_rates),
        }

    @property
    def retrain(self) -> bool:
        """Whether training again is recommended."""
        return bool(self.evidence)

    @property
    def metrics(self) -> dict[str, float]:
        """Figures of the month for MLflow."""
        areas = {f"measured_auc_{name}": found.auc for name, found in self.measured.items()}
        return {"drift_alarms": float(self.inputs["alarm"].sum()), "retrain": float(self.retrain), **areas}


def answers(store: Store, model: PostLoanModel, loans: pd.DataFrame, firms: pd.DataFrame | None = None) -> pd.DataFrame:
    """What the model says of loans, with what it is watched by.

    Parameters
    ----------
    loans, firms : as in ``post_loan_matrix``.

    Returns
    -------
    DataFrame
        ``enterprise_id, as_of, loan_id``, ``STATE``, the inputs of the baseline, and the chance of each state of
        ``HORIZONS``.
    """
    matrix = post_loan_matrix(store, loans, firms)
    watched = [name for name in model.baseline.edges if name in matrix]
    columns = dict.fromkeys(["enterprise_id", "as_of", "loan_id", *STATE, *watched])
    return matrix[list(columns)].join(model.risk(matrix))


def standing(
    store: Store, model: PostLoanModel, live: pd.DataFrame, as_of: date, firms: Collection[str]
) -> Standing | None:
    """Drift, performance and movements as of a date, from facts known before it; None when no sound loan is live.

    Parameters
    ----------
    store : Store
    model : the champion.
    live : its ``answers`` on the loans that are live on the date.
    as_of : date of the run.
    firms : whose data may be read, by their consent; how our own loans were paid is told of all.
    """
    settings, facts = checked(DriftSettings, "drift.yaml"), store.facts(connect())
    live = live.sort_values("loan_id", ignore_index=True)
    sound = live[_sound(live, DEFAULT)]  # the baseline has no loan that had defaulted either
    if sound.empty:
        return None
    inputs = drift(
        model.baseline,
        sound,
        sound["enterprise_id"],
        as_of.month,
        level=settings.false_discoveries,
        material=settings.psi_material,
    )
    told = {name: found for name in HORIZONS if (found := _matured(store, model, name, as_of, firms)) is not None}
    asked = {name: _sound(sound, name) for name in HORIZONS}
    awaited = {
        name: expected(sound.loc[own, name], sound.loc[own, "enterprise_id"])
        for name, own in asked.items()
        if own.any()
    }
    moved = migrations(facts, (pd.Timestamp(as_of) - MONTH).date(), as_of)
    return Standing(
        inputs=inputs,
        measured=told,
        expected=awaited,
        learned={name: float(model.training["horizons"][name]["auc"]) for name in HORIZONS},
        migrations=moved,
        roll_rates=roll_rates(moved),
        vintages=vintages(facts, as_of),
        evidence=tuple(evidence(inputs, told, awaited, model.training, settings)),
    )


def write(found: Standing, out: Path) -> None:
    """Write ``FILES`` into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    for name, table in zip(TABLES, (found.inputs, found.migrations, found.vintages), strict=True):
        table.to_parquet(out / f"{name}.parquet", index=False)
    text = json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n"
    (out / "model_standing.json").write_text(text, encoding="utf-8")


def _sound(matrix: pd.DataFrame, horizon: str) -> pd.Series:
    """Loans that have not reached the state of a horizon yet."""
    *delays, restructured = STATE
    return (matrix[delays].max(axis=1) <= HORIZONS[horizon].days) & (matrix[restructured] == 0)


def _matured(
    store: Store, model: PostLoanModel, horizon: str, as_of: date, firms: Collection[str]
) -> Performance | None:
    """Performance on the loans whose horizon ends now; None when the model learned from them, or none failed."""
    then = (pd.Timestamp(as_of) - pd.DateOffset(months=HORIZONS[horizon].months)).date()
    if as_of <= date.fromisoformat(str(model.training.get("known_before", as_of))):
        return None
    rows = post_loan_labels(store.facts(connect()), then, as_of)
    rows = rows[rows[horizon].notna() & rows["enterprise_id"].isin(firms)].reset_index(drop=True)
    if rows[horizon].nunique() < 2:
        return None
    few = (rows[rows["enterprise_id"].isin(batch)] for batch in batches(set(rows["enterprise_id"])))
    said = pd.concat(answers(store, model, part) for part in few)[["loan_id", horizon]]
    told = rows[["loan_id", "enterprise_id", horizon]].merge(said, on="loan_id", suffixes=("", "_said"))
    return measured(told[horizon], told[f"{horizon}_said"], told["enterprise_id"])


def evidence(
    inputs: pd.DataFrame,
    told: Mapping[str, Performance],
    awaited: Mapping[str, Performance],
    training: Mapping[str, Any],
    settings: DriftSettings,
) -> Iterator[tuple[str, str]]:
    """Why to train again, in Chinese and English, each with its figures."""
    bounds, alarms = settings.retrain, inputs[inputs["alarm"]]
    for line in alarms[alarms["input"].isin(list(HORIZONS))].to_dict("records"):
        p = line["adjusted"]
        shown = f"PSI {line['psi']:.3f}, p {f'{p:.4f}' if p >= 0.0001 else '< 0.0001'}"
        yield f"评分 {line['input']} 漂移（{shown}）", f"the score {line['input']} has moved ({shown})"
    share = len(alarms) / max(len(inputs), 1)
    if share >= bounds.inputs_in_alarm:
        names = ", ".join(alarms["input"].head(3))
        yield (
            f"{share:.0%} 的入模变量漂移，如 {names}",
            f"{share:.0%} of the watched inputs have moved, such as {names}",
        )
    for kind, zh, figures in (("measured", "实测", told), ("expected", "预计", awaited)):
        for name, found in figures.items():
            before = float(training["horizons"][name]["auc"])
            if found.auc_high < before - bounds.auc_fall:
                shown = f"{found.auc:.3f} [{found.auc_low:.3f}, {found.auc_high:.3f}] < {before:.3f}"
                yield f"{name} {zh}AUC下降：{shown}", f"{name}: {kind} AUC has fallen: {shown}"
    for name, found in told.items():
        low, high = bounds.ratio_between
        if found.ratio_low > high or found.ratio_high < low:
            shown = f"{found.ratio:.2f} [{found.ratio_low:.2f}, {found.ratio_high:.2f}]"
            yield f"{name} 实际与预期之比为 {shown}", f"{name}: bad outcomes over those expected are {shown}"
