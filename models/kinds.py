"""The kinds of model that an artefact may hold: how each becomes files, is read back, and answers rows.

Every kind has ``name``, ``names`` (what the score reads), ``columns`` (all that an answer reads), ``features``,
``reference``, ``training``, ``version`` and ``probability(frame)``; saving, golden rows, registry, validation and
promotion need no more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import pandas as pd

from models.arrays import Floats
from models.credit_model import credit_files, read_credit
from models.decide import decide_table
from models.feature import ModelFeature
from models.post_loan import post_loan_files, read_post_loan
from models.reference import Reference

Tables = Mapping[str, Any]


class Model(Protocol):
    """What saving, registering, validating and promoting need of a model, whatever it answers."""

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """Under which it is registered."""

    @property
    def version(self) -> str:
        """In the registry; empty before."""

    @property
    def features(self) -> tuple[ModelFeature, ...]:
        """What the score reads."""

    @property
    def reference(self) -> Reference:
        """What the training rows looked like."""

    @property
    def training(self) -> Mapping[str, Any]:
        """Figures about the training run."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of ``features``."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All that an answer reads, ``names`` first."""

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Calibrated probability of the bad outcome, one a row."""


@dataclass(frozen=True)
class Kind:
    """How one kind is kept and answers.

    ``files`` gives texts by name, ``*.json`` as plain content. ``read`` takes the same content, the manifest, and
    the artefact's place for messages. ``table`` gives ``enterprise_id``, ``as_of`` and the scalar columns of the
    answers; ``beside`` more numbers, one a row, that the golden rows hold. ``labels`` go into the manifest and on
    the registered version.
    """

    files: Callable[[Any], dict[str, Any]]
    read: Callable[[Tables, Mapping[str, Any], str, str], Any]
    table: Callable[[pd.DataFrame, Any], pd.DataFrame]
    beside: Callable[[pd.DataFrame, Any], dict[str, Floats]] = lambda _frame, _model: {}
    labels: Callable[[Any], dict[str, str]] = lambda _: {}


KINDS: dict[str, Kind] = {
    "credit": Kind(
        files=credit_files,
        read=read_credit,
        table=decide_table,
        beside=lambda frame, model: {"scorecard_pd": model.scorecard_probability(frame)},
        labels=lambda model: {"policy": model.policy.version},
    ),
    "post-loan": Kind(
        files=post_loan_files,
        read=read_post_loan,
        table=lambda frame, model: frame[["enterprise_id", "as_of"]].join(model.risk(frame)),
    ),
}
