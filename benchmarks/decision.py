"""One decision from a ready row, against the bare booster's prediction of the same row."""

from pathlib import Path

from benchmarks.features import AS_OF, prepare
from benchmarks.measure import Case, timed

REPEATS = 200


def prepare_model(folder: str) -> None:
    """A model learned from the simulated world, and one row to decide on."""
    prepare(folder)
    target = Path(folder) / "model"
    if target.exists():
        return
    from features.catalogue import scored
    from models.artefact import save
    from models.fit import fit_credit_model
    from models.labelled import Labelled
    from pipelines.features import compute, latest_applications
    from pipelines.modelling.credit_limit import labelled
    from pipelines.policy import current_policy
    from pipelines.store import Store

    store = Store(Path(folder) / "world")
    asked = labelled(store, AS_OF)
    matrix = compute(store, asked)
    rows = Labelled.of(matrix, asked["default"].astype(float), scored(matrix))
    model = fit_credit_model(rows, current_policy(), benchmark=False)
    save(model, target)
    compute(store, latest_applications(store, AS_OF).head(1)).to_parquet(Path(folder) / "row.parquet")


def decision(folder: str) -> float:
    """Seconds a decision with every leg and without reasons, from the row as the model reads it."""
    import pandas as pd

    from models.artefact import load
    from models.outcome import outcome

    model = load(Path(folder) / "model")
    row = model.matrix(pd.read_parquet(Path(folder) / "row.parquet"))
    outcome(row, model)
    return timed(lambda: [outcome(row, model) for _ in range(REPEATS)]) / REPEATS


def booster(folder: str) -> float:
    """Seconds a bare prediction on a float64 row."""
    import pandas as pd

    from models.artefact import load

    model = load(Path(folder) / "model")
    x = pd.read_parquet(Path(folder) / "row.parquet")[list(model.names)].to_numpy("float64")
    model.booster.predict(x, num_threads=1)
    return timed(lambda: [model.booster.predict(x, num_threads=1) for _ in range(REPEATS)]) / REPEATS


CASES = (Case("one decision from a ready row", "LightGBM Booster.predict", prepare_model, decision, booster),)
