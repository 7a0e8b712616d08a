"""What a model must know of a feature, copied from the catalogue so that an artefact stands alone."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd

from features.catalogue import Feature
from features.catalogue.feature import UNTOLD
from features.errors import ArtifactError


@dataclass(frozen=True)
class ModelFeature:
    """One input: its place in the catalogue, the texts of its reasons, and whether the firm chooses to show it."""

    name: str
    family: str
    direction: int
    zh: str
    en: str
    adverse_zh: str = ""
    adverse_en: str = ""
    support_zh: str = ""
    support_en: str = ""
    voluntary: bool = False

    @property
    def unknown_side(self) -> int:
        """The side on which an unknown value counts as the riskiest, 0 where unknown stays unknown.

        What the firm chooses to show must gain nothing by being kept back.
        """
        return self.direction if self.voluntary else 0

    @property
    def told(self) -> bool:
        """Whether answers may name it, which they may not where it tells of other firms."""
        return self.family not in UNTOLD


def model_features(catalogue: Iterable[Feature]) -> tuple[ModelFeature, ...]:
    """Copy catalogue entries in the given order; those that can be no reason carry no texts of reasons.

    Parameters
    ----------
    catalogue : iterable of catalogue entries, one a column of the feature matrix.
    """
    return tuple(_copy(feature) for feature in catalogue)


def read_features(entries: Any) -> tuple[ModelFeature, ...]:
    """The features that a model reads, from their JSON."""
    known = {field.name for field in fields(ModelFeature)}
    return tuple(ModelFeature(**{name: entry[name] for name in entry if name in known}) for entry in entries)


def refuse_absent(names: Iterable[str], frame: pd.DataFrame, model: str, table: tuple[str, str]) -> None:
    """Raise ``ArtifactError`` where a table, called so in both languages, lacks columns that a model reads."""
    if absent := [name for name in names if name not in frame]:
        raise ArtifactError(
            f"模型 {model}：{table[0]}缺少其中 {len(absent)} 列（{'、'.join(absent[:5])}），"
            "请计算训练时所用的特征，或重新训练",
            f"model {model}: the {table[1]} lacks {len(absent)} of its columns ({', '.join(absent[:5])}); compute the "
            "features that it was trained on, or train again",
        )


def _copy(feature: Feature) -> ModelFeature:
    plain = ModelFeature(feature.name, feature.family, feature.direction, feature.zh, feature.en)
    plain = replace(plain, voluntary=feature.level == "public")
    if not feature.direction or not plain.told:
        return plain
    (against_zh, against_en), (for_zh, for_en) = feature.reason(adverse=True), feature.reason(adverse=False)
    return replace(plain, adverse_zh=against_zh, adverse_en=against_en, support_zh=for_zh, support_en=for_en)
