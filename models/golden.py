"""Golden rows: made-up firms and the answers that the model gave them when it was saved.

The rows are drawn from the deciles of the training rows, feature by feature, so no firm's data leaves in them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from features.errors import ArtifactError
from models.kinds import KINDS, Model

ROWS = 24
UNKNOWN = 0.1
TOLERANCE = 1e-12
KEYS = ("enterprise_id", "as_of")


def make_golden(model: Model) -> dict[str, Any]:
    """Columns, rows and answers, with null for NaN; the same model gives the same rows."""
    frame = golden_rows(model)
    values = frame[list(model.columns)].to_numpy(dtype=float)
    return {
        "columns": list(model.columns),
        "rows": [[_cell(v) for v in row] for row in values],
        "expected": _answers(model, frame),
    }


def check_golden(model: Model, golden: Mapping[str, Any], where: str) -> None:
    """Answer the golden rows again.

    Raises
    ------
    ArtifactError
        When a number is off by more than 1e-12 of itself (at least 1), or a word is another. Columns that a later
        release added to the answers are not compared.
    """
    values = np.array([[np.nan if v is None else v for v in row] for row in golden["rows"]], dtype=float)
    found = _answers(model, _frame(values, golden["columns"]))
    for name, wanted in golden["expected"].items():
        for row, (now, then) in enumerate(zip(found[name], wanted, strict=True)):
            if not _same(now, then):
                raise ArtifactError(
                    f"第 {row} 行的 {name} 为 {now}，模型保存时为 {then}，请使用训练时的库版本，或重新训练",
                    f"row {row}: {name} is {now}, it was {then} when the model was saved; use the library versions "
                    "that it was trained with, or train again",
                    where,
                )


def golden_rows(model: Model) -> pd.DataFrame:
    """Made-up rows of the feature matrix, the same for the same model."""
    random = np.random.default_rng(20_260_101)
    shape = (ROWS, len(model.columns))
    values = 10 ** random.uniform(3, 6, shape)
    picked = random.integers(0, model.reference.deciles.shape[1], (ROWS, len(model.names)))
    values[:, : len(model.names)] = model.reference.deciles[np.arange(len(model.names)), picked]
    values[random.random(shape) < UNKNOWN] = np.nan
    return _frame(values, model.columns)


def _frame(values: np.ndarray, columns: tuple[str, ...] | list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(values, columns=list(columns))
    return frame.assign(enterprise_id=[f"golden-{i}" for i in range(len(frame))], as_of=pd.Timestamp("2026-01-01"))


def _answers(model: Model, frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Every scalar column of the answers, and what else the kind puts on record."""
    kind = KINDS[model.kind]
    answers: dict[Any, Any] = {**kind.table(frame, model).drop(columns=list(KEYS)), **kind.beside(frame, model)}
    return {str(name): [_cell(v) for v in values.tolist()] for name, values in answers.items()}


def _cell(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value


def _same(now: Any, then: Any) -> bool:
    if isinstance(now, float) and isinstance(then, float | int) and not isinstance(then, bool):
        return abs(now - then) <= TOLERANCE * max(1.0, abs(then))
    return bool(now == then)
