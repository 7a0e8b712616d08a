"""Scoring: consent before data, everything on the record, and the same decision whichever way it is asked for."""

import json
import re
import socket
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import pipelines.replay
import pipelines.score
from features.catalogue import CATALOGUE, EVERY
from features.contract import TABLES
from features.errors import ArtifactError, ConsentError, CreditError, EngineError
from models.artefact import save
from models.fit import fit_credit_model
from models.labelled import Labelled
from pipelines.features import compute, latest_applications
from pipelines.panel import rules_in_force
from pipelines.policy import current_policy
from pipelines.record import Draft, Record, RecordError
from pipelines.replay import compare, replay
from pipelines.report.files import write
from pipelines.score import (
    Query,
    Scored,
    UnknownEnterpriseError,
    enterprises,
    feature_rows,
    score_many,
    score_one,
    stress_recorded,
)
from pipelines.settings import conf_path
from pipelines.store import Store
from pipelines.tracking import NoChampionError, load_champion, load_version, promote, register
from pipelines.tracking.runs import log_month, start_run
from serving.cli.app import app

AS_OF = date(2025, 7, 1)


def table(name, rows):
    """Canonical rows with what is not given left null."""
    schema = TABLES[name].schema
    return name, pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows], schema)


def lines(firm):
    """Two sales and one purchase a month over 2024 and half of 2025."""
    balance, number = Decimal(500_000), 0
    for month in pd.period_range("2024-01", "2025-06", freq="M"):
        for day, direction, amount in ((5, "in", 205_000), (12, "in", 100_000), (20, "out", 220_000)):
            number += 1
            balance += amount if direction == "in" else -amount
            booked = date(month.year, month.month, day)
            yield {
                "line_id": f"{firm}-{number}",
                "account_id": f"A-{firm}",
                "enterprise_id": firm,
                "booked_at": booked,
                "sequence": number,
                "direction": direction,
                "amount": Decimal(amount),
                "balance_after": balance,
                "counterparty_id": f"P{day}",
                "counterparty_name": "甲方公司",
                "summary": "货款",
                "known_at": booked,
            }


def consent(number, firm, **changes):
    granted = {
        "consent_id": number,
        "enterprise_id": firm,
        "purpose": "01",
        "scope": "*",
        "valid_from": date(2025, 1, 1),
        "valid_to": date(2025, 12, 31),
        "known_at": date(2025, 1, 1),
    }
    return {**granted, **changes}


def small_store(folder):
    """E1 and E2 have consented, E3's consent has ended, E4 never gave one; E5 is known only after the date."""
    firms = ["E1", "E2", "E3", "E4"]
    known = {"known_at": date(2024, 1, 1)}
    enterprise = [{"enterprise_id": f, "name": f"{f} 有限公司", "founded_on": date(2015, 1, 1), **known} for f in firms]
    enterprise.append({"enterprise_id": "E5", "name": "E5 有限公司", "known_at": date(2025, 7, 1)})
    account = [
        {"account_id": f"A-{f}", "enterprise_id": f, "holder": "firm", "kind": "basic", "institution": "本行",
         "currency": "CNY", **known}
        for f in firms
    ]  # fmt: skip
    consents = [consent("C1", "E1"), consent("C2", "E2"), consent("C3", "E3", valid_to=date(2025, 3, 31))]
    store = Store(folder)
    store.commit(
        [
            table("enterprise", enterprise),
            table("account", account),
            table("consent", consents),
            table("line", [line for firm in firms for line in lines(firm)]),
        ]
    )
    return store


@pytest.fixture(scope="module")
def model():
    """A model over the whole catalogue, fitted to noise: it need not be right here, only say the same again."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.lognormal(11, 1, (300, len(CATALOGUE))), columns=list(CATALOGUE))
    default = (random.random(300) < 0.2).astype(float)
    policy = current_policy()
    return fit_credit_model(Labelled.of(frame, default, list(CATALOGUE.values())), policy, benchmark=False)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("bank") / "store")


@pytest.fixture
def store(filled, model, tmp_path, monkeypatch):
    """A small store, a champion, and a record of the test's own."""
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(pipelines.score, "load_champion", lambda name: (model, "7"))
    monkeypatch.setattr(pipelines.replay, "load_version", lambda name, version: model)
    return filled


