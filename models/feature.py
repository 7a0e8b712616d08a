"""What a model must know of a feature, copied from the catalogue so that an artefact stands alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class CatalogueFeature(Protocol):
    """The part of a catalogue entry that a model reads."""

    @property
    def name(self) -> str:
        """Column of the feature matrix."""
        ...

    @property
    def family(self) -> str:
        """Family of the catalogue."""
        ...

    @property
    def direction(self) -> int:
        """+1 a higher value means more risk, -1 less, 0 no argument for either."""
        ...

    @property
    def zh(self) -> str:
        """Definition in Chinese."""
        ...

    @property
    def en(self) -> str:
        """Definition in English."""
        ...

    def reason(self, *, adverse: bool) -> tuple[str, str]:
        """The text against or for the firm, Chinese and English."""
        ...


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


def model_features(catalogue: Iterable[CatalogueFeature]) -> tuple[ModelFeature, ...]:
    """Copy catalogue entries in the given order; those without a direction carry no reason texts.

    Parameters
    ----------
    catalogue : iterable of catalogue entries, one a column of the feature matrix.
    """
    return tuple(_copy(feature) for feature in catalogue)


def _copy(feature: CatalogueFeature) -> ModelFeature:
    plain = ModelFeature(feature.name, feature.family, feature.direction, feature.zh, feature.en)
    if not feature.direction:
        return plain
    adverse, support = feature.reason(adverse=True), feature.reason(adverse=False)
    return ModelFeature(plain.name, plain.family, plain.direction, plain.zh, plain.en, *adverse, *support)
