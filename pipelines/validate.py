"""Validation of a registered version: measured again from the store by rows held out, judged by gates, attached.

The version's own recipe (features, settings, seed) is fitted again on parts of the labelled rows, so that every row is
judged by a model that saw neither it nor its firm; proofs are of the very version. Rows whose outcome came to be known
after the version was trained are judged by the version itself.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import CreditError
from models.arrays import Flags, Floats
from models.artefact import code_fingerprint, feature_set_fingerprint
from models.held_out import FEWEST, by_firm, by_time_and_firm, time_cut
from models.kinds import Model
from models.labelled import Labelled
from models.stability import psi
from models.validation import by_cohort, calibration, concentration, curves, decline, discrimination, segments
from pipelines.modelling.attributes import marks
from pipelines.modelling.gates import gates
from pipelines.modelling.recipe import last_known, rows_of
from pipelines.modelling.recipes import recipe
from pipelines.modelling.settings import ValidationSettings, validation_settings
from pipelines.override import override_figures
from pipelines.record import Record
from pipelines.report.dossier import write_dossier
from pipelines.simulate import is_simulated
from pipelines.store import Store
from pipelines.tracking import load_version
from pipelines.tracking.registry import CHALLENGER, now, registered_version
from pipelines.tracking.validation import attach, latest
from pipelines.train import LEARNED_BY, digest

STEPS = ("rows", "features", "held out", "proofs", "dossier")
DRIFTERS, WHOLE_YEAR, FEWEST_ROWS = 12, 12, 100


@dataclass(frozen=True, kw_only=True)
class Validated:
    """What a validation found: its figures, the names of the gates that failed, and where the dossier is."""

    model: str
    version: str
    figures: dict[str, Any]
    failed: list[str]
    out: Path


@dataclass(frozen=True)
class Judged:
    """The labelled rows of a version: what was asked, features, outcome, and the probability held out by firm.

    ``data`` is the digest of all that was read, as training keeps it.
    """

    asked: pd.DataFrame
    matrix: pd.DataFrame
    rows: Labelled
    y: Floats
    at: NDArray[np.datetime64]
    p: Floats
    data: str


def validate(
    store: Store,
    model: str,
    version: str | None,
    out: Path,
    validator: str,
    progress: Callable[[str], None] = lambda _: None,
) -> Validated:
    """Measure a version, write its dossier, and attach both to its run and to the registered version.

    Parameters
    ----------
    store : the facts to judge by; those of the training, or a later state of them.
    version : by default the challenger.
    out : the dossier, an HTML file.
    validator : who validates; a promotion wants this to be another person than the trainer.
    progress : called with each of ``STEPS`` as it begins.

    Raises
    ------
    ArtifactError
        When there is no such version, or it does not load.
    CreditError
        When the store's rows have too few outcomes to judge by.
    """
    number = version or latest(model, CHALLENGER)
    fitted, settings = load_version(model, number), validation_settings()
    judged = judge(store, fitted, progress)
    figures = _figures(store, fitted, judged, settings, progress)
    with Record() as record:
        figures["overrides"] = override_figures(record, model, judged.asked)
    figures["about"] = _about(store, fitted, judged, validator)
    figures["gates"] = [asdict(gate) for gate in gates(figures, settings.gates)]
    failed = [gate["name"] for gate in figures["gates"] if not gate["passed"]]
    progress("dossier")
    write_dossier(out, figures)
    attach(model, number, out, figures, validator, failed)
    return Validated(model=model, version=number, figures=figures, failed=failed, out=out)


def judge(store: Store, model: Model, progress: Callable[[str], None] = lambda _: None) -> Judged:
    """The rows whose outcome is whole, with probabilities by the version's recipe, held out by firm."""
    way = recipe(model.name)
    progress("rows")
    asked = way.learned(store, last_known(store))
    whole = np.flatnonzero(asked["shown"] == 1)
    bad = int(asked["default"].iloc[whole].sum())
    if min(bad, len(whole) - bad) < FEWEST:
        raise CreditError(
            f"结果已知的有违约 {bad} 笔、非违约 {len(whole) - bad} 笔，验证须各有 {FEWEST} 笔，"
            "请指定训练该版本所用的数据目录或其后来的状态",
            f"has {bad} defaults and {len(whole) - bad} others with a known outcome; a validation needs {FEWEST} of "
            "each: name the store that the version was trained on, or a later state of it",
            store.root,
        )
    progress("features")
    matrix = way.matrix(store, asked)
    rows = rows_of(matrix, asked, [feature for feature in way.features if feature.name in model.names])
    progress("held out")
    p = by_firm(rows, int(model.training["seed"]), model.training.get("settings"))
    data = digest(matrix, asked[LEARNED_BY])
    asked, matrix, rows = asked.iloc[whole], matrix.iloc[whole].reset_index(drop=True), rows.take(whole)
    at = pd.to_datetime(asked["as_of"]).to_numpy().astype("datetime64[D]")
    return Judged(asked, matrix, rows, rows.default, at, p, data)