def events(*columns):
    with Record() as record:
        assert record.verify() == ""
        told = [event for event in record.events() if event.action != "basis"]
        return [tuple(getattr(event, column) for column in columns) for event in told]


def test_a_decision_leaves_a_query_and_a_decision_on_the_record(store):
    answer = score_one(store, "E1", Query(as_of=AS_OF, staff="li"))
    assert answer.consent_id == "C1"
    assert events("action", "staff", "enterprise_id", "subject") == [
        ("query", "li", "E1", "C1"),
        ("decision", "li", "E1", answer.decision_id),
    ]
    with Record() as record:
        content = record.decision(answer.decision_id).content
    assert content["decision"] == answer.decision.model_dump(mode="json")
    assert content["store"] == store.content_hash
    assert set(content["features"]) == set(CATALOGUE)
    assert content["features"]["income_mean_12m"] == 305_000.0
    assert content["as_of"] == "2025-07-01"


def test_facts_that_come_while_a_firm_is_decided_on_are_in_all_of_the_decision_or_in_none(store, tmp_path, monkeypatch):
    """The record names one state of the store, and the features are of that one."""
    own = small_store(tmp_path / "store")
    (sale,) = [line for line in lines("E1") if line["line_id"] == "E1-1"]
    late = {"known_at": date(2025, 6, 30), "booked_at": date(2025, 6, 29), "balance_after": None}
    news = iter([table("line", [{**sale, **late, "line_id": "late", "amount": Decimal(1_200_000)}])])

    def interrupted(*asked):
        found = compute(*asked)
        own.commit(news)  # the first time alone
        return found

    monkeypatch.setattr(pipelines.score, "compute", interrupted)
    answer = score_one(own, "E1", Query(as_of=AS_OF, staff="li"))
    with Record() as record:
        content = record.decision(answer.decision_id).content
    assert content["store"] == own.content_hash
    assert content["features"]["income_mean_12m"] == 305_000.0 + 1_200_000 / 12
    assert events("action") == [("query",), ("decision",)]


def test_where_counterparties_health_is_used_the_record_says_who_permitted_it_and_a_replay_reads_it_too(
    store, tmp_path, monkeypatch
):
    permission = {"health": True, "approved_by": "张三", "legal_basis": "第 8 条"}
    (tmp_path / "counterparties.yaml").write_text(json.dumps(permission), encoding="utf-8")
    off = score_one(store, "E1", Query(as_of=AS_OF, staff="li"))
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    (of_partners, *_) = (name for name in EVERY if name not in CATALOGUE)

    def told(*of, names=()):
        asked.append([*names])
        return compute(*of, names=CATALOGUE).assign(**{of_partners: 0.5} if of_partners in names else {})

    asked = []
    monkeypatch.setattr(pipelines.score, "compute", partial(told, names=[of_partners]))  # only the record is looked at
    on = score_one(store, "E1", Query(as_of=AS_OF, staff="li"))
    with Record() as record:
        assert record.decision(on.decision_id).content["counterparties"] == permission
        assert "counterparties" not in record.decision(off.decision_id).content
    monkeypatch.setattr(pipelines.replay, "compute", told)
    assert [replay(store, answer.decision_id, "wang").equal for answer in (on, off)] == [True, True]
    assert asked[1:] == [[*CATALOGUE, of_partners], [*CATALOGUE]]


def test_the_query_is_on_the_record_before_any_feature_is_computed(store, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipelines.score, "compute", stop)
    with pytest.raises(KeyboardInterrupt):
        score_one(store, "E1", Query(as_of=AS_OF, staff="li"))
    assert events("action", "subject") == [("query", "C1")]


@pytest.mark.parametrize(("firm", "found"), [("E3", "C3 ended on 2025-03-31"), ("E4", "none is known by that date")])
def test_without_consent_nothing_is_read_and_the_refusal_is_recorded(store, monkeypatch, firm, found):
    monkeypatch.setattr(pipelines.score, "compute", None)
    with pytest.raises(ConsentError, match=f"Firm {firm} has no live consent on 2025-07-01.*{found}"):
        score_one(store, firm, Query(as_of=AS_OF, staff="li"))
    assert events("action", "enterprise_id") == [("query_refused", firm)]


