"""A decision is replayed by the flow rules that it was made by, whatever rules, policy and catalogue are in force."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from homes import home_in, sample_store
from typer.testing import CliRunner

import pipelines.replay
from features.catalogue import CATALOGUE, EVERY
from features.errors import PolicyError
from pipelines.basis import digest
from pipelines.record import Draft, Record, RecordError
from pipelines.replay import replay
from pipelines.score import Query, UnknownEnterpriseError, score_one
from pipelines.settings import conf_path
from pipelines.store import Store
from serving.cli.app import app

AS_OF, FIRM = date(2026, 1, 1), "E000012"
PROJECT = Path(__file__).parents[2] / "pyproject.toml"
QUERY = Query(as_of=AS_OF, staff="li", by_card=True)


def edited(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    text = conf_path(name).read_text(encoding="utf-8")
    for old, new in changes:
        assert re.search(old, text), old
        text = re.sub(old, new, text, count=1)
    (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def then(tmp_path_factory) -> Iterator[tuple[Store, str]]:
    """The sample firms and a decision on one of them, made by what ships."""
    folder = tmp_path_factory.mktemp("year")
    with home_in(folder / "home"):
        store = sample_store(folder / "store")
        yield store, score_one(store, FIRM, QUERY).decision_id


@pytest.fixture
def later(tmp_path, monkeypatch):
    """A year later cash counts half, and the policy grades by other bounds."""
    edited(tmp_path, "flow_rules.yaml", ('version: "[0-9]+"', 'version: "later"'), ("haircut: 0.2", "haircut: 0.5"))
    edited(tmp_path, "policy.yaml", ("points: 600", "points: 500"))
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))


def panel_files(store: Store) -> list[Path]:
    return sorted(path for path in store.derived("panel").rglob("*") if path.is_file())


def recorded(number: str) -> dict[str, object]:
    with Record() as record:
        return record.decision(number).content


def test_by_other_rules_and_policy_every_feature_and_the_decision_come_out_again(then, later, rules):
    store, number = then
    held, features = panel_files(store), recorded(number)["features"]
    again = replay(store, number, "auditor")
    assert (again.differences, again.taken, again.rules_lost) == ([], [], False)
    assert again.rules_then == recorded(number)["flow_rules"]
    assert again.rules_then.startswith(f"{rules.version} (")
    assert features["industry_distance_income_mean_12m"] is not None  # peers are compared too, by the record's figures
    assert panel_files(store) == held  # those of the rules in force, or of the decision: a replay builds none
    now = recorded(score_one(store, FIRM, QUERY).decision_id)
    assert now["features"]["income_mean_12m"] < features["income_mean_12m"]
    assert now["decision"]["pd"] != recorded(number)["decision"]["pd"]


def test_what_decisions_rest_on_is_on_the_record_once(then):
    store, number = then
    assert recorded(score_one(store, FIRM, QUERY).decision_id)["basis"] == recorded(number)["basis"]
    with Record() as record:
        named = [event.subject for event in record.events(action="basis")]
        assert record.verify() == ""
    assert len(named) == len({*named})
    assert {*recorded(number)["basis"]} <= {*named}


def test_a_feature_that_the_catalogue_has_lost_is_taken_as_recorded_and_said(then, monkeypatch):
    store, number = then
    monkeypatch.setattr(pipelines.replay, "EVERY", {name: f for name, f in EVERY.items() if name != "income_mean_12m"})
    again = replay(store, number, "auditor")
    assert (again.differences, again.taken) == ([], ["income_mean_12m"])
    said = CliRunner().invoke(app, ["replay", number, "--store", str(store.root)])
    assert said.exit_code == 4
    assert "every feature but 1 and the decision come out the same" in said.stdout
    assert "taken as recorded, so not compared: income_mean_12m" in said.stdout


def test_by_other_rules_features_of_counterparties_health_are_taken_as_recorded(then, later, monkeypatch):
    store, number = then
    of_partners = next(name for name in EVERY if name not in CATALOGUE)
    content = recorded(number)
    with Record() as record:  # as where the bank permits them
        more = {**content, "features": {**content["features"], of_partners: 0.5}}
        record.append(Draft(staff="li", action="decision", enterprise_id=FIRM, subject="health", payload=more))
    again = replay(store, "health", "auditor")
    assert (again.differences, again.taken) == ([], [of_partners])


def test_rules_of_another_format_generation_are_told_with_what_to_do(then, later):
    store, number = then
    content, names = recorded(number), {}
    with Record() as record:
        for event in record.events(action="basis"):
            names[event.subject] = event.content["holds"]
        rules, *others = content["basis"]
        text = names[rules]["flow_rules.yaml"].replace("id: ", "weekday: 1, id: ", 1)
        other = {**names[rules], "flow_rules.yaml": text}
        record.append(
            Draft(staff="li", action="basis", subject=digest(other), payload={"holds": other}),
            Draft(
                staff="li",
                action="decision",
                enterprise_id=FIRM,
                subject="generation",
                payload={**content, "basis": [digest(other), *others]},
            ),
        )
    with pytest.raises(
        PolicyError, match=r"为另一格式.*unknown keys \['weekday'\].*replay with the release that decided"
    ):
        replay(store, "generation", "auditor")


def test_what_a_decision_rests_on_must_be_what_it_names(then):
    store, number = then
    content = recorded(number)
    with Record() as record:
        record.append(
            Draft(staff="x", action="basis", subject="f00d", payload={"holds": {"flow_rules.yaml": "version: forged"}}),
            *(
                Draft(
                    staff="x", action="decision", enterprise_id=FIRM, subject=name, payload={**content, "basis": [name]}
                )
                for name in ("f00d", "cafe")
            ),
        )
    for name in ("f00d", "cafe"):
        with pytest.raises(RecordError, match=f"what the decision rests on, {name}, is not in the record"):
            replay(store, name, "auditor")


def test_a_store_that_does_not_hold_the_firm_is_told(then, tmp_path, table):
    _, number = then
    other = Store(tmp_path / "other")
    other.commit([("enterprise", table("enterprise", [{"enterprise_id": "E1", "name": "甲", "known_at": AS_OF}]))])
    with pytest.raises(UnknownEnterpriseError, match=f"holds no firm {FIRM}; name the store of the decision: --store"):
        replay(other, number, "auditor")


def test_other_code_than_that_of_the_decision_is_told(then, monkeypatch):
    store, number = then
    assert replay(store, number, "auditor").code_then == ""
    monkeypatch.setattr(pipelines.replay, "code_fingerprint", lambda: "0" * 64)
    release = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    assert replay(store, number, "auditor").code_then == f"{release} {recorded(number)['code']}"