def _figures(
    store: Store, model: Any, judged: Judged, settings: ValidationSettings, progress: Callable[[str], None]
) -> dict[str, Any]:
    seed, own = int(model.training["seed"]), model.training.get("settings")
    out_of_time = by_time_and_firm(judged.rows, judged.at, seed, own)
    y, p = judged.y, judged.p
    later = judged.at >= time_cut(judged.at)
    samples: dict[str, Any] = {"by_firm": discrimination(y, p)}
    if out_of_time:
        samples["by_time_and_firm"] = discrimination(y[out_of_time[0]], out_of_time[1])
    cohorts = _half_years(judged.at)
    progress("proofs")
    way = recipe(model.name)
    parts = way.proofs(model, judged.rows, judged.matrix, p, settings)
    parts |= way.refused(store, model, judged.asked, y, p, settings)
    samples |= parts.pop("samples", {})
    cells, admitted = parts.pop("cells", _deciles(p)), parts.pop("admitted", None)
    return {
        "data": _data(judged, cohorts),
        "samples": samples,
        "curves": curves(y, p),
        "cohorts": [line | _moved(p, np.array(cohorts) == line["cohort"]) for line in by_cohort(cohorts, y, p)],
        "decline": decline(y, p, later),
        "calibration": calibration(y, p, settings.gates.jeffreys_level),
        "stability": _stability(judged, later),
        "concentration": concentration(cells),
        "segments": segments(y, p, marks(store, judged.asked, settings.age_bands), admitted, settings.smallest_cell),
        **parts,
    }


def _data(judged: Judged, cohorts: list[str]) -> dict[str, Any]:
    missing = np.isnan(judged.rows.x).mean(axis=0)
    return {
        "rows": len(judged.y),
        "bad": int(judged.y.sum()),
        "grey": int(judged.asked["grey"].sum()),
        "firms": int(judged.asked["enterprise_id"].nunique()),
        "first": str(judged.at.min()),
        "last": str(judged.at.max()),
        "cut": str(time_cut(judged.at)),
        "cohorts": len(set(cohorts)),
        "features": len(judged.rows.names),
        "mostly_missing": int((missing > 0.5).sum()),
    }


def _moved(p: Floats, own: Flags) -> dict[str, float]:
    """How far a cohort's scores lie from those of all rows."""
    return dict(zip(("psi", "psi_chance"), psi(p, p[own]), strict=True))


def _stability(judged: Judged, later: Flags) -> dict[str, Any]:
    """Scores, and the features that moved most, from the earlier to the later rows that have a whole year of history.

    Rows of a store that has just begun lack it, and their windows fill with time: that is no movement of the firms, and
    the policy has a person decide on them. None where either side has too few rows.
    """
    seen = (
        judged.matrix["months_observed"].to_numpy() if "months_observed" in judged.matrix else np.full(len(later), 99)
    )
    whole = seen >= WHOLE_YEAR
    before, after = whole & ~later, whole & later
    if min(before.sum(), after.sum()) < FEWEST_ROWS:
        return {"psi": None, "chance": None, "features": []}
    index, chance = psi(judged.p[before], judged.p[after])
    moved: list[dict[str, Any]] = []
    for j, feature in enumerate(judged.rows.features):
        values = judged.rows.x[:, j]
        if not np.isnan(values[before]).all():
            step, by_chance = psi(values[before], values[after])
            moved.append(
                {"feature": feature.name, "zh": feature.zh, "en": feature.en, "psi": step, "chance": by_chance}
            )
    moved.sort(key=lambda line: -line["psi"])
    return {"psi": index, "chance": chance, "features": moved[:DRIFTERS]}


def _about(store: Store, model: Model, judged: Judged, validator: str) -> dict[str, Any]:
    """What every figure can be traced to."""
    training, way = model.training, recipe(model.name)
    found = registered_version(model.name, model.version)
    return {
        "model": model.name,
        "version": model.version,
        "run_id": found.run_id,
        "trainer": training.get("trainer", ""),
        "trained_at": training.get("trained_at", ""),
        "validator": validator.strip(),
        "validated_at": now(),
        "store": store.content_hash,
        "matrix": judged.data,
        "same_data": judged.data == training.get("matrix"),
        "code": code_fingerprint(),
        "feature_set": feature_set_fingerprint(model.features),
        "manifest": found.tags.get("manifest_sha256", ""),
        "policy": found.tags.get("policy", ""),
        "seed": int(training["seed"]),
        "settings": training.get("settings") or {},
        "simulated": is_simulated(store),
        "scope": way.scope(),
        "without": way.without,
        "unseen": way.unseen,
    }


def _half_years(at: NDArray[np.datetime64]) -> list[str]:
    days = pd.DatetimeIndex(at)
    return [f"{year}H{1 + (month > 6)}" for year, month in zip(days.year, days.month, strict=True)]


def _deciles(p: Floats) -> list[str]:
    """Ten bands of equal width in probability, for a model without grades."""
    return [f"{10 * int(v)}-{10 * int(v) + 10} %" for v in np.minimum(np.floor(p * 10), 9)]
