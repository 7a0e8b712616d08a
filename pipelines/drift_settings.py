"""``conf/drift.yaml``, validated."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import PolicyError
from pipelines.settings import conf, conf_path

NAME = "drift.yaml"
Share = Annotated[float, Field(gt=0, lt=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Retrain(_Part):
    """What calls for training again; any one of them does."""

    inputs_in_alarm: Share
    auc_fall: Share
    ratio_between: tuple[Annotated[float, Field(gt=0, lt=1)], Annotated[float, Field(gt=1)]]


class DriftSettings(_Part):
    """What a bank may set about drift; the file explains each."""

    false_discoveries: Share
    psi_material: Annotated[float, Field(gt=0)]
    retrain: Retrain


def drift_settings() -> DriftSettings:
    """Read the settings.

    Raises
    ------
    PolicyError
        When the file lacks a setting, has one too many, or one that makes no sense.
    """
    try:
        return DriftSettings.model_validate(conf(NAME))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise PolicyError(f"{conf_path(NAME)}: '{place}': {first['msg']}; mend the file") from error
