"""``conf/training.yaml``, validated."""

from typing import Annotated

from pydantic import Field, model_validator

from models.checked import Part
from models.search import Ranges
from pipelines.settings import checked

Rate = Annotated[float, Field(gt=0, lt=1)]
Wholes = tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
Numbers = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


class Search(Part):
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
                raise ValueError(
                    f"{name} 的首值小于次值，现为 {least} 和 {greatest}。"
                    f"{name}: the first value below the second, found {least} and {greatest}"
                )
        return self

    def ranges(self) -> Ranges:
        """As ``models.search`` takes them."""
        return dict(self)


class TrainingSettings(Part):
    """What an analyst may set about training; the file explains each."""

    central_tendency: dict[str, Rate]
    search: Search


def training_settings() -> TrainingSettings:
    """The settings in the file; raises ``PolicyError`` as ``checked`` does."""
    return checked(TrainingSettings, "training.yaml")
