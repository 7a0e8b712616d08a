"""``conf/training.yaml``, validated."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import PolicyError
from models.search import Ranges
from pipelines.settings import conf, conf_path

NAME = "training.yaml"
Rate = Annotated[float, Field(gt=0, lt=1)]
Wholes = tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
Numbers = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Search(_Part):
    """Least and greatest value of each setting."""

    learning_rate: Numbers
    num_leaves: Wholes
    min_data_in_leaf: Wholes
    lambda_l2: Numbers
    feature_fraction: Numbers
    rounds: Wholes

    @model_validator(mode="after")
    def _ascending(self) -> "Search":
        for name, (least, greatest) in self.ranges().items():
            if least >= greatest:
                raise ValueError(f"{name}: the first value below the second, found {least} and {greatest}")
        return self

    def ranges(self) -> Ranges:
        """As ``models.search`` takes them."""
        return dict(self)


class TrainingSettings(_Part):
    """What an analyst may set about training; the file explains each."""

    central_tendency: dict[str, Rate]
    search: Search


def training_settings() -> TrainingSettings:
    """Read the settings.

    Raises
    ------
    PolicyError
        When the file lacks a setting, has one too many, or one that makes no sense.
    """
    try:
        return TrainingSettings.model_validate(conf(NAME))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise PolicyError(f"{conf_path(NAME)}: '{place}': {first['msg']}; mend the file") from error
