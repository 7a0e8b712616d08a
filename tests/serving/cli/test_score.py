"""``score``, run as a user runs it: output, exit codes, messages."""

import csv
import json
import shutil
from datetime import date

import pytest
import yaml

from models.decision import Decision
from pipelines.settings import conf


def decision_numbers(stderr):
    """Decision number by firm, from the lines on standard error."""
    return dict(line.split()[1:3] for line in stderr.splitlines() if line.startswith("decision "))


@pytest.fixture
def score(bank, run):
    return lambda *arguments: run("score", "--as-of", bank.as_of, "--store", str(bank.store), *arguments)


def test_score_json_is_the_published_decision_and_nothing_else(bank, score):
    firm = bank.consented[0]
    done = score("--enterprise", firm, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    decision = Decision.model_validate_json(done.stdout)
    assert (decision.enterprise_id, str(decision.as_of), decision.version) == (firm, bank.as_of, "1")
    assert list(decision_numbers(done.stderr)) == [firm]


def test_a_policy_that_waits_for_a_promotion_is_minded(bank, score, tmp_path, monkeypatch):
    firm, standing = bank.consented[0], conf("policy.yaml")
    assert "mind: decided by policy" not in score("--enterprise", firm).stderr
    changed = yaml.safe_dump(standing | {"version": "2099.1"}, allow_unicode=True)
    (tmp_path / "policy.yaml").write_text(changed, encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    done = score("--enterprise", firm, "--json")
    assert json.loads(done.stdout)["policy"] == standing["version"]
    assert f"mind: decided by policy {standing['version']}, with which the model was promoted" in done.stderr
    assert "conf/policy.yaml is 2099.1" in done.stderr


def test_all_as_json_lines_with_the_refused_on_standard_error(bank, tmp_path, score):
    done = score("--all", "--json", "--out", str(tmp_path / "all.csv"))
    assert done.returncode == 0, done.stderr
    answered = [json.loads(line)["enterprise_id"] for line in done.stdout.splitlines()]
    assert answered == list(bank.consented)
    refused = [line for line in done.stderr.splitlines() if line.startswith("不予评分 refused: ")]
    assert [firm for firm in bank.refused if not any(firm in line for line in refused)] == []
    assert len(refused) == len(bank.refused)
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["enterprise_id"] for row in csv.DictReader(file)] == answered


def test_one_firm_alone_and_among_all_get_the_same_bytes(bank, score):
    alone = score("--enterprise", bank.consented[1], "--json").stdout
    assert alone in score("--all", "--json").stdout


def test_score_writes_the_page(bank, tmp_path, score):
    firm = bank.consented[0]
    done = score("--enterprise", firm, "--out", str(tmp_path / "new" / "page.html"))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert decision_numbers(done.stderr)[firm] in page
    assert firm in done.stdout
    assert "额度 limit" in done.stdout


def test_without_consent_the_command_fails_and_says_why(bank, score):
    firm = bank.refused[0]
    done = score("--enterprise", firm, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"sme-credit: 企业 {firm} 在 {bank.as_of} 没有有效授权" in done.stderr
    assert f"Firm {firm} has no live consent on {bank.as_of} for purpose 01" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--enterprise", "E1", "--all"], "give either --enterprise ID or --all"),
        ([], "give either --enterprise ID or --all"),
        (["--all", "--out", "x.pdf"], "expected a name that ends in .html or .csv"),
        (["--all", "--as-of", "2025-13-01"], "'2025-13-01' is not a date; expected YYYY-MM-DD"),
        (["--all", "--store", "/dev/null/nowhere"], "/dev/null/nowhere is not a folder"),
    ],
)
def test_usage_errors_end_with_2(arguments, message, score):
    done = score(*arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_an_unknown_firm_ends_with_1(score):
    done = score("--enterprise", "NOBODY")
    assert done.returncode == 1
    assert "Firm NOBODY is not known before" in done.stderr


def test_the_registered_pyfunc_gives_the_same_figures_to_the_last_bit(bank, score, monkeypatch):
    from pipelines.features import compute, latest_applications
    from pipelines.store import Store
    from pipelines.tracking.runs import connect

    monkeypatch.setenv("SME_CREDIT_HOME", str(bank.home))
    said = [json.loads(line) for line in score("--all", "--json").stdout.splitlines()]
    asked = latest_applications(Store(bank.store), date.fromisoformat(bank.as_of), list(bank.consented))
    model = connect().pyfunc.load_model("models:/credit-limit@champion")
    assert model.metadata.signature is not None
    rows = model.predict(compute(Store(bank.store), asked)).to_dict("records")
    assert len(rows) == len(said) > 0
    for row, decision in zip(rows, said, strict=True):
        for name in ("admitted", "referral", "pd", "score", "grade", "limit", "binding_leg"):
            assert row[name] == decision[name]
        for name in ("term_months", "annual_rate"):
            assert (None if row[name] != row[name] else row[name]) == decision[name]


def test_settings_or_a_place_that_is_none_are_told_in_words(bank, run, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    score = ("score", "--as-of", bank.as_of, "--enterprise", bank.consented[0], "--store", str(bank.store))
    done = run(*score, "--out", str(blocked / "page.html"))
    assert (done.returncode, f"{blocked}: cannot be read or written (File exists)" in done.stderr) == (1, True)
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path / "nowhere"))
    done = run(*score)
    assert (done.returncode, "nowhere is no folder, so that the settings meant would not be" in done.stderr) == (
        1,
        True,
    )


@pytest.mark.parametrize(
    ("folder", "damage"), [("enterprise", lambda f: f.unlink()), ("derived/panel/balance", lambda f: f.write_text("x"))]
)
def test_a_file_of_the_store_that_is_missing_or_damaged_is_told(bank, run, tmp_path, folder, damage):
    store, firm = tmp_path / "store", bank.consented[0]
    shutil.copytree(bank.store, store)
    assert run("score", "--as-of", bank.as_of, "--store", str(store), "--enterprise", firm).returncode == 0
    file = min((store / folder).rglob("*.parquet"))
    damage(file)
    done = run("score", "--as-of", bank.as_of, "--store", str(store), "--enterprise", firm)
    assert done.returncode == 3
    assert "A file of the store is missing or damaged" in done.stderr
    assert file.name in done.stderr
    assert "under derived/, remove that folder" in done.stderr
