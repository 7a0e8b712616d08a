"""Train a model on the labelled rows of a store, log the run, and register the result as the challenger."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from models.artefact import read_manifest, save
from models.credit_model import CREDIT_LIMIT
from models.kinds import KINDS, Model
from models.search import best, search
from pipelines.modelling.recipe import Recipe, last_known, rows_of
from pipelines.modelling.recipes import recipe
from pipelines.modelling.settings import training_settings
from pipelines.record import name_from
from pipelines.steady import steady
from pipelines.store import Store
from pipelines.tracking import register
from pipelines.tracking.runs import log, start_run

STEPS = ("labels", "features", "search", "fit", "register")
LEARNED_BY = ["default", "grey", "shown"]
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training run made: the registered version and its figures on held-out rows.

    ``open`` loans taught too while their window was open, beside the ``rows``. ``scorecard_held_out`` is empty for a
    model without a scorecard, ``tried`` without a search.
    """

    model: str
    version: str
    run_id: str
    known_before: date
    rows: int
    bad: int
    open: int
    held_out: Mapping[str, float]
    scorecard_held_out: Mapping[str, float]
    tried: Sequence[Mapping[str, Any]]


def train(
    store: Store,
    model: str = CREDIT_LIMIT,
    *,
    trainer: str,
    seed: int = 0,
    trials: int = 0,
    known_before: date | None = None,
    progress: Progress = lambda _: None,
) -> Trained:
    """Fit on every row whose outcome is known, as far as it is, and register the model.

    Parameters
    ----------
    store : Store
    model : name of the model.
    trainer : who trains; neither this person may validate the version nor approve its promotion.
    seed : the same store, policy and seed give the same model.
    trials : draws of the search for settings; none by default. Every one is listed on the run.
    known_before : outcomes are those known before this date; by default the day after the last fact about a loan.
    progress : called with each of ``STEPS`` as it begins, ``search`` only with trials.

    Raises
    ------
    CreditError
        When the model is not known, or too few rows have an outcome.
    PolicyError
        When a file of ``conf/`` is not valid.
    """
    way = recipe(model)
    with start_run(model, f"train {store.content_hash[:8]}") as run:
        until, asked, matrix, facts = steady(store, lambda: _rows(store, way, known_before, progress))
        tried = _search(way, matrix, asked, trials, seed, progress)
        progress("fit")
        about = _about(facts, until, asked, matrix) | {"run_id": run.info.run_id, "trainer": trainer.strip()}
        about["trainer_from"] = name_from(trainer)
        fitted = way.fit(matrix, asked, seed=seed, settings=best(tried) if tried else {}, training=about)
        progress("register")
        version = _log(fitted, way, tried)
    return Trained(
        model=model,
        version=version,
        run_id=run.info.run_id,
        known_before=until,
        rows=about["rows"],
        bad=about["bad"],
        open=about["open"],
        held_out=fitted.training["held_out"],
        scorecard_held_out=fitted.training.get("scorecard_held_out", {}),
        tried=tried,
    )


def _rows(
    store: Store, way: Recipe, known_before: date | None, progress: Progress
) -> tuple[date, pd.DataFrame, pd.DataFrame, str]:
    """Until when outcomes are known, the rows asked for, their features, and the hash of the facts that they are of."""
    progress("labels")
    until = known_before or last_known(store)
    asked = way.learned(store, until)
    progress("features")
    return until, asked, way.matrix(store, asked), store.content_hash


def _about(facts: str, until: date, asked: pd.DataFrame, matrix: pd.DataFrame) -> dict[str, Any]:
    whole, young = (asked[asked["shown"] == 1], asked[asked["shown"] < 1])
    return {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "known_before": until.isoformat(),
        "store": facts,
        "matrix": digest(matrix, asked[LEARNED_BY]),
        "rows": len(whole),
        "bad": int(whole["default"].sum()),
        "grey": int(whole["grey"].sum()),
        "open": len(young),
        "open_bad": int(young["default"].sum()),
    }


def _search(
    way: Recipe, matrix: pd.DataFrame, asked: pd.DataFrame, trials: int, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """Every configuration tried, none without trials."""
    if not trials:
        return []
    progress("search")
    whole = (asked["shown"] == 1).to_numpy()
    matrix, asked = matrix[whole], asked[whole]
    at = pd.to_datetime(asked["as_of"]).to_numpy().astype("datetime64[D]")
    return search(rows_of(matrix, asked, way.features), at, training_settings().search.ranges(), trials, seed)


def digest(*frames: pd.DataFrame) -> str:
    """Hash of the columns and every value of frames, to the last bit."""
    whole = sha256()
    for frame in frames:
        whole.update(",".join(frame.columns).encode())
        whole.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return whole.hexdigest()


def _log(model: Model, way: Recipe, tried: list[dict[str, Any]]) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        folder = save(model, Path(scratch) / model.name)
        manifest = read_manifest(folder)
        about = {k: v for k, v in model.training.items() if not isinstance(v, dict | list)}
        fingerprints = {name: manifest[name] for name in ("feature_set", "code")}
        log(
            params={**about, **KINDS[model.kind].labels(model), **fingerprints},
            metrics=_metrics(model.training),
            documents={**way.documents(model), **({"configurations.json": tried} if tried else {})},
            dataset=("labelled applications", str(about["matrix"])),
        )
        return register(folder)


def _metrics(training: Mapping[str, Any]) -> dict[str, float]:
    parts = {"held_out": training["held_out"], "scorecard": training.get("scorecard_held_out", {})}
    return {f"{part}/{name}": float(value) for part, figures in parts.items() for name, value in figures.items()}
