"""``conf/drift.yaml``, validated."""

from typing import Annotated

from pydantic import Field

from models.checked import Part
from pipelines.settings import checked

Share = Annotated[float, Field(gt=0, lt=1)]


class Retrain(Part):
    """What calls for training again; any one of them does."""

    inputs_in_alarm: Share
    auc_fall: Share
    ratio_between: tuple[Annotated[float, Field(gt=0, lt=1)], Annotated[float, Field(gt=1)]]


class DriftSettings(Part):
    """What a bank may set about drift; the file explains each."""

    false_discoveries: Share
    psi_material: Annotated[float, Field(gt=0)]
    retrain: Retrain


def drift_settings() -> DriftSettings:
    """The settings in the file; raises ``PolicyError`` as ``checked`` does."""
    return checked(DriftSettings, "drift.yaml")
