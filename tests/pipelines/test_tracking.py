import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from homes import home_in
from typer.testing import CliRunner

import pipelines.promote
from features.catalogue import CATALOGUE
from features.errors import ArtifactError, CreditError
from models.artefact import save
from models.credit_model import CreditModel
from models.decide import decide_table
from models.fit import fit_credit_model
from models.labelled import Labelled
from models.policy import Policy
from pipelines.record import Record
from pipelines.settings import ROOT, conf
from pipelines.tracking import load_champion, load_version, promote, register, rollback
from pipelines.tracking.runs import connect, experiment_number, start_run
from pipelines.tracking.validation import Standing
from serving.cli.app import app

NAME = "credit-limit"


def matrix(n: int, seed: int = 0) -> pd.DataFrame:
    """Rows over the whole catalogue: money where a leg reads money, noise elsewhere."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({name: random.normal(size=n) for name in CATALOGUE}).mask(
        random.random((n, len(CATALOGUE))) < 0.1
    )
    income = np.exp(14 + random.normal(size=n))
    frame = frame.assign(
        income_sum_12m=income,
        income_mean_12m=income / 12,
        net_operating_mean_12m=income / 12 * random.normal(0.1, 0.1, n),
        balance_average_mean_6m=income / 12 * random.random(n),
        outflow_tax_sum_12m=income * 0.01,
        outflow_financing_mean_6m=0.0,
        months_observed=24.0,
        firm_age_months=40.0,
        exposure_ours=0.0,
        exposure_group=0.0,
        exposure_all=0.0,
        overdue=0.0,
        tax_grade=2.0,
        court_events_12m=0.0,
        lenders_non_bank=0.0,
        coverage_score_12m=1.0,
        credibility_score_12m=90.0,
        revenue_ex_vat_sum_12m=income,
        inventory_days=np.nan,
        industry_section=3.0,
        requested_amount=np.nan,
        requested_term_months=12.0,
    )
    return frame.assign(enterprise_id=[f"E{i}" for i in range(n)], as_of=pd.Timestamp("2026-03-01"))


@pytest.fixture(scope="module")
def model() -> CreditModel:
    frame = matrix(300)
    default = (np.random.default_rng(1).random(300) < 1 / (1 + np.exp(2 - frame["income_cv_12m"].fillna(0)))).astype(
        float
    )
    policy = Policy.parse(conf("policy.yaml"), "policy.yaml")
    return fit_credit_model(Labelled.of(frame, default, list(CATALOGUE.values())), policy, benchmark=False)


@pytest.fixture(scope="module")
def stricter(model) -> CreditModel:
    product = model.policy.product.model_copy(update={"cap": 40_000.0})
    return dataclasses.replace(model, policy=model.policy.model_copy(update={"product": product, "version": "strict"}))


@pytest.fixture(scope="module")
def home(tmp_path_factory, model, stricter) -> Iterator[Path]:
    """Two registered versions, the second with a product cap of 40,000 yuan."""
    place = tmp_path_factory.mktemp("home")
    before = {name: os.environ.get(name) for name in ("SME_CREDIT_HOME", "MLFLOW_TRACKING_URI")}
    os.environ["SME_CREDIT_HOME"] = str(place)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    for number, one in enumerate((model, stricter)):
        with start_run(NAME, f"fit {number}"):
            register(save(one, place / f"model-{number}"))
    yield place
    for name, value in before.items():
        os.environ.pop(name, None)
        os.environ.update({name: value} if value is not None else {})


@pytest.fixture
def versions(home) -> Path:
    """The registry as it was: no champion."""
    client = connect().MlflowClient()
    client.delete_registered_model_alias(NAME, "champion")
    client.set_registered_model_tag(NAME, "champion_history", "[]")
    return home


def pyfunc(uri: str):
    import warnings

    mlflow = connect()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own deprecations while loading
        return mlflow.pyfunc.load_model(uri)


def test_the_pyfunc_gives_the_decisions_scalars_to_the_last_bit(versions, model):
    promote(NAME, "1", "Wang")
    rows = matrix(50, seed=5)
    loaded = pyfunc(f"models:/{NAME}@champion")
    expected = decide_table(rows, model)
    given = loaded.predict(rows)
    assert given.drop(columns="as_of").equals(expected.drop(columns="as_of"))
    for i in range(10):
        alone = loaded.predict(rows.iloc[[i]]).drop(columns=["as_of", "enterprise_id"])
        assert alone.equals(expected.iloc[[i]].reset_index(drop=True).drop(columns=["as_of", "enterprise_id"]))


def test_the_signature_is_there_and_takes_a_row_of_features(versions):
    signature = pyfunc(f"models:/{NAME}/1").metadata.signature
    assert signature is not None
    types = {column.name: str(column.type) for column in signature.inputs.inputs}
    assert types.pop("enterprise_id") == "DataType.string"
    assert types.pop("as_of") == "DataType.datetime"
    assert set(types) >= set(CATALOGUE)
    assert set(types.values()) == {"DataType.double"}


def test_dates_as_a_parquet_file_of_dates_gives_them_are_taken(versions, model):
    rows = matrix(3, seed=6).assign(as_of=date(2026, 3, 1))
    given = pyfunc(f"models:/{NAME}/1").predict(rows)
    assert given["pd"].tolist() == decide_table(rows, model)["pd"].tolist()


def test_two_versions_in_one_process_give_each_its_own_answers(versions, model, stricter):
    rows = matrix(80, seed=8)
    first, second = (pyfunc(f"models:/{NAME}/{v}") for v in (1, 2))
    again = first.predict(rows)
    assert second.predict(rows)["limit"].tolist() == decide_table(rows, stricter)["limit"].tolist()
    assert again["limit"].tolist() == decide_table(rows, model)["limit"].tolist()
    assert first.predict(rows).equals(again)
    assert again["limit"].max() > 40_000


def test_the_latest_registered_is_the_challenger_and_nobody_is_champion_unasked(versions):
    client = connect().MlflowClient()
    assert str(client.get_model_version_by_alias(NAME, "challenger").version) == "2"
    with pytest.raises(ArtifactError, match="has no champion; run 'sme-credit train credit-limit'"):
        load_champion(NAME)


def test_promote_and_rollback_move_the_champion_and_keep_who_and_when(versions):
    promote(NAME, "1", "Wang")
    promote(NAME, "2", " Li ")
    champion, version = load_champion(NAME)
    assert (version, champion.version, champion.policy.version) == ("2", "2", "strict")
    tags = connect().MlflowClient().get_model_version(NAME, "2").tags
    assert tags["approver"] == "Li"
    assert tags["promoted_at"].endswith("+00:00")
    assert rollback(NAME) == "1"
    assert load_champion(NAME)[1] == "1"
    with pytest.raises(ArtifactError, match="has no champion before the present one, version 1: there is nothing"):
        rollback(NAME)


def test_promoting_the_champion_again_does_not_make_it_its_own_predecessor(versions):
    for version in ("1", "2", "2"):
        promote(NAME, version, "Wang")
    assert rollback(NAME) == "1"


def test_promotion_needs_a_person_and_a_version_that_exists(versions):
    with pytest.raises(CreditError, match="name the approver"):
        promote(NAME, "1", " ")
    with pytest.raises(ArtifactError, match="model credit-limit has no version 99"):
        promote(NAME, "99", "Wang")
    with pytest.raises(ArtifactError, match="model unheard-of has no champion"):
        rollback("unheard-of")


def test_a_changed_byte_in_a_registered_artefact_is_refused(versions):
    booster = next((versions / "mlartifacts").rglob("booster.txt"))
    whole = booster.read_bytes()
    try:
        booster.write_bytes(whole.replace(b"leaf_value=", b"leaf_value= ", 1))
        loads = [_refused(load_version, NAME, v) for v in ("1", "2")]
        served = [_refused(pyfunc, f"models:/{NAME}/{v}") for v in ("1", "2")]
    finally:
        booster.write_bytes(whole)
    assert sorted(loads) == [False, True]
    assert served == loads
    assert not any(_refused(load_version, NAME, v) for v in ("1", "2"))


def _refused(do: Callable[..., object], *arguments: str) -> bool:
    try:
        do(*arguments)
    except ArtifactError as error:
        return "booster.txt: changed since the model was saved" in str(error)
    return False


def test_an_artefact_swapped_for_another_whole_one_is_refused(versions, stricter):
    folder = next(p.parent for p in (versions / "mlartifacts").rglob("booster.txt") if _is(p.parent, "2026.9"))
    kept = {p: p.read_bytes() for p in folder.iterdir()}
    try:
        save(stricter, folder)
        with pytest.raises(ArtifactError, match="is not the artefact that was registered as credit-limit 1"):
            load_version(NAME, "1")
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


def _is(folder: Path, policy: str) -> bool:
    return f'"policy": "{policy}"' in (folder / "manifest.json").read_text(encoding="utf-8")


def test_artefacts_that_are_not_where_they_were_are_told_with_the_place(versions):
    kept, elsewhere = versions / "mlartifacts", versions / "moved"
    kept.rename(elsewhere)
    try:
        with pytest.raises(ArtifactError, match=f"cannot be fetched from file://{kept}/.*must stand where it stood"):
            load_version(NAME, "1")
    finally:
        elsewhere.rename(kept)


def test_nothing_is_pickled(versions):
    assert not [p for p in (versions / "mlartifacts").rglob("*") if p.suffix in (".pkl", ".pickle", ".joblib")]


def test_a_promotion_that_was_killed_and_run_again_is_gone_back_from_once(versions):
    promote(NAME, "1", "Wang")
    connect().MlflowClient().set_registered_model_tag(NAME, "champion_history", '["1"]')  # as far as it came
    promote(NAME, "2", "Wang")
    assert rollback(NAME) == "1"
    with pytest.raises(ArtifactError, match="no champion before the present one, version 1"):
        rollback(NAME)


MOVED = """
import os, signal, sys
import pipelines.promote
from mlflow import MlflowClient
from pipelines.tracking.validation import Standing

