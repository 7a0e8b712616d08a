"""What is particular to a registered model; training, validation, comparison and promotion are the same for all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

import pandas as pd

from features.catalogue import Feature
from features.engine import connect
from features.errors import CreditError
from models.arrays import Floats
from models.kinds import Model
from models.labelled import Labelled
from pipelines.features import compute
from pipelines.modelling.settings import ValidationSettings
from pipelines.store import Store

Text = tuple[str, str]


class Fit(Protocol):
    """From the feature matrix and the rows asked for, one beside the other, to a model."""

    def __call__(
        self,
        matrix: pd.DataFrame,
        asked: pd.DataFrame,
        *,
        seed: int,
        settings: Mapping[str, Any],
        training: Mapping[str, Any],
    ) -> Model:
        """Learn from these rows alone; ``training`` is kept with the model, ``settings`` go to the booster."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model of one name is made.

    ``rows`` gives the questions of a store whose outcome was known before a date, in a fixed order: ``enterprise_id,
    as_of, default, grey`` and what ``matrix`` needs. ``open`` gives those whose outcome was not whole by then, with
    ``shown`` as in ``models.labelled``: they are learned from and never judged by. ``features`` are what the score may
    read where ``matrix`` has it. ``documents`` are put on the run by file name. ``proofs`` are the parts of a
    validation that only this model has: from model, labelled rows, their matrix, held-out probabilities and settings to
    figures by name (``samples`` join the others; ``cells`` name the cell of each row for concentration; ``admitted``
    tells segments apart). ``refused`` gives figures about questions without an outcome: from store, model, labelled
    rows, their outcome, held-out probabilities and settings. Of the dossier, in Chinese and English: ``scope`` says
    what the model gives and of which rows, ``without`` what is done when it is not there, ``unseen`` whose outcomes
    nobody sees.
    """

    name: str
    rows: Callable[[Store, date], pd.DataFrame]
    features: Sequence[Feature]
    fit: Fit
    scope: Callable[[], Text]
    without: Text
    unseen: Text
    open: Callable[[Store, date], pd.DataFrame] | None = None
    matrix: Callable[[Store, pd.DataFrame], pd.DataFrame] = compute
    documents: Callable[[Any], Mapping[str, Any]] = lambda _: {}
    proofs: Callable[[Any, Labelled, pd.DataFrame, Floats, ValidationSettings], dict[str, Any]] = lambda *_: {}
    refused: Callable[[Store, Any, pd.DataFrame, Floats, Floats, ValidationSettings], dict[str, Any]] = lambda *_: {}

    def learned(self, store: Store, known_before: date) -> pd.DataFrame:
        """``rows``, whose ``shown`` is 1, and after them ``open``."""
        whole = self.rows(store, known_before).assign(shown=1.0)
        return whole if self.open is None else pd.concat([whole, self.open(store, known_before)], ignore_index=True)


def rows_of(matrix: pd.DataFrame, asked: pd.DataFrame, features: Sequence[Feature]) -> Labelled:
    """The rows of a matrix, labelled by those asked for, one beside the other, with such features as it has."""
    return Labelled.of(
        matrix,
        asked["default"].to_numpy(dtype=float),
        [feature for feature in features if feature.name in matrix],
        grey=asked["grey"].to_numpy(dtype=bool),
        groups=asked["enterprise_id"].tolist(),
        shown=asked["shown"].to_numpy(dtype=float),
    )


def last_known(store: Store) -> date:
    """The day after the last fact about a loan: later, nobody has looked how the loans fare."""
    facts = store.facts(connect())
    latest = [facts[name].known_at.max().to_pyarrow().as_py() for name in ("loan", "instalment")]
    if latest[0] is None:
        raise CreditError(
            "没有贷款，没有可学习的结果，请导入贷款和还款计划",
            "holds no loan, so no outcome to learn from; ingest loans and instalments",
            store.root,
        )
    last: date = max(day for day in latest if day is not None)
    return last + timedelta(days=1)
