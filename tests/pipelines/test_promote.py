import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from typer.testing import CliRunner

from features.errors import ArtifactError, CreditError
from pipelines.promote import lacks, promote, rollback
from pipelines.record import OS_USER, Record, RecordError, Vouched
from pipelines.tracking.validation import Standing
from serving.cli.app import app

GOOD = Standing(trainer="赵", validator="Qian", validated_at="2026-01-01", gates="passed", whole=True)
KNOWN = replace(GOOD, trainer_from="os_user", validator_from="os_user")
SUN = Vouched("Sun", OS_USER)
COMMAND = "sme-credit validate credit-limit 5 --out FILE.html"


@pytest.fixture
def calls(monkeypatch, tmp_path) -> list[tuple[str, ...]]:
    seen: list[tuple[str, ...]] = []
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path))
    for name in ("DATABASE_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pipelines.promote.standing", lambda *_: GOOD)
    monkeypatch.setattr("pipelines.tracking.promote", lambda *arguments: seen.append(arguments))
    monkeypatch.setattr("pipelines.tracking.rollback", lambda name: seen.append((name,)) or "4")
    return seen


def test_the_line_says_what_was_done(calls):
    assert (
        promote("credit-limit", "5", " 王芳 ") == "已上线 credit-limit version 5 is champion, 批准人 approved by 王芳"
    )
    assert rollback("credit-limit", "li") == "已回退 credit-limit version 4 is champion again"
    assert calls == [("credit-limit", "5", " 王芳 "), ("credit-limit",)]
    with Record() as record:
        told = [(event.staff, event.action, event.subject, event.content) for event in record.events()]
        assert record.verify() == ""
    persons = {"trainer": "赵", "validator": "Qian"}
    assert told == [
        ("王芳", "promote", "credit-limit", {"version": "5", "name_from": "trust", **persons}),
        ("li", "rollback", "credit-limit", {"version": "4", "name_from": "trust"}),
    ]


def test_the_commands_hand_on_what_was_typed(calls):
    done = CliRunner().invoke(app, ["promote", "credit-limit", "5", "--approver", "Wang"])
    assert (done.exit_code, done.stdout) == (0, "已上线 credit-limit version 5 is champion, 批准人 approved by Wang\n")
    assert CliRunner().invoke(app, ["rollback", "credit-limit"]).exit_code == 0
    assert calls == [("credit-limit", "5", "Wang"), ("credit-limit",)]


def test_an_approver_must_be_named(calls):
    done = CliRunner().invoke(app, ["promote", "credit-limit", "5"])
    assert done.exit_code == 2
    assert "--approver" in done.output
    with pytest.raises(CreditError, match="version 5 is not promoted: name the approver; a champion needs a person"):
        promote("credit-limit", "5", " ")
    assert calls == []
    with Record() as record:
        assert record.head() is None


@pytest.mark.parametrize(
    ("stands", "approver", "said"),
    [
        (GOOD, "Sun", []),
        (GOOD, "Qian", []),  # who validated may approve: the trainer alone may not
        (GOOD, " 赵 ", ["赵 trained it; another person approves (--approver NAME)"]),
        (
            Standing(trainer="zhao", validator="Zhao", validated_at="", gates="passed", whole=True),
            "Sun",
            [f"Zhao both trained and validated it; another person validates ('{COMMAND}')"],
        ),
        (
            Standing(trainer="", validator="", validated_at="", gates="", whole=False),
            "Sun",
            [
                "its trainer is not on record; train it again",
                f"it was never validated; run '{COMMAND}' as a person other than the trainer",
            ],
        ),
        (
            Standing(trainer="赵", validator="Qian", validated_at="", gates="auc, stability", whole=True),
            "Sun",
            ["gates failed: auc, stability; see its dossier, and train a better version"],
        ),
        (
            Standing(trainer="赵", validator="Qian", validated_at="", gates="passed", whole=False),
            "Sun",
            [f"its dossier is gone or was altered; run '{COMMAND}' again"],
        ),
        (KNOWN, SUN, []),
        (
            replace(KNOWN, trainer_from="trust"),
            SUN,
            ["the name 赵 was taken on trust; train it again, now that people are named"],
        ),
        (
            replace(KNOWN, validator_from=""),  # by a release that did not know
            SUN,
            ["the name Qian was taken on trust; validate it again, now that people are named"],
        ),
    ],
)
def test_what_is_missing_is_said(stands, approver, said):
    assert [en for _, en in lacks(stands, approver, COMMAND)] == said


def test_no_champion_is_moved_where_the_record_cannot_be_written(calls, monkeypatch, tmp_path):
    (tmp_path / "place").touch()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'place' / 'record.db'}")
    for move in (partial(promote, "credit-limit", "5", "Sun"), partial(rollback, "credit-limit", "li")):
        with pytest.raises(RecordError, match="cannot be written"):
            move()
    assert calls == []


def test_a_champion_that_could_not_be_moved_is_not_on_the_record(calls, monkeypatch):
    def refuse(*_):
        raise ArtifactError("已被改动", "altered")

    monkeypatch.setattr("pipelines.tracking.promote", refuse)
    with pytest.raises(ArtifactError, match="altered"):
        promote("credit-limit", "5", "Sun")
    with Record() as record:
        assert record.head() is None


def test_champions_are_moved_one_at_a_time(calls, monkeypatch):
    inside, most = [], []

    def slow(*_):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()

    monkeypatch.setattr("pipelines.tracking.promote", slow)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda version: promote("credit-limit", version, "Sun"), "5678"))
    with Record() as record:
        assert sorted(event.content["version"] for event in record.events()) == ["5", "6", "7", "8"]
        assert record.verify() == ""
    assert most == [1] * 4
