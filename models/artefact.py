"""A model as a folder of data: LightGBM text, JSON tables, the policy, golden rows, and a manifest of hashes.

No class is pickled. A changed byte in any file is refused by name, and a model that does not give its golden
answers again on this machine is refused too. ``FORMAT`` counts up when the files change their meaning; what a release
wrote is kept in ``tests/models/released``, and every later one must read it and answer as it did.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import features
import models
from features.errors import ArtifactError
from models.feature import ModelFeature
from models.golden import check_golden, make_golden
from models.kinds import KINDS, Model

MANIFEST, GOLDEN = "manifest.json", "golden.json"
FORMAT = 2


def save(model: Model, folder: Path) -> Path:
    """Write the model into ``folder``, which is made when it is not there.

    Returns
    -------
    The folder. The same model gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in artefact_files(model).items():
        (folder / name).write_bytes(content)
    return folder


def artefact_files(model: Model) -> dict[str, bytes]:
    """Every file of the artefact by name, the manifest among them."""
    content = KINDS[model.kind].files(model) | {GOLDEN: make_golden(model)}
    contents = {n: (_json(c) if n.endswith(".json") else c).encode() for n, c in content.items()}
    return contents | {MANIFEST: _manifest(model, contents).encode()}


def load(folder: Path, version: str = "") -> Any:
    """Read a model back, having checked every byte and its golden rows.

    Parameters
    ----------
    folder : what ``save`` of this or an earlier release wrote.
    version : the version in the registry, for the answers to name.

    Returns
    -------
    A model of the kind that the manifest names.

    Raises
    ------
    ArtifactError
        Naming the file that is missing or changed, or the golden answer that is not reproduced.
    """
    manifest = _readable(read_manifest(folder), folder)
    texts = {name: _checked(folder / name, digest) for name, digest in manifest["files"].items()}
    content: dict[str, Any] = {n: json.loads(t) if n.endswith(".json") else t for n, t in texts.items()}
    model = KINDS[manifest["kind"]].read(content, manifest, str(folder), version)
    check_golden(model, content[GOLDEN], str(folder / GOLDEN))
    return model


def _readable(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The manifest, if this release reads its format and kind; format 1 was of the time before any release."""
    if manifest["format"] != FORMAT or manifest["kind"] not in KINDS:
        raise ArtifactError(
            f"格式 {manifest['format']}、类型 {manifest.get('kind')}，本版只读格式 {FORMAT}、类型 "
            f"{'、'.join(KINDS)}，请重新训练，或用写入它的版本读取",
            f"format {manifest['format']}, kind {manifest.get('kind')}; this release reads format {FORMAT} and "
            f"kinds {', '.join(KINDS)}: train again, or load it with the release that wrote it",
            folder / MANIFEST,
        )
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an artefact: hashes, fingerprints and figures of the training run.

    Raises
    ------
    ArtifactError
        When it is missing, or any byte of it was changed.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError("不存在，应为已保存模型的文件夹", "missing; expected the folder of a saved model", path)
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


@cache
def code_fingerprint() -> str:
    """Hash of the sources of ``features`` and ``models``, as they stood when the process first asked."""
    whole = hashlib.sha256()
    for package in (features, models):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            whole.update(f"{package.__name__}/{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def _manifest(model: Model, contents: Mapping[str, bytes]) -> str:
    body = {
        "format": FORMAT,
        "kind": model.kind,
        "model": model.name,
        **KINDS[model.kind].labels(model),
        "files": {name: _digest(content) for name, content in sorted(contents.items())},
        "feature_set": feature_set_fingerprint(model.features),
        "code": code_fingerprint(),
        "training": dict(model.training),
    }
    plain = json.loads(_json(body))
    return _json(plain | {"seal": _digest(_json(plain).encode())})


def _checked(path: Path, digest: str) -> str:
    if not path.is_file():
        raise ArtifactError(
            "不存在，但清单中列有该文件，请重新登记模型",
            "missing, though the manifest names it; register the model again",
            path,
        )
    content = path.read_bytes()
    if _digest(content) != digest:
        raise _changed(path)
    return content.decode()


def _changed(path: Path) -> ArtifactError:
    return ArtifactError(
        "模型保存后被改动，请恢复该文件或回退到其他版本",
        "changed since the model was saved; restore the file or go back to another version",
        path,
    )


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
