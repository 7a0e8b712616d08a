"""Where things are: the home folder, the store, the databases and ``conf/``, from the environment."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from features.errors import PolicyError

if TYPE_CHECKING:
    from models.checked import Part

P = TypeVar("P", bound="Part")

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """``$SME_CREDIT_HOME``, by default ``./var``."""
    return Path(os.environ.get("SME_CREDIT_HOME", "var")).resolve()


def store_path() -> Path:
    """The default store, ``$SME_CREDIT_HOME/store``."""
    return home() / "store"


def database_url() -> str:
    """SQLAlchemy address of the record: ``$DATABASE_URL``, by default SQLite under the home folder."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{home() / 'record.db'}"


def institution() -> str:
    """The institution that asks, as it stands in reports: ``$SME_CREDIT_INSTITUTION``, by default 本行."""
    return os.environ.get("SME_CREDIT_INSTITUTION") or "本行"


def tracking_uri() -> str:
    """MLflow's address: ``$MLFLOW_TRACKING_URI``, by default SQLite under the home folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home() / 'mlflow.db'}"


def artifact_root() -> Path:
    """Where MLflow keeps artefacts when it runs on a database, without a server."""
    return home() / "mlartifacts"


def conf_path(name: str) -> Path:
    """The file ``name`` in ``$SME_CREDIT_CONF`` when it is there, else in the ``conf/`` that ships."""
    places = [folder / name for folder in conf_folders()]
    return next((place for place in places if place.exists()), places[-1])


def conf_folders() -> list[Path]:
    """Where settings are looked for: ``$SME_CREDIT_CONF`` when it is set, then the ``conf/`` that ships.

    Raises
    ------
    PolicyError
        When that is no folder.
    """
    override = os.environ.get("SME_CREDIT_CONF")
    if override and not Path(override).is_dir():
        raise PolicyError(
            f"SME_CREDIT_CONF 所指的 {override} 不是文件夹，所用配置会与所想不同，请改正路径或取消该变量",
            f"SME_CREDIT_CONF: {override} is no folder, so that the settings meant would not be those used; mend "
            "the path or unset it",
        )
    return [*([Path(override)] if override else []), ROOT / "conf"]


# The parser in C reads as safely and many times as fast; PyYAML may have been built without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def conf(name: str) -> dict[str, Any]:
    """Read one YAML mapping of ``conf/``.

    Raises
    ------
    PolicyError
        When the file is missing, is not YAML, or is not a mapping.
    """
    return read(conf_path(name))


def texts(*names: str) -> dict[str, str]:
    """Files of ``conf/`` as they stand, by name; what cannot be read as text is left to ``read`` to tell."""
    return {name: conf_path(name).read_text(encoding="utf-8", errors="replace") for name in names}


def read(path: Path, text: str | None = None) -> dict[str, Any]:
    """Read one YAML mapping, by default what the file now holds; raises as ``conf`` does."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8") if text is None else text, Loader=_LOADER)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PolicyError(
            f"无法作为 YAML 读取（{error}），请改正文件或取消 SME_CREDIT_CONF",
            f"cannot be read as YAML ({error}); mend the file or unset SME_CREDIT_CONF",
            path,
        ) from error
    if not isinstance(content, dict):
        raise PolicyError(
            f"顶层应为键值对，实为 {type(content).__name__}",
            f"expected a mapping at the top level, found {type(content).__name__}",
            path,
        )
    return content


def checked(kind: type[P], name: str) -> P:
    """The file ``name`` of ``conf/``, checked as the kind of settings that it holds.

    Raises
    ------
    PolicyError
        When the file cannot be read; or naming every wrong key, what was expected and what was found.
    """
    return kind.parse(conf(name), str(conf_path(name)))
