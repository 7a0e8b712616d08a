"""Runs: where MLflow keeps them, and one context manager that opens one."""

import fcntl
import logging
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from features.errors import EngineError
from pipelines import settings

if TYPE_CHECKING:
    from mlflow import ActiveRun

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SKIP_PIP_REQUIREMENTS_CHECK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # a server that is down is told in seconds, not after minutes
}
_FOREIGN = (
    "无权写入，数据属于其创建者，多人使用请共用服务器",
    "may not write there: it belongs to who made it, and several users of a machine share a server;",
)
_NOWHERE = "./mlruns"  # of MLflow's own experiment, in which nothing is kept
_TRIES = 4  # to open the database, a second in all; MLflow's own ten take 100 seconds


def connect() -> ModuleType:
    """MLflow, pointed at ``settings.tracking_uri()``; it sends no usage data."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    for chatty in ("alembic", "mlflow.store.db.utils", "mlflow.tracking.fluent", "mlflow.pyfunc"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    uri = settings.tracking_uri()
    if _embedded():
        settings.home().mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # MLflow's own use of deprecated SQLAlchemy options, on import and when the database is first opened.
        warnings.simplefilter("ignore")
        import mlflow
        from mlflow.store.db import utils

        utils.MAX_RETRY_COUNT = _TRIES
        if uri.startswith("sqlite:///"):
            if "?" in uri:  # an address of SQLite's own, which MLflow would take for a path whose folder it makes
                uri = f"sqlite+pysqlite{uri.removeprefix('sqlite')}"
            else:
                _make(Path(uri.removeprefix("sqlite:///")))
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        mlflow.MlflowClient()
    return mlflow


def there() -> bool:
    """False where MLflow's database is a file that nobody has made."""
    uri = settings.tracking_uri()
    return not _embedded() or "?" in uri or Path(uri.removeprefix("sqlite:///")).exists()


def _embedded() -> bool:
    return settings.tracking_uri().startswith("sqlite")


def _make(database: Path) -> None:
    """MLflow's tables, which it makes in many steps: the file has all of them, whoever is killed, or it is not there.

    One process makes them, and others wait for it. Where nothing can be made MLflow says so itself.
    """
    folder = database.parent
    if database.exists() or not os.access(folder, os.W_OK):
        return
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    staged = folder / f".{database.name}.part"
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not database.exists():
            shutil.rmtree(staged, ignore_errors=True)
            staged.mkdir()
            made = SqlAlchemyStore(f"sqlite:///{staged / database.name}", _NOWHERE)  # type: ignore[no-untyped-call]
            made.engine.dispose()
            (staged / database.name).replace(database)
            shutil.rmtree(staged)
    finally:
        os.close(held)


@contextmanager
def answering() -> "Iterator[None]":
    """A block, or a function, in which MLflow's server or database must answer.

    Raises
    ------
    EngineError
        When it does not; what it answers, a refusal too, passes as it is.
    """
    try:
        yield
    except Exception as error:
        if silent := _silent(error):
            why = type(silent).__name__
            told = (
                f"没有应答（{why}），请启动服务器、修复数据库",
                f"does not answer ({why}); start the server, mend the database or",
            )
            zh, en = _FOREIGN if "readonly database" in str(silent) else told
            raise EngineError(
                f"MLflow {zh}，或将 MLFLOW_TRACKING_URI 设为正确地址；此前可用 sme-credit score --manual-card，"
                "不需要模型",
                f"MLflow {en} set MLFLOW_TRACKING_URI to the right address; until then 'sme-credit score "
                "--manual-card' needs no model",
                address(),
            ) from error
        raise


def _silent(error: BaseException | None) -> BaseException | None:
    """The failure to reach somebody among an error and what led to it, if there is one."""
    from sqlalchemy.exc import DBAPIError
    from urllib3.exceptions import HTTPError

    while error is not None and not isinstance(error, DBAPIError | HTTPError):
        error = error.__cause__ or error.__context__
    return error


def address() -> str:
    """MLflow's address as it may be told: without a password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(settings.tracking_uri()).render_as_string(hide_password=True)
    except ArgumentError:  # a path or a name
        return settings.tracking_uri()


@contextmanager
def start_run(experiment: str, name: str) -> "Iterator[ActiveRun]":
    """Open a run; it ends as FAILED when the block raises."""
    with answering():
        mlflow = connect()
        number = experiment_number(mlflow, experiment)
    with mlflow.start_run(experiment_id=number, run_name=name) as run:
        yield run


def experiment_number(mlflow: ModuleType, name: str) -> str:
    """Identifier of the experiment, made on first use.

    On a database alone, embedded or not, artefacts would land in the current directory, so they get their place here;
    a tracking server knows its own.
    """
    found = mlflow.get_experiment_by_name(name)
    if found:
        return str(found.experiment_id)
    served = settings.tracking_uri().startswith(("http://", "https://"))
    place = None if served else (settings.artifact_root() / name).as_uri()
    try:
        return str(mlflow.create_experiment(name, artifact_location=place))
    except mlflow.exceptions.MlflowException:  # another process was first
        if found := mlflow.get_experiment_by_name(name):
            return str(found.experiment_id)
        raise


def log(
    *,
    params: Mapping[str, object],
    metrics: Mapping[str, float],
    documents: Mapping[str, object],
    dataset: tuple[str, str],
) -> None:
    """Put these on the open run: ``documents`` as JSON or text files by name, ``dataset`` as its name and hash."""
    mlflow = connect()
    name, digest = dataset
    source = mlflow.data.code_dataset_source.CodeDatasetSource({})
    mlflow.log_params({**params, "dataset_hash": digest})
    mlflow.log_metrics(dict(metrics))
    mlflow.log_input(mlflow.data.meta_dataset.MetaDataset(source, name=name, digest=digest[:32]))
    for file, document in documents.items():
        if isinstance(document, str):
            mlflow.log_text(document, file)
        else:
            mlflow.log_dict(document, file)


@answering()
def log_month(experiment: str, date: str, metrics: Mapping[str, float], tags: Mapping[str, str]) -> str:
    """Put the metrics of a month on the run of its date, used again when it is run again; gives the identifier.

    Raises
    ------
    EngineError
        When MLflow does not answer.
    """
    mlflow = connect()
    number = experiment_number(mlflow, experiment)
    found = mlflow.search_runs([number], f"tags.as_of = '{date}'", max_results=1, output_format="list")
    run_id = found[0].info.run_id if found else None
    with mlflow.start_run(run_id=run_id, experiment_id=number, run_name=date) as run:
        mlflow.set_tags({"as_of": date, **tags})
        mlflow.log_metrics(dict(metrics))
        return str(run.info.run_id)