real, (_, when) = MlflowClient.set_registered_model_alias, sys.argv

def move(*arguments):
    if when == "after":
        real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

MlflowClient.set_registered_model_alias = move
pipelines.promote.standing = lambda *_: Standing(
    trainer="zhao", validator="qian", validated_at="", gates="passed", whole=True
)
pipelines.promote.promote("credit-limit", "2", "wang")
"""


@pytest.mark.slow
@pytest.mark.parametrize(("when", "champion", "lost"), [("before", "1", {}), ("after", "2", {NAME: "2"})])
def test_a_promotion_killed_for_real_is_found_told_and_finished(versions, monkeypatch, tmp_path, when, champion, lost):
    """The champion is moved in MLflow before its event stands in the record, which is another database."""
    place = tmp_path / "record.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{place}")
    stands = Standing(trainer="zhao", validator="qian", validated_at="", gates="passed", whole=True)
    monkeypatch.setattr(pipelines.promote, "standing", lambda *_: stands)
    pipelines.promote.promote(NAME, "1", "wang")
    killed = subprocess.run([sys.executable, "-c", MOVED, when], env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert killed.returncode == -signal.SIGKILL
    assert load_champion(NAME)[1] == champion
    with Record() as record:
        assert record.verify() == ""
        assert pipelines.promote.unrecorded(record) == lost
    told = CliRunner().invoke(app, ["audit", "verify"])
    assert (told.exit_code, "the champion of credit-limit is version 2" in told.stdout) == (
        (4, True) if lost else (0, False)
    )
    pipelines.promote.promote(NAME, "2", "li")
    assert CliRunner().invoke(app, ["audit", "verify"]).exit_code == 0
    pipelines.promote.rollback(NAME, "li")
    with Record() as record:
        moves = [(event.action, event.content["version"], event.staff) for event in record.events()]
        (found,) = [event.content["approver"] for event in record.events(action="champion_found")] or ["wang"]
    finished = [("champion_found", "2", "li")] if lost else []
    assert moves == [("promote", "1", "wang"), *finished, ("promote", "2", "li"), ("rollback", "1", "li")]
    assert found == "wang"
    assert load_champion(NAME)[1] == "1"


KILLED = """
import os, signal
from mlflow.store.db import utils
from pipelines.tracking.runs import connect
utils._upgrade_db = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
connect()
"""


@pytest.mark.slow
def test_tables_of_mlflow_are_there_whole_or_not_at_all(tmp_path):
    """Killed when some are made: the database was there, and nothing could be done with it ever after."""
    environment = os.environ | {"SME_CREDIT_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment.pop("MLFLOW_TRACKING_URI", None)
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, cwd=tmp_path)
    assert killed.returncode == -signal.SIGKILL
    again = "from pipelines.tracking.registry import alias; print(alias('credit-limit', 'champion'))"
    two = [
        subprocess.Popen(
            [sys.executable, "-c", again], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert [(one.communicate()[0], one.returncode) for one in two] == [("None\n", 0)] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]


def test_an_experiment_that_several_make_at_once_is_one(versions):
    mlflow = connect()
    with ThreadPoolExecutor(6) as pool:
        assert len({*pool.map(lambda _: experiment_number(mlflow, "made at once"), range(6))}) == 1


@pytest.mark.slow
def test_on_a_database_of_postgresql_alone_models_lie_under_the_home_folder(postgres, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with home_in(tmp_path / "home") as patch:
        patch.setenv("MLFLOW_TRACKING_URI", postgres)
        mlflow = connect()
        found = mlflow.get_experiment(experiment_number(mlflow, "shared"))
        assert found.artifact_location == (tmp_path / "home" / "mlartifacts" / "shared").as_uri()
