import re
from datetime import date, timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from features.errors import CreditError, PolicyError
from pipelines.modelling.credit_limit import labelled
from pipelines.modelling.recipes import RECIPES
from pipelines.settings import conf_path
from pipelines.store import Store
from pipelines.tracking import load_version
from pipelines.tracking.runs import connect
from pipelines.train import STEPS, train
from serving.cli.app import app
from serving.cli.train import _searched

FIRMS, BAD, GREY = 60, 15, 6  # of the shared store
LAST_NEWS = date(2025, 12, 20)


def test_outcomes_are_those_of_the_loans(loan_store):
    rows = labelled(loan_store, LAST_NEWS)
    assert list(rows["enterprise_id"]) == [f"E{i:02}" for i in range(FIRMS)]
    assert list(np.flatnonzero(rows["default"])) == list(range(BAD))
    assert list(np.flatnonzero(rows["grey"])) == list(range(BAD, BAD + GREY))
    assert set(rows["requested_amount"]) == {100_000.0}


def test_what_a_default_is_and_how_long_it_is_watched_are_the_banks(loan_store, tmp_path, monkeypatch):
    """The bad were paid more than 90 days late, the grey more than 30 and not more than 90: by 30 days all are bad."""
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    shipped = conf_path("training.yaml").read_text(encoding="utf-8")

    def edited(*changes: tuple[str, str]) -> None:
        text = shipped
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "training.yaml").write_text(text, encoding="utf-8")

    edited(("grey_days: 30", "grey_days: 10"), ("default_days: 90", "default_days: 30"))
    rows = labelled(loan_store, LAST_NEWS)
    assert list(np.flatnonzero(rows["default"])) == list(range(BAD + GREY))
    assert "more than 30 days past due" in RECIPES["credit-limit"].scope()[1]
    edited(("window_months: 18", "window_months: 12"))
    with pytest.raises(
        PolicyError, match=r"window_months is 12, and price\.pd_months of policy\.yaml 18; they must be"
    ):
        labelled(loan_store, LAST_NEWS)
    edited(("grey_days: 30", "grey_days: 90"))
    with pytest.raises(PolicyError, match=r"grey_days below default_days below after_maturity_days, found 90, 90, 91"):
        labelled(loan_store, LAST_NEWS)


def test_before_the_window_has_passed_nobody_has_an_outcome(loan_store):
    assert len(labelled(loan_store, date(2025, 7, 15))) == 0
    assert len(labelled(loan_store, date(2025, 7, 17))) == FIRMS


def test_until_the_window_has_passed_loans_are_learned_from_and_not_judged_by(loan_store):
    before, after = (RECIPES["credit-limit"].learned(loan_store, date(2025, 7, day)) for day in (15, 17))
    assert (len(before), int(before["default"].sum()), before["shown"].max() < 1) == (FIRMS, BAD, True)
    assert (len(after), int(after["default"].sum()), after["shown"].min()) == (FIRMS, BAD, 1.0)
    none_yet = RECIPES["credit-limit"].learned(loan_store, date(2025, 4, 1))
    assert none_yet.empty  # nobody has defaulted, so nothing has shown


def test_training_registers_a_challenger_with_its_figures(trained, loan_store, steps):
    assert steps == [step for step in STEPS if step != "search"]
    assert (trained.rows, trained.bad) == (FIRMS, BAD)
    assert trained.known_before == LAST_NEWS + timedelta(days=1)
    model = load_version("credit-limit", trained.version)
    assert model.training["store"] == loan_store.content_hash
    assert model.training["grey"] == GREY
    assert (model.training["trainer"], model.training["trainer_from"]) == ("赵", "trust")
    assert model.training["held_out"] == trained.held_out
    assert "赵" in connect().MlflowClient().get_model_version("credit-limit", trained.version).tags.values()


def test_the_run_holds_parameters_metrics_dataset_and_policy(trained):
    client = connect().MlflowClient()
    run = client.get_run(trained.run_id)
    assert run.info.status == "FINISHED"
    assert client.get_experiment(run.info.experiment_id).name == "credit-limit"
    assert run.data.params["seed"] == "0"
    assert run.data.params["policy"] == "2026.9"
    assert run.data.metrics["held_out/auc"] == trained.held_out["auc"]
    assert run.data.metrics["scorecard/auc"] == trained.scorecard_held_out["auc"]
    assert run.inputs.dataset_inputs[0].dataset.digest == run.data.params["dataset_hash"][:32]
    assert {"policy.json", "scorecard.json", "scorecard.duckdb.sql", "scorecard.sqlite.sql"} <= {
        f.path for f in client.list_artifacts(trained.run_id)
    }


def test_another_seed_gives_another_model(trained, loan_store):
    other = train(loan_store, trainer="赵", seed=1)
    first, other = (load_version("credit-limit", one.version).booster for one in (trained, other))
    assert other.model_to_string() != first.model_to_string()


def test_the_command_says_version_and_figures_on_standard_output_and_makes_the_same_model_again(trained, loan_store):
    done = CliRunner().invoke(app, ["train", "credit-limit", "--store", str(loan_store.root), "--staff", "Li"])
    said = re.fullmatch(
        r"credit-limit 版本 version (\d+) \(候选 challenger\): 60 行 rows, 15 违约 .* held out: .*\n", done.stdout
    )
    assert done.exit_code == 0
    assert said
    first, same = (load_version("credit-limit", version) for version in (trained.version, said[1]))
    assert same.training["trainer"] == "Li"
    assert same.booster.model_to_string() == first.booster.model_to_string()
    assert same.training["matrix"] == first.training["matrix"]
    assert CliRunner().invoke(app, ["train", "nonsense", "--store", str(loan_store.root)]).exit_code == 2


def test_a_failed_training_registers_nothing_and_says_why(home, loan_store, tmp_path):
    client = connect().MlflowClient()
    before = len(client.search_model_versions("name = 'credit-limit'"))
    with pytest.raises(CreditError, match="at least 10 defaults and 10 others, the labelled rows have 0 and 0"):
        train(loan_store, trainer="赵", known_before=date(2025, 1, 1))
    with pytest.raises(CreditError, match="holds no loan, so no outcome to learn from"):
        train(Store(tmp_path), trainer="赵")
    with pytest.raises(CreditError, match="model 'credit-limits' is not known; expected one of credit-limit"):
        train(loan_store, "credit-limits", trainer="赵")
    assert len(client.search_model_versions("name = 'credit-limit'")) == before
    failed = client.search_runs([client.get_experiment_by_name("credit-limit").experiment_id], "status = 'FAILED'")
    assert len(failed) >= 2


def test_a_search_tells_what_it_found_beside_the_shipped_settings():
    tried = [
        {"settings": {"learning_rate": 0.03, "rounds": 300}, "auc": 0.6805},
        {"settings": {"learning_rate": 0.0131302931, "rounds": 194}, "auc": 0.7364},
        {"settings": {"learning_rate": 0.06, "rounds": 351}, "auc": 0.7030},
    ]
    assert _searched(tried, "ab12") == (
        "参数搜索 search: 较晚的行上的 AUC on later rows, 2 组 tried 0.736, 默认 shipped 0.680; "
        "采用 taken: learning_rate 0.01313, rounds 194; 全部见运行 all on run ab12, configurations.json"
    )
