import pytest
from typer.testing import CliRunner

from pipelines.promote import promote, rollback
from serving.cli.app import app


@pytest.fixture
def calls(monkeypatch) -> list[tuple[str, ...]]:
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr("pipelines.tracking.promote", lambda *arguments: seen.append(arguments))
    monkeypatch.setattr("pipelines.tracking.rollback", lambda name: seen.append((name,)) or "4")
    return seen


def test_the_line_says_what_was_done(calls):
    assert promote("credit-limit", "5", " 王芳 ") == "credit-limit version 5 is champion, approved by 王芳"
    assert rollback("credit-limit") == "credit-limit version 4 is champion again"
    assert calls == [("credit-limit", "5", " 王芳 "), ("credit-limit",)]


def test_the_commands_hand_on_what_was_typed(calls):
    done = CliRunner().invoke(app, ["promote", "credit-limit", "5", "--approver", "Wang"])
    assert (done.exit_code, done.stdout) == (0, "credit-limit version 5 is champion, approved by Wang\n")
    assert CliRunner().invoke(app, ["rollback", "credit-limit"]).exit_code == 0
    assert calls == [("credit-limit", "5", "Wang"), ("credit-limit",)]


def test_an_approver_must_be_named(calls):
    done = CliRunner().invoke(app, ["promote", "credit-limit", "5"])
    assert done.exit_code == 2
    assert "--approver" in done.output
    assert calls == []
