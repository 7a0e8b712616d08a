"""What a model must know of a feature, copied from the catalogue so that an artefact stands alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from features.catalogue import Feature
from features.catalogue.feature import UNTOLD


@dataclass(frozen=True)
class ModelFeature:
    """One input: its place in the catalogue and the texts that its reasons use."""

    name: str
    family: str
    direction: int
    zh: str
    en: str
    adverse_zh: str = ""
    adverse_en: str = ""
    support_zh: str = ""
    support_en: str = ""

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


def _copy(feature: Feature) -> ModelFeature:
    plain = ModelFeature(feature.name, feature.family, feature.direction, feature.zh, feature.en)
    if not feature.direction or not plain.told:
        return plain
    adverse, support = feature.reason(adverse=True), feature.reason(adverse=False)
    return ModelFeature(plain.name, plain.family, plain.direction, plain.zh, plain.en, *adverse, *support)
