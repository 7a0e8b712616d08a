"""Train a model on the labelled applications of a store, log the run, and register the result as the challenger."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.catalogue import CATALOGUE
from features.engine import connect
from features.errors import CreditError
from features.labels import default_labels
from models.artefact import read_manifest, save
from models.fit import fit_credit_model
from pipelines.features import compute
from pipelines.policy import current_policy
from pipelines.store import Store
from pipelines.tracking import register
from pipelines.tracking.runs import log, start_run

if TYPE_CHECKING:
    from models.credit_model import CreditModel

CREDIT_LIMIT = "credit-limit"
MODELS = (CREDIT_LIMIT,)
STEPS = ("labels", "features", "fit", "register")
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training run made: the registered version and its figures on held-out rows."""

    model: str
    version: str
    run_id: str
    known_before: date
    rows: int
    bad: int
    held_out: Mapping[str, float]
    scorecard_held_out: Mapping[str, float]


def train(
    store: Store,
    model: str = CREDIT_LIMIT,
    *,
    seed: int = 0,
    known_before: date | None = None,
    progress: Progress = lambda _: None,
) -> Trained:
    """Fit on every application whose performance window has passed, and register the model.

    Parameters
    ----------
    store : Store
    model : name of the model.
    seed : the same store, policy and seed give the same model.
    known_before : outcomes are those known before this date; by default the day after the last fact about a loan.
    progress : called with each of ``STEPS`` as it begins.

    Raises
    ------
    CreditError
        When the model is not known, or too few applications have an outcome.
    PolicyError
        When ``conf/policy.yaml`` is not valid.
    """
    if model not in MODELS:
        raise CreditError(f"model '{model}' is not known; expected one of {', '.join(MODELS)}")
    policy = current_policy()
    with start_run(model, f"train {store.content_hash[:8]}") as run:
        progress("labels")
        until = known_before or _last_known(store)
        asked = labelled(store, until)
        progress("features")
        matrix = compute(store, asked)
        progress("fit")
        fitted = fit_credit_model(
            matrix,
            asked["default"].to_numpy(dtype=float),
            features=list(CATALOGUE.values()),
            policy=policy,
            seed=seed,
            name=model,
            grey=asked["grey"].to_numpy(dtype=bool),
            groups=asked["enterprise_id"].tolist(),
            training=_about(store, until, asked, matrix, run.info.run_id),
        )
        progress("register")
        version = _log(fitted)
    return Trained(
        model=model,
        version=version,
        run_id=run.info.run_id,
        known_before=until,
        rows=len(asked),
        bad=int(asked["default"].sum()),
        held_out=fitted.training["held_out"],
        scorecard_held_out=fitted.training["scorecard_held_out"],
    )


def labelled(store: Store, known_before: date) -> pd.DataFrame:
    """The population to learn from with its outcomes, in a fixed order.

    Returns
    -------
    DataFrame
        ``application_id, enterprise_id, as_of, requested_amount, requested_term_months, default, grey``.
    """
    frame: pd.DataFrame = default_labels(store.facts(connect()), known_before).to_pandas()
    return frame.sort_values("application_id", ignore_index=True)


def _last_known(store: Store) -> date:
    """The day after the last fact about a loan: later, nobody has looked how the loans fare."""
    facts = store.facts(connect())
    latest = [facts[name].known_at.max().to_pyarrow().as_py() for name in ("loan", "instalment")]
    if latest[0] is None:
        raise CreditError(f"{store.root}: holds no loan, so no outcome to learn from; ingest loans and instalments")
    last: date = max(day for day in latest if day is not None)
    return last + timedelta(days=1)


def _about(store: Store, until: date, asked: pd.DataFrame, matrix: pd.DataFrame, run_id: str) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "known_before": until.isoformat(),
        "store": store.content_hash,
        "matrix": digest(matrix, asked[["default", "grey"]]),
        "rows": len(asked),
        "bad": int(asked["default"].sum()),
        "grey": int(asked["grey"].sum()),
    }


def digest(*frames: pd.DataFrame) -> str:
    """Hash of the columns and every value of frames, to the last bit."""
    whole = sha256()
    for frame in frames:
        whole.update(",".join(frame.columns).encode())
        whole.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return whole.hexdigest()


def _log(model: "CreditModel") -> str:
    with tempfile.TemporaryDirectory() as scratch:
        folder = save(model, Path(scratch) / model.name)
        manifest = read_manifest(folder)
        about = {k: v for k, v in model.training.items() if not isinstance(v, dict)}
        log(
            params={
                **about,
                "policy": model.policy.version,
                "feature_set": manifest["feature_set"],
                "code": manifest["code"],
            },
            metrics=_metrics(model.training),
            documents={
                "policy.json": model.policy.model_dump(mode="json"),
                "scorecard.json": model.scorecard.to_json(),
            },
            dataset=("labelled applications", str(about["matrix"])),
        )
        return register(folder)


def _metrics(training: Mapping[str, Any]) -> dict[str, float]:
    parts = {"held_out": training["held_out"], "scorecard": training["scorecard_held_out"]}
    return {f"{part}/{name}": float(value) for part, figures in parts.items() for name, value in figures.items()}
