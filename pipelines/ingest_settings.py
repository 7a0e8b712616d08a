"""``conf/ingest.yaml``, validated."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import PolicyError
from pipelines.settings import conf, conf_path

NAME = "ingest.yaml"


class IngestSettings(BaseModel):
    """What an analyst may set about ingest; the file explains each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_quarantined_share: float = Field(ge=0, le=1)
    harmless: tuple[str, ...]
    balance_tolerance: dict[str, float]
    rows_a_chunk: int = Field(gt=0)
    memory: str = Field(pattern=r"^\d+(MB|GB)$")


def ingest_settings() -> IngestSettings:
    """Read the settings.

    Raises
    ------
    PolicyError
        When the file lacks a setting, has one too many, or one that makes no sense.
    """
    try:
        return IngestSettings.model_validate(conf(NAME))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise PolicyError(f"{conf_path(NAME)}: '{place}': {first['msg']}; mend the file") from error