def test_a_consent_for_another_purpose_does_not_count(store):
    with pytest.raises(ConsentError, match=r"for purpose 03 \(post-loan check\): C1 is for purpose 01"):
        score_one(store, "E1", Query(as_of=AS_OF, staff="li", purpose="03"))


@pytest.mark.parametrize("firm", ["E9", "E5"])
def test_an_unknown_firm_is_said_and_recorded(store, firm):
    with pytest.raises(UnknownEnterpriseError, match=f"Firm {firm} is not known before 2025-07-01"):
        score_one(store, firm, Query(as_of=AS_OF, staff="li"))
    assert events("action", "enterprise_id") == [("query_refused", firm)]


def test_all_answers_those_who_consented_and_names_the_others(store):
    with Record() as record:
        scored = score_many(store, enterprises(store, AS_OF), Query(as_of=AS_OF, staff="li"), record)
    assert [answer.decision.enterprise_id for answer in scored.answers] == ["E1", "E2"]
    assert list(scored.refused) == ["E3", "E4"]
    assert [action for (action,) in events("action")] == ["query_refused"] * 2 + ["query"] * 2 + ["decision"] * 2


def test_one_firm_alone_gets_the_same_decision_as_among_all(store):
    with Record() as record:
        scored = score_many(store, ["E1", "E2"], Query(as_of=AS_OF, staff="li"), record)
    assert score_one(store, "E2", Query(as_of=AS_OF, staff="li")).decision == scored.answers[1].decision


def test_each_decision_has_its_own_number(store):
    numbers = {score_one(store, "E1", Query(as_of=AS_OF, staff="li")).decision_id for _ in range(3)}
    assert len(numbers) == 3


def test_the_recorded_features_are_the_matrix_to_the_last_bit(store):
    features = compute(store, latest_applications(store, AS_OF, ["E1"]))
    answer = score_one(store, "E1", Query(as_of=AS_OF, staff="li"))
    with Record() as record:
        recorded = record.decision(answer.decision_id).content["features"]
    for name, value in feature_rows(features)[0].items():
        assert recorded[name] == (None if np.isnan(value) else value)


def test_a_replayed_decision_comes_out_the_same(store):
    answer = score_one(store, "E1", Query(as_of=AS_OF, staff="li"))
    result = replay(store, answer.decision_id, "auditor")
    assert result.equal
    assert not result.store_changed
    assert events("action", "staff")[-1] == ("replay", "auditor")


def test_a_replay_says_which_figures_differ_when_earlier_facts_were_added(store, tmp_path):
    own = small_store(tmp_path / "store")
    number = score_one(own, "E1", Query(as_of=AS_OF, staff="li")).decision_id
    line = {**next(lines("E1")), "sequence": 1000, "booked_at": date(2025, 6, 25), "amount": Decimal(90_000)}
    own.commit([table("line", [{**line, "line_id": "on the date", "balance_after": None, "known_at": AS_OF}])])
    untouched = replay(own, number, "auditor")
    assert (untouched.equal, untouched.store_changed) == (True, True)

    own.commit([table("line", [{**line, "line_id": "late", "balance_after": None, "known_at": date(2025, 6, 25)}])])
    found = {difference.name: difference for difference in replay(own, number, "auditor").differences}
    income = found["features.income_mean_12m"]
    assert (income.recorded, income.recomputed) == (305_000.0, 312_500.0)


