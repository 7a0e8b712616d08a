"""Registered models: a version is immutable, an alias says which one answers.

``challenger`` is the latest trained, ``champion`` the one that a named person promoted. What was champion before
is kept on the registered model, so that a rollback knows where to go.
"""

import json
import warnings
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from types import ModuleType
from typing import Any

from features.errors import ArtifactError, CreditError
from pipelines.tracking.runs import address, answering, connect, there

CHAMPION, CHALLENGER = "champion", "challenger"
HISTORY, SEAL, TRAINER, TRAINER_FROM = "champion_history", "manifest_sha256", "trainer", "trainer_from"
PYFUNC = Path(__file__).with_name("pyfunc.py")
ARTEFACT = "artefact"
NO_APPROVER = (
    "须写明批准人（--approver），由其对在用模型负责",
    "name the approver; a champion needs a person who answers for it",
)
LIBRARIES = ("lightgbm", "numpy", "pandas", "pydantic", "pyyaml", "scikit-learn", "scipy")


class NoChampionError(ArtifactError):
    """No version of the model has been promoted."""


def register(folder: Path) -> str:
    """Log the artefact in ``folder``, of whatever kind, on the open run and register it as the challenger.

    Returns
    -------
    The new version's number.

    Raises
    ------
    ArtifactError
        When MLflow kept no signature.
    """
    from models.artefact import load, manifest_digest
    from models.golden import golden_rows
    from models.kinds import KINDS
    from pipelines.tracking.signature import signature

    mlflow, model = connect(), load(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own use of what pandas and pydantic deprecate
        logged = mlflow.pyfunc.log_model(
            name=model.name,
            python_model=str(PYFUNC),
            artifacts={ARTEFACT: str(folder)},
            signature=signature(model),
            input_example=golden_rows(model).head(2),
            pip_requirements=[f"{name}=={installed(name)}" for name in LIBRARIES],
            registered_model_name=model.name,
        )
    if logged.signature is None:
        raise ArtifactError(
            f"模型 {model.name}：MLflow 未保存签名，请重新登记",
            f"model {model.name}: MLflow kept no signature; register it again",
        )
    number, client = str(logged.registered_model_version), mlflow.MlflowClient()
    who = {name: model.training.get(name, "") for name in (TRAINER, TRAINER_FROM)}
    about = KINDS[model.kind].labels(model) | {SEAL: manifest_digest(folder)} | who
    for label, value in about.items():
        client.set_model_version_tag(model.name, number, label, value)
    client.set_registered_model_alias(model.name, CHALLENGER, number)
    return number


def promote(name: str, version: str, approver: str) -> None:
    """Make a version the champion, having loaded it once; who approved and when goes on the version.

    Raises
    ------
    ArtifactError
        When there is no such version, or it does not load.
    CreditError
        Without an approver.
    """
    if not approver.strip():
        raise CreditError(*NO_APPROVER)
    load_version(name, version)
    client = connect().MlflowClient()
    client.set_model_version_tag(name, version, "approver", approver.strip())
    client.set_model_version_tag(name, version, "promoted_at", now())
    present, history = alias(name, CHAMPION), _history(name)
    if present and present != version and history[-1:] != [present]:  # a promotion that was killed has remembered it
        _remember(name, [*history, present])
    client.set_registered_model_alias(name, CHAMPION, version)


def rollback(name: str) -> str:
    """Make the champion before this one champion again.

    Returns
    -------
    Its version.

    Raises
    ------
    ArtifactError
        When there was no other champion before.
    """
    history, present = _history(name), alias(name, CHAMPION)
    if not history or present is None:
        zh, en = f"在用版本 {present} 之前没有其他版本", f"no champion before the present one, version {present}"
        raise ArtifactError(
            f"模型 {name} {zh if present else '没有在用版本'}，无可回退，请改为上线某一版本",
            f"model {name} has {en if present else 'no champion'}: there is nothing to go back to; promote a version "
            "instead",
        )
    earlier = history[-1]
    load_version(name, earlier)
    client = connect().MlflowClient()
    client.set_registered_model_alias(name, CHAMPION, earlier)
    client.set_model_version_tag(name, present, "rolled_back_at", now())
    _remember(name, history[:-1])
    return earlier


def load_champion(name: str) -> tuple[Any, str]:
    """The champion and its version.

    Raises
    ------
    NoChampionError
        When there is none.
    ArtifactError
        When it was altered.
    EngineError
        When the registry does not answer, as of everything here.
    """
    version = alias(name, CHAMPION)
    if version is None:
        raise no_champion(name)
    return load_version(name, version), version


def no_champion(name: str) -> NoChampionError:
    """There is no champion, and how one comes about."""
    return NoChampionError(
        f"模型 {name} 没有在用版本，请依次运行 sme-credit train、validate、promote",
        f"model {name} has no champion; run 'sme-credit train {name}', 'sme-credit validate {name} --out "
        f"FILE.html' and 'sme-credit promote {name} VERSION --approver NAME'",
    )


def load_version(name: str, version: str) -> Any:
    """A registered version, every byte of its artefact checked against the manifest and the registry.

    Raises
    ------
    ArtifactError
        When there is no such version, or it was altered.
    """
    from models.artefact import load, manifest_digest

    found, mlflow = registered_version(name, version), connect()
    folder = _artefact(mlflow, name, version)
    model = load(folder, version=str(version))
    if found.tags.get(SEAL) != manifest_digest(folder):
        raise ArtifactError(
            f"不是登记为 {name} 版本 {version} 的文件，请恢复",
            f"is not the artefact that was registered as {name} {version}; restore it",
            folder,
        )
    return model


def _artefact(mlflow: ModuleType, name: str, version: str) -> Path:
    """The artefact's folder; MLflow keeps it under the name that it had when it was logged."""
    uri = place = f"models:/{name}/{version}"
    try:
        with answering():
            place = mlflow.MlflowClient().get_model_version_download_uri(name, version)
            root = Path(mlflow.artifacts.download_artifacts(f"{uri}/artifacts"))
    except mlflow.exceptions.MlflowException as error:
        raise ArtifactError(
            f"无法从 {place} 取得模型文件（{error.message}），请恢复到原处：MLflow 保存完整路径，"
            "主目录须在原位或建立链接",
            f"its artefact cannot be fetched from {place} ({error.message}); restore it there: MLflow keeps whole "
            "paths, so that a home folder must stand where it stood, or be linked",
            uri,
        ) from error
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    if len(folders) != 1:
        raise ArtifactError(
            f"应有一个模型文件夹，现有 {len(folders)} 个，请恢复",
            f"expected one artefact, found {len(folders)} folders; restore it",
            root,
        )
    return folders[0]


def registered_version(name: str, version: str) -> Any:
    """A version as the registry holds it: its run and its tags.

    Raises
    ------
    ArtifactError
        When there is none of that number.
    """
    with answering():
        mlflow = connect()
    try:
        with answering():
            return mlflow.MlflowClient().get_model_version(name, version)
    except mlflow.exceptions.MlflowException as error:
        raise ArtifactError(
            f"{address()} 中没有模型 {name} 的版本 {version}，请核对版本号",
            f"model {name} has no version {version} at {address()}",
        ) from error


def alias(name: str, which: str) -> str | None:
    """The version that ``champion`` or ``challenger`` stands for, if any does."""
    model = _registered(name)
    found = model.aliases.get(which) if model else None
    return None if found is None else str(found)


@answering()
def champions() -> dict[str, str]:
    """The champion of each model that has one; a registry that is not there is not made.

    Raises
    ------
    EngineError
        When it does not answer.
    """
    found = connect().MlflowClient().search_registered_models() if there() else []
    return {str(model.name): str(model.aliases[CHAMPION]) for model in found if CHAMPION in model.aliases}


def _history(name: str) -> list[str]:
    model = _registered(name)
    return [str(v) for v in json.loads(model.tags.get(HISTORY, "[]"))] if model else []


def _remember(name: str, history: list[str]) -> None:
    connect().MlflowClient().set_registered_model_tag(name, HISTORY, json.dumps(history))


@answering()
def _registered(name: str) -> Any:
    found = connect().MlflowClient().search_registered_models(f"name = '{name}'")
    return found[0] if found else None


def now() -> str:
    """The time to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
