"""A credit model as plain content by file name, and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import yaml

from models.boosted import read_booster
from models.calibration import Calibration
from models.capacity import CapacityModel
from models.credit_model import CreditModel
from models.feature import ModelFeature
from models.policy import Policy
from models.reference import Reference
from models.scorecard import Scorecard


def credit_files(model: CreditModel) -> dict[str, Any]:
    """Texts by name; what ends in ``.json`` is plain content."""
    capacity = model.capacity.files() if model.capacity else {}
    return capacity | {
        "booster.txt": model.booster.model_to_string(),
        "calibration.json": model.calibration.to_json(),
        "scorecard.json": model.scorecard.to_json(),
        "features.json": [asdict(f) for f in model.features],
        "reference.json": model.reference.to_json(model.names),
        "policy.yaml": yaml.safe_dump(model.policy.model_dump(mode="json"), allow_unicode=True, sort_keys=False),
    }


def read_credit(content: Mapping[str, Any], manifest: Mapping[str, Any], where: str, version: str) -> CreditModel:
    """What ``credit_files`` gave, as a model; ``where`` is the artefact's place for messages."""
    known = read_features(content["features.json"])
    return CreditModel(
        name=manifest["model"],
        features=known,
        booster=read_booster(content["booster.txt"]),
        calibration=Calibration(**content["calibration.json"]),
        scorecard=Scorecard.from_json(content["scorecard.json"]),
        policy=Policy.parse(yaml.safe_load(content["policy.yaml"]), f"{where}/policy.yaml"),
        reference=Reference.from_json(content["reference.json"], [f.name for f in known]),
        training=manifest["training"],
        version=version,
        capacity=CapacityModel.read(content),
    )


def read_features(entries: Any) -> tuple[ModelFeature, ...]:
    """The features that a model reads, from their JSON."""
    known = {field.name for field in fields(ModelFeature)}
    return tuple(ModelFeature(**{name: entry[name] for name in entry if name in known}) for entry in entries)
