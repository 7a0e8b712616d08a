"""What the registry knows of a version's validation: the dossier on its run, and who, when and how it came out."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from features.errors import ArtifactError
from pipelines.record import name_from
from pipelines.tracking.registry import CHAMPION, TRAINER, TRAINER_FROM, alias, no_champion, now, registered_version
from pipelines.tracking.runs import connect

FOLDER = "validation"
DOSSIER, FIGURES = "dossier.html", "validation.json"
PASSED = "passed"
VALIDATOR, AT, DIGEST, GATES = "validator", "validated_at", "dossier_sha256", "gates"
VALIDATOR_FROM = "validator_from"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Who trained a version and how its validation stands; empty where nothing is on record.

    ``trainer_from`` and ``validator_from`` are what vouched for the names. ``gates`` is ``passed``, or the names of
    those that failed, parted by commas. ``whole`` is false when the dossier on the run is not that which was attached.
    """

    trainer: str
    validator: str
    validated_at: str
    gates: str
    whole: bool
    trainer_from: str = ""
    validator_from: str = ""


def attach(name: str, version: str, dossier: Path, figures: dict[str, Any], validator: str, failed: list[str]) -> None:
    """Put the dossier and its figures on the version's run, and what came of it on the version."""
    client = connect().MlflowClient()
    found = registered_version(name, version)
    text = dossier.read_text(encoding="utf-8")
    client.log_text(found.run_id, text, f"{FOLDER}/{DOSSIER}")  # whatever the file is called where it was written
    client.log_dict(found.run_id, figures, f"{FOLDER}/{FIGURES}")
    about = {
        VALIDATOR: validator.strip(),
        VALIDATOR_FROM: name_from(validator),
        AT: now(),
        DIGEST: sha256(text.encode()).hexdigest(),
        GATES: ", ".join(failed) or PASSED,
    }
    for label, value in about.items():
        client.set_model_version_tag(name, version, label, value)


def standing(name: str, version: str) -> Standing:
    """How a version stands.

    Raises
    ------
    ArtifactError
        When there is no such version.
    """
    found = registered_version(name, version)
    tags = found.tags
    return Standing(
        trainer=tags.get(TRAINER, ""),
        validator=tags.get(VALIDATOR, ""),
        validated_at=tags.get(AT, ""),
        gates=tags.get(GATES, ""),
        whole=DIGEST in tags and _digest(found.run_id) == tags[DIGEST],
        trainer_from=tags.get(TRAINER_FROM, ""),
        validator_from=tags.get(VALIDATOR_FROM, ""),
    )


def latest(name: str, which: str) -> str:
    """The version that an alias stands for.

    Raises
    ------
    ArtifactError
        When none does.
    """
    version = alias(name, which)
    if version is None and which == CHAMPION:
        raise no_champion(name)
    if version is None:
        raise ArtifactError(
            f"模型 {name} 没有 {which} 版本，请先运行 sme-credit train {name}",
            f"model {name} has no {which}; run 'sme-credit train {name}'",
        )
    return version


def _digest(run_id: str) -> str:
    """Hash of the dossier on the run; empty when it is gone."""
    mlflow = connect()
    try:
        path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=f"{FOLDER}/{DOSSIER}")
    except (mlflow.exceptions.MlflowException, OSError):
        return ""
    return sha256(Path(path).read_bytes()).hexdigest()
