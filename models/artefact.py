"""A model as a folder of data: LightGBM text, JSON tables, the policy, golden rows, and a manifest of hashes.

No class is pickled. A changed byte in any file is refused by name, and a model that does not give its golden
answers again on this machine is refused too.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml

import features
import models
from features.errors import ArtifactError
from models.boosted import read_booster
from models.calibration import Calibration
from models.credit_model import CreditModel
from models.feature import ModelFeature
from models.golden import check_golden, make_golden
from models.policy import parse_policy
from models.reference import Reference
from models.scorecard import Scorecard

MANIFEST = "manifest.json"
FORMAT = 1


def save(model: CreditModel, folder: Path) -> Path:
    """Write the model into ``folder``, which is made when it is not there.

    Returns
    -------
    The folder. The same model gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in artefact_files(model).items():
        (folder / name).write_bytes(content)
    return folder


def artefact_files(model: CreditModel) -> dict[str, bytes]:
    """Every file of the artefact by name, the manifest among them."""
    texts = {
        "booster.txt": model.booster.model_to_string(),
        "calibration.json": _json(model.calibration.to_json()),
        "scorecard.json": _json(model.scorecard.to_json()),
        "features.json": _json([asdict(f) for f in model.features]),
        "reference.json": _json(model.reference.to_json(model.names)),
        "policy.yaml": yaml.safe_dump(model.policy.model_dump(mode="json"), allow_unicode=True, sort_keys=False),
        "golden.json": _json(make_golden(model)),
    }
    contents = {name: text.encode() for name, text in texts.items()}
    return contents | {MANIFEST: _manifest(model, contents).encode()}


def load(folder: Path, version: str = "") -> CreditModel:
    """Read a model back, having checked every byte and its golden rows.

    Parameters
    ----------
    folder : what ``save`` wrote.
    version : the version in the registry, for the decisions to name.

    Raises
    ------
    ArtifactError
        Naming the file that is missing or changed, or the golden answer that is not reproduced.
    """
    manifest = read_manifest(folder)
    contents = {name: _checked(folder / name, digest) for name, digest in manifest["files"].items()}
    tables = {name: json.loads(text) for name, text in contents.items() if name.endswith(".json")}
    known = tuple(_feature(entry) for entry in tables["features.json"])
    model = CreditModel(
        name=manifest["model"],
        features=known,
        booster=read_booster(contents["booster.txt"]),
        calibration=Calibration(**tables["calibration.json"]),
        scorecard=Scorecard.from_json(tables["scorecard.json"]),
        policy=parse_policy(yaml.safe_load(contents["policy.yaml"]), str(folder / "policy.yaml")),
        reference=Reference.from_json(tables["reference.json"], [f.name for f in known]),
        training=manifest["training"],
        version=version,
    )
    check_golden(model, tables["golden.json"], str(folder / "golden.json"))
    return model


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an artefact: hashes, fingerprints and figures of the training run.

    Raises
    ------
    ArtifactError
        When it is missing, or any byte of it was changed.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(f"{path}: missing; expected the folder of a saved model")
    try:
        text = path.read_bytes().decode()
        manifest: dict[str, Any] = json.loads(text)
        seal = manifest.pop("seal")
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, AttributeError, TypeError) as error:
        raise _changed(path) from error
    if text != _json(manifest | {"seal": seal}) or seal != _digest(_json(manifest).encode()):
        raise _changed(path)
    return manifest


def manifest_digest(folder: Path) -> str:
    """Hash of the manifest, hence of the whole artefact: what a registry should remember of it."""
    return _digest((folder / MANIFEST).read_bytes())


def feature_set_fingerprint(known: tuple[ModelFeature, ...]) -> str:
    """Hash of names, families and directions: what must agree between the matrix and the model."""
    return _digest(_json([[f.name, f.family, f.direction] for f in known]).encode())


def code_fingerprint() -> str:
    """Hash of the sources of ``features`` and ``models`` as they run now."""
    whole = hashlib.sha256()
    for package in (features, models):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            whole.update(f"{package.__name__}/{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def _manifest(model: CreditModel, contents: Mapping[str, bytes]) -> str:
    body = {
        "format": FORMAT,
        "model": model.name,
        "policy": model.policy.version,
        "files": {name: _digest(content) for name, content in sorted(contents.items())},
        "feature_set": feature_set_fingerprint(model.features),
        "code": code_fingerprint(),
        "training": dict(model.training),
    }
    plain = json.loads(_json(body))
    return _json(plain | {"seal": _digest(_json(plain).encode())})


def _checked(path: Path, digest: str) -> str:
    if not path.is_file():
        raise ArtifactError(f"{path}: missing, though the manifest names it; register the model again")
    content = path.read_bytes()
    if _digest(content) != digest:
        raise _changed(path)
    return content.decode()


def _changed(path: Path) -> ArtifactError:
    return ArtifactError(f"{path}: changed since the model was saved; restore the file or go back to another version")


def _feature(entry: Mapping[str, Any]) -> ModelFeature:
    return ModelFeature(**{f.name: entry[f.name] for f in fields(ModelFeature)})


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
