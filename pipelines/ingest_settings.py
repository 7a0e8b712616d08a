"""``conf/ingest.yaml``, validated."""

from pydantic import Field

from models.checked import Part
from pipelines.settings import checked


class IngestSettings(Part):
    """What an analyst may set about ingest; the file explains each."""

    max_quarantined_share: float = Field(ge=0, le=1)
    harmless: tuple[str, ...]
    balance_tolerance: dict[str, float]
    rows_a_chunk: int = Field(gt=0)
    memory: str = Field(pattern=r"^\d+(MB|GB)$")


def ingest_settings() -> IngestSettings:
    """The settings in the file; raises ``PolicyError`` as ``checked`` does."""
    return checked(IngestSettings, "ingest.yaml")