def test_a_replay_asks_what_was_asked_and_looks_at_the_features_of_then(store, tmp_path, monkeypatch):
    own = small_store(tmp_path / "store")
    first = {"application_id": "Q1", "enterprise_id": "E1", "applied_on": AS_OF, "amount": Decimal(100_000),
             "term_months": 12, "purpose": "working_capital", "known_at": AS_OF}  # fmt: skip
    own.commit([table("application", [first])])
    number = score_one(own, "E1", Query(as_of=AS_OF, staff="li")).decision_id
    own.commit([table("application", [{**first, "application_id": "Q2", "amount": Decimal(900_000)}])])
    assert replay(own, number, "auditor").equal  # the second of the day came after the answer
    new = next(name for name in EVERY if name not in CATALOGUE)
    monkeypatch.setattr(pipelines.replay, "EVERY", {new: EVERY[new], **EVERY})  # a catalogue that has grown since
    assert replay(own, number, "auditor").differences == []
    assert replay(own, number, "auditor").rules_then == ""
    text = conf_path("flow_rules.yaml").read_text(encoding="utf-8")
    (tmp_path / "flow_rules.yaml").write_text(re.sub("(?m)^version: .*", "version: next", text), encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    assert replay(own, number, "auditor").rules_then == ""  # another name, and the same rules
    assert rules_in_force().startswith("next (")


def test_a_decision_that_is_not_there_cannot_be_replayed(store):
    with pytest.raises(RecordError, match="decision 0123 is not in the record"):
        replay(store, "0123", "auditor")


def test_compare_names_the_leaf():
    recorded = {"legs": [{"value": 1.0}, {"value": None}], "grade": "A"}
    recomputed = {"legs": [{"value": 1.0}, {"value": 2.0}], "grade": "A", "extra": 1}
    assert [(d.name, d.recorded, d.recomputed) for d in compare(recorded, recomputed, "decision")] == [
        ("decision.extra", None, 1),
        ("decision.legs[1].value", None, 2.0),
    ]
    assert compare({"a": float("nan")}, {"a": None}, "x") == []


def test_the_page_of_one_and_the_list_of_all(store, tmp_path):
    with Record() as record:
        scored = score_many(store, enterprises(store, AS_OF), Query(as_of=AS_OF, staff="li"), record)
    listed = write(tmp_path / "out" / "all.html", store, scored, many=True)
    page = (tmp_path / "out" / "all" / "E1.html").read_text(encoding="utf-8")
    assert "E1 有限公司" in page
    assert scored.answers[0].decision_id in page
    assert page.count("<svg") == 2
    assert '<a href="all/E1.html">E1</a><br>E1 有限公司</td>' in listed.read_text(encoding="utf-8")
    assert "Firm E3 has no live consent" in listed.read_text(encoding="utf-8")
    table_file = write(tmp_path / "out" / "all.csv", store, scored, many=True)
    assert table_file.read_text(encoding="utf-8-sig").splitlines()[1].startswith("E1,2025-07-01,")


@pytest.fixture
def registered(model, tmp_path, monkeypatch):
    """A real registry with one version that nobody has promoted, and a record beside it."""
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path / "home"))
    for name in ("DATABASE_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    with start_run("credit-limit", "fit"):
        register(save(model, tmp_path / "model"))
    return tmp_path / "home"


def said(firm_store, *more):
    return CliRunner().invoke(
        app, ["score", "--as-of", str(AS_OF), "--enterprise", "E1", "--store", str(firm_store.root), "--json", *more]
    )


def test_the_card_answers_where_nobody_was_promoted_and_where_it_is_asked_for_but_not_for_a_damaged_champion(
    registered, filled
):
    first = json.loads(said(filled).stdout)
    assert first["model"] == "manual-card"
    assert "model credit-limit has no champion; run 'sme-credit train" in first["data_gaps"][0]["en"]
    promote("credit-limit", "1", "Wang")
    assert json.loads(said(filled).stdout)["model"] == "credit-limit"
    booster = next((registered / "mlartifacts").rglob("booster.txt"))
    booster.write_bytes(booster.read_bytes().replace(b"leaf_value=", b"leaf_value= ", 1))
    refused = said(filled)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert isinstance(refused.exception, ArtifactError)
    told = str(refused.exception)
    assert "booster.txt: changed since the model was saved" in told
    assert "go back with 'sme-credit rollback credit-limit'; until then 'score --manual-card' gives points" in told
    asked = json.loads(said(filled, "--manual-card").stdout)
    assert (asked["model"], asked["referral"], asked["limit"]) == ("manual-card", True, 0.0)
    assert asked["data_gaps"][0]["en"] == "no model: the manual card was asked for"
    with Record() as record:
        (last,) = [e.subject for e in record.events() if e.action == "decision"][-1:]
    assert replay(filled, last, "wang").equal


def test_a_registry_that_does_not_answer_is_told_with_what_to_do(filled, monkeypatch, tmp_path):
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://li:secret@127.0.0.1:{taken.getsockname()[1]}")
        query = Query(as_of=AS_OF, staff="li")
        with pytest.raises(EngineError, match=r"http://li:\*\*\*@127.0.0.1:\d+: MLflow does not answer") as told:
            score_one(filled, "E1", query)
        assert "set MLFLOW_TRACKING_URI to the right address; until then 'sme-credit score --manual-card'" in str(
            told.value
        )
        assert "secret" not in str(told.value)
        with pytest.raises(EngineError, match="does not answer"), start_run("credit-limit", "fit"):
            pass
    broken = tmp_path / "mlflow.db"
    broken.write_bytes(b"no database at all " * 200)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{broken}")
    began = time.monotonic()
    with pytest.raises(EngineError, match=r"mlflow\.db: MLflow does not answer \(DatabaseError\)"):
        load_version("credit-limit", "1")
    assert time.monotonic() - began < 30  # MLflow by itself tries for 100 seconds


def test_a_registry_of_another_user_is_told_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert log_month("monitor", "2025-08-01", {"red": 1.0}, {})
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///file:{tmp_path / 'mlflow.db'}?mode=ro&uri=true")
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    monkeypatch.chdir(nowhere)
    for tried in (lambda: log_month("monitor", "2025-09-01", {}, {}), lambda: start_run("fit", "fit").__enter__()):
        with pytest.raises(EngineError, match="several users of a machine share a server; set MLFLOW_TRACKING_URI"):
            tried()
    with pytest.raises(NoChampionError):  # it is read all the same
        load_champion("credit-limit")
    assert list(nowhere.iterdir()) == []  # MLflow would make a folder file: of its address


def test_without_a_champion_the_manual_card_answers_and_replays(store, monkeypatch, tmp_path):
    def gone(name):
        raise NoChampionError(f"模型 {name} 没有在用版本", f"model {name} has no champion; run it")

    monkeypatch.setattr(pipelines.score, "load_champion", gone)
    answer = score_one(store, "E1", Query(as_of=AS_OF, staff="li"))
    assert (answer.decision.model, answer.decision.referral, answer.decision.limit) == ("manual-card", True, 0.0)
    assert answer.decision.data_gaps[0].en == "no model: model credit-limit has no champion; run it"
    page = write(tmp_path / "page.html", store, Scored(answers=[answer], refused={}), many=False)
    assert "人工评分卡" in page.read_text(encoding="utf-8")
    assert replay(store, answer.decision_id, "wang").equal
    with pytest.raises(CreditError, match="of the manual-card, which knows no scenarios"):
        stress_recorded(store, answer, Query(as_of=AS_OF, staff="li"))
    for file in ("manual_card.yaml", "policy.yaml"):
        text = conf_path(file).read_text(encoding="utf-8")
        (tmp_path / file).write_text(re.sub("(?m)^version: .*", "version: next", text), encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    assert score_one(store, "E1", Query(as_of=AS_OF, staff="li")).decision.version == "next"
    assert replay(store, answer.decision_id, "wang").equal
    with Record() as record:  # as decisions of before the record held the card
        event = record.decision(answer.decision_id)
        content = {**event.content, "basis": []}
        record.append(Draft(staff="li", action="decision", enterprise_id="E1", subject="old", payload=content))
    with pytest.raises(ArtifactError, match=r"manual_card.yaml: version next, the decision names 2026\.1; point SME"):
        replay(store, "old", "wang")


def test_a_version_of_the_same_number_that_another_training_made_is_not_the_one_that_decided(store, model, monkeypatch):
    number = score_one(store, "E1", Query(as_of=AS_OF, staff="li")).decision_id
    monkeypatch.setattr(pipelines.replay, "load_version", lambda *_: replace(model, training={"run_id": "r2"}))
    with pytest.raises(ArtifactError, match=r"is not the one that decided \(of run r2, then of \)"):
        replay(store, number, "wang")
