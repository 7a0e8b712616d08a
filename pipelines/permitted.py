"""``conf/counterparties.yaml``: whether the bank permits features of its other customers' health, and who says so."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from features.catalogue import CATALOGUE, EVERY, Feature
from models.checked import Part
from pipelines.settings import checked


class Counterparties(Part):
    """The switch, who answers for it, and on what ground in law; both must be told where it is on."""

    health: bool
    approved_by: str
    legal_basis: str

    @model_validator(mode="after")
    def _answered_for(self) -> "Counterparties":
        missing = [name for name in ("approved_by", "legal_basis") if not getattr(self, name).strip()]
        if self.health and missing:
            raise ValueError(
                f"health 为 true 时写明 {'、'.join(missing)}，因这些企业未授权。"
                f"{' and '.join(missing)} to be told where health is true, for these firms gave no consent"
            )
        return self


def features_in_use() -> dict[str, Feature]:
    """The catalogue, and with it the features of counterparties' health where the bank permits them.

    Raises
    ------
    PolicyError
        As ``checked`` does.
    """
    return EVERY if checked(Counterparties, "counterparties.yaml").health else CATALOGUE


def on_record() -> Mapping[str, Any]:
    """What a decision's record says of it: nothing where it is off."""
    told = checked(Counterparties, "counterparties.yaml")
    return {"counterparties": told.model_dump()} if told.health else {}
