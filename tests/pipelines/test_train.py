from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from features.errors import CreditError
from pipelines.store import Store
from pipelines.tracking import load_version
from pipelines.tracking.runs import connect
from pipelines.train import STEPS, Trained, labelled, train
from serving.cli.app import app

FIRMS, BAD, GREY = 60, 15, 6
APPLIED = date(2024, 1, 15)
LAST_NEWS = date(2025, 12, 20)


def firms() -> list[tuple[str, int]]:
    return [(f"E{i:02}", i) for i in range(FIRMS)]


def lines() -> list[dict[str, object]]:
    """Two lines a month of 2023; the firms that will fail take in less from month to month."""
    rows = []
    for firm, i in firms():
        for month in range(1, 13):
            income = 30_000 + 500 * i + (0 if i >= BAD else -2_000 * month)
            for way, amount, day in (("in", income, 5), ("out", 20_000, 20)):
                booked = date(2023, month, day)
                rows.append(
                    {"line_id": f"{firm}-{month}-{way}", "account_id": f"{firm}A", "enterprise_id": firm,
                     "booked_at": booked, "sequence": day, "direction": way, "amount": f"{amount}.00",
                     "balance_after": "50000.00", "counterparty_id": f"P{month % 3}", "summary": "货款",
                     "known_at": booked}
                )  # fmt: skip
    return rows


def loans() -> dict[str, list[dict[str, object]]]:
    """One loan a firm: the first fifteen are never paid, the next six 40 days late, the others on the day."""
    application, loan, instalment = [], [], []
    for firm, i in firms():
        key = {"enterprise_id": firm, "application_id": f"A{firm}"}
        application.append(
            {**key, "applied_on": APPLIED, "amount": "100000.00", "term_months": 12, "purpose": "working_capital",
             "outcome": "admitted", "known_at": APPLIED}
        )  # fmt: skip
        loan.append(
            {**key, "loan_id": f"L{firm}", "product": "flow", "repayment": "bullet", "committed": "100000.00",
             "principal": "100000.00", "annual_rate": "0.05", "term_months": 12, "disbursed_on": APPLIED,
             "matures_on": date(2025, 1, 15), "known_at": APPLIED}
        )  # fmt: skip
        due = date(2025, 1, 15)
        owed = {"loan_id": f"L{firm}", "enterprise_id": firm, "number": 1, "due_on": due, "principal_due": "100000.00",
                "interest_due": "5000.00"}  # fmt: skip
        instalment.append({**owed, "paid": "0.00", "paid_on": None, "known_at": APPLIED})
        if i >= BAD:
            paid = due + timedelta(days=40 if i < BAD + GREY else 0)
            instalment.append({**owed, "paid": "105000.00", "paid_on": paid, "known_at": paid})
    instalment.append({**instalment[0], "known_at": LAST_NEWS})  # still unpaid: the last that anyone heard of a loan
    return {"application": application, "loan": loan, "instalment": instalment}


def accounts() -> dict[str, list[dict[str, object]]]:
    known = {"known_at": date(2022, 1, 1)}
    basic = {"holder": "firm", "kind": "basic", "institution": "bank", "currency": "CNY", **known}
    return {
        "enterprise": [{"enterprise_id": f, "name": f"企业{f}", **known} for f, _ in firms()],
        "account": [{"account_id": f"{f}A", "enterprise_id": f, **basic} for f, _ in firms()],
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory, table: Callable) -> Store:
    filled = Store(tmp_path_factory.mktemp("store"))
    content = {**accounts(), "line": lines(), **loans()}
    filled.commit((name, table(name, rows)) for name, rows in content.items())
    return filled


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("home")
        patch.setenv("SME_CREDIT_HOME", str(place))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield place


@pytest.fixture(scope="module")
def trained(home, store) -> Trained:
    steps: list[str] = []
    result = train(store, progress=steps.append)
    assert tuple(steps) == STEPS
    return result


def test_outcomes_are_those_of_the_loans(store):
    rows = labelled(store, LAST_NEWS)
    assert list(rows["enterprise_id"]) == [firm for firm, _ in firms()]
    assert list(np.flatnonzero(rows["default"])) == list(range(BAD))
    assert list(np.flatnonzero(rows["grey"])) == list(range(BAD, BAD + GREY))
    assert set(rows["requested_amount"]) == {100_000.0}


def test_before_the_window_has_passed_nobody_has_an_outcome(store):
    assert len(labelled(store, date(2025, 7, 15))) == 0
    assert len(labelled(store, date(2025, 7, 17))) == FIRMS


def test_training_registers_a_challenger_with_its_figures(trained, store):
    assert (trained.rows, trained.bad) == (FIRMS, BAD)
    assert trained.known_before == LAST_NEWS + timedelta(days=1)
    model = load_version("credit-limit", trained.version)
    assert model.training["store"] == store.content_hash
    assert model.training["grey"] == GREY
    assert model.training["held_out"] == trained.held_out
    client = connect().MlflowClient()
    assert str(client.get_model_version_by_alias("credit-limit", "challenger").version) == trained.version


def test_the_run_holds_parameters_metrics_dataset_and_policy(trained):
    client = connect().MlflowClient()
    run = client.get_run(trained.run_id)
    assert run.info.status == "FINISHED"
    assert client.get_experiment(run.info.experiment_id).name == "credit-limit"
    assert run.data.params["seed"] == "0"
    assert run.data.params["policy"] == "2026.2"
    assert run.data.metrics["held_out/auc"] == trained.held_out["auc"]
    assert run.data.metrics["scorecard/auc"] == trained.scorecard_held_out["auc"]
    assert run.inputs.dataset_inputs[0].dataset.digest == run.data.params["dataset_hash"][:32]
    assert {"policy.json", "scorecard.json"} <= {f.path for f in client.list_artifacts(trained.run_id)}


def test_the_same_store_and_seed_give_the_same_model_and_another_seed_another(trained, store):
    first, same, other = (
        load_version("credit-limit", v) for v in (trained.version, train(store).version, train(store, seed=1).version)
    )
    assert same.booster.model_to_string() == first.booster.model_to_string()
    assert same.training["matrix"] == first.training["matrix"]
    assert other.booster.model_to_string() != first.booster.model_to_string()


def test_the_command_says_version_and_figures_on_standard_output(trained, store):
    done = CliRunner().invoke(app, ["train", "credit-limit", "--store", str(store.root)])
    version = int(trained.version) + 3
    assert done.exit_code == 0
    assert done.stdout.startswith(
        f"credit-limit version {version} (challenger): 60 applications, 15 defaults; held out"
    )
    assert CliRunner().invoke(app, ["train", "nonsense", "--store", str(store.root)]).exit_code == 2


def test_a_failed_training_registers_nothing_and_says_why(home, store, tmp_path):
    client = connect().MlflowClient()
    before = len(client.search_model_versions("name = 'credit-limit'"))
    with pytest.raises(CreditError, match="at least 10 defaults and 10 others, the labelled rows have 0 and 0"):
        train(store, known_before=date(2025, 1, 1))
    with pytest.raises(CreditError, match="holds no loan, so no outcome to learn from"):
        train(Store(tmp_path))
    with pytest.raises(CreditError, match="model 'credit-limits' is not known; expected one of credit-limit"):
        train(store, "credit-limits")
    assert len(client.search_model_versions("name = 'credit-limit'")) == before
    failed = client.search_runs([client.get_experiment_by_name("credit-limit").experiment_id], "status = 'FAILED'")
    assert len(failed) == 2
