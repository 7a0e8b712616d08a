"""The door: every command has a right, who has none is refused before anything is read, and the record says so."""

import os
import pwd
import re
import subprocess
import sys

import pytest
from typer.main import get_command

from features.errors import AccessError
from pipelines import access as rights
from pipelines.record import Record
from pipelines.settings import ROOT
from serving.cli.app import app
from serving.cli.door import Guarded

ME = pwd.getpwuid(os.getuid()).pw_name
ONE = f"{{roles: [auditor], token_sha256: {'a' * 64}}}"


def leaves(command, words=()):
    """Every command of the application by its words."""
    if hasattr(command, "commands"):
        return {
            name: one for word, sub in command.commands.items() for name, one in leaves(sub, (*words, word)).items()
        }
    return {" ".join(words): command}


COMMANDS = leaves(get_command(app))


@pytest.fixture
def people(tmp_path, monkeypatch):
    """Name people for this process, in place of the file of the machine."""

    def named(text):
        shipped = (ROOT / "conf" / "access.yaml").read_text(encoding="utf-8")
        (tmp_path / "access.yaml").write_text(shipped.replace("people: {}", f"people: {text}"), encoding="utf-8")
        monkeypatch.setattr(rights, "PLACES", (tmp_path,))

    return named


def entered(words):
    """Knock at a command's door as click does, with no options read."""
    root = get_command(app)
    ctx = root.make_context("sme-credit", [], resilient_parsing=True)
    for word in words.split():
        root = root.commands[word]
        ctx = type(ctx)(root, parent=ctx, info_name=word)
    return root.invoke(ctx)


def test_every_command_has_a_right_and_every_right_a_role():
    """``demo`` has none: it invents its trainer, validator and approver."""
    assert set(COMMANDS) == {*rights.ACTS, "demo"}
    assert all(isinstance(command, Guarded) for command in COMMANDS.values())
    assert {act for role in rights.access().roles.values() for act in role.may} == set(rights.ACTS)


@pytest.mark.parametrize("act", COMMANDS)
def test_without_the_right_no_command_is_entered(act, people, tmp_path, monkeypatch):
    """Refused by its door, before the body would miss its arguments."""
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    other = "auditor" if act not in rights.access().roles["auditor"].may else "loan_officer"
    people(f"{{{ME}: {{roles: [{other}]}}}}")
    with pytest.raises(AccessError, match=rf"用户 {ME}（.*）无权执行 {act}，.*。{ME} \(.*\) may not '{act}': "):
        entered(act)
    with Record() as record:
        (event,) = record.events()
        assert record.verify() == ""
    assert (event.staff, event.action, event.subject) == (ME, "access_refused", act)
    assert event.content["name_from"] == "os_user"


def test_where_people_are_named_they_act_under_their_own_name(bank, run, people):
    """``run`` sets SME_CREDIT_STAFF to li, who is nobody here."""
    score = ("score", "--as-of", bank.as_of, "--enterprise", bank.consented[1], "--store", str(bank.store))
    people(f"{{{ME}: {{roles: [committee]}}}}")
    number = run(*score).stderr.split()[2]
    refused = run(*score, "--staff", "li")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"用户 {ME} 不能以 li 的名义操作。{ME} may not act under the name of li" in refused.stderr
    override = ("audit", "override", number, "--limit", "10000", "--reason", "other", "--note", "x")
    assert "does not have the role approver: expected committee\n" in run(*override, "--role", "approver").stderr
    assert run(*override, "--role", "committee", "--staff", ME).returncode == 0
    with Record() as record:
        decided = record.decision(number)
        last = [(e.staff, e.action, e.subject, e.content["name_from"]) for e in record.events()][-3:]
        assert record.verify() == ""
    assert (decided.staff, decided.content["name_from"]) == (ME, "os_user")
    assert last == [
        (ME, "access_refused", "score", "os_user"),
        (ME, "access_refused", "audit override", "os_user"),
        (ME, "override", number, "os_user"),
    ]


def test_where_nobody_is_named_the_record_says_that_the_name_is_taken_on_trust(bank, run):
    done = run("score", "--as-of", bank.as_of, "--enterprise", bank.consented[0], "--store", str(bank.store))
    with Record() as record:
        event = record.decision(done.stderr.split()[2])
    assert (event.staff, event.content["name_from"]) == ("li", "trust")


@pytest.mark.parametrize("act", rights.BULK)
def test_who_reads_a_store_in_bulk_is_on_the_record_before_any_of_it_is_read(act, run, tmp_path):
    """There is no such store, and the record has who asked for it and how."""
    nowhere, day = str(tmp_path / "nowhere"), ("--as-of", "2025-12-01")
    words = {
        "features": (*day, "--out", "x.parquet"),
        "leakage-check": day,
        "subsidy": ("--quarter", "2025Q4", "--out", "x.csv"),
        "validate": ("credit-limit", "--out", "x.html"),
    }
    done = run(act, *words.get(act, ("credit-limit",)), "--store", nowhere)
    assert done.returncode == 2
    assert "is not a folder" in done.stderr
    with Record() as record:
        event = [*record.events()][-1]
        assert record.verify() == ""
    assert (event.staff, event.action, event.subject) == ("li", "bulk_read", act)
    assert event.content["options"]["store"] == nowhere


def test_what_cannot_be_put_on_the_record_is_not_read(bank, run, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://x/y")
    done = run("features", "--as-of", bank.as_of, "--store", str(bank.store), "--out", str(tmp_path / "x.parquet"))
    assert (done.returncode, [*tmp_path.iterdir()]) == (1, [])
    assert "DATABASE_URL: mysql is not supported" in done.stderr


@pytest.mark.parametrize("command", ["promote credit-limit 1 --approver li", "validate credit-limit --out x.html"])
def test_nobody_approves_or_validates_under_another_name(command, run, people):
    people(f"{{{ME}: {{roles: [model_approver, validator]}}}}")
    words = command.split() if "--approver" in command else [*command.split(), "--validator", "li"]
    done = run(*words)
    assert done.returncode == 1
    assert f"{ME} may not act under the name of li" in done.stderr


@pytest.mark.parametrize(
    ("people_text", "words"),
    [
        ("{li: {roles: [cook]}}", "people: roles among risk_analyst, .*, not cook"),
        ("{li: {roles: []}}", "people.li.roles: expected tuple should have at least 1 item"),
        ("{li: {roles: [auditor], token_sha256: secret}}", "people.li.token_sha256: expected string should match"),
        (f"{{li: {ONE}, wu: {ONE}}}", "people: each token_sha256 once"),
    ],
)
def test_rights_that_are_not_clear_let_nobody_pass(people_text, words, run, people):
    people(people_text)
    done = run("audit", "verify")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(words, done.stderr), done.stderr


def test_a_right_to_no_command_is_refused(run, people, tmp_path):
    people("{}")
    text = (tmp_path / "access.yaml").read_text(encoding="utf-8")
    (tmp_path / "access.yaml").write_text(text.replace("[compare, promote,", "[demo, promote,"), encoding="utf-8")
    assert "roles: commands among simulate, " in run("audit", "verify").stderr


@pytest.fixture(scope="module")
def house(installed):
    """Code whose ``access.yaml`` makes this user an auditor."""
    return installed(f"{{{ME}: {{roles: [auditor]}}}}")


@pytest.fixture
def command(house, tmp_path, monkeypatch):
    """Run a command in a process of its own, which pretends to be another user as well as a variable can."""
    for name in ("DATABASE_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    pretended = dict.fromkeys(("SME_CREDIT_STAFF", "LOGNAME", "USER", "SUDO_USER"), "wang")
    ours = {"PYTHONPATH": str(house), "SME_CREDIT_HOME": str(tmp_path / "home")}

    def run(*words, **environment):
        line = [sys.executable, "-m", "serving.cli", *words]
        full = {**os.environ, **pretended, **ours, **environment}
        return subprocess.run(line, cwd=house, env=full, capture_output=True, text=True, check=False)

    return run


def test_the_machine_says_who_it_is_and_nothing_is_read_before(command, tmp_path, monkeypatch):
    """There is no store at all, and the refusal comes first."""
    refused = command("score", "--as-of", "2025-12-01", "--all", "--store", str(tmp_path / "nowhere"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"sme-credit: 用户 {ME}（审计人员）无权执行 score，须有角色 loan_officer、approver、committee 之一。"
        f"{ME} (auditor) may not 'score': "
        "expected one of the roles loan_officer, approver, committee\n"
    )
    assert command("demo").stderr.endswith("may not 'demo': no role may where people are named\n")
    whole = command("audit", "verify")
    assert (whole.returncode, "Whole: 2 events" in whole.stdout) == (0, True)
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path / "home"))
    with Record() as record:
        assert [(e.staff, e.subject) for e in record.events()] == [(ME, "score"), (ME, "demo")]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["record.db"]


def test_the_environment_names_no_other_rights(command, tmp_path):
    own = tmp_path / "conf"
    own.mkdir()
    text = (ROOT / "conf" / "access.yaml").read_text(encoding="utf-8")
    (own / "access.yaml").write_text(text, encoding="utf-8")
    refused = command("audit", "verify", SME_CREDIT_CONF=str(own))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "SME_CREDIT_CONF does not say who may do what, since anybody may set it; move the file" in refused.stderr


def test_a_refusal_that_cannot_be_recorded_is_a_refusal_all_the_same(command, tmp_path):
    refused = command("compare", "credit-limit", DATABASE_URL="mysql://x/y")
    assert refused.returncode == 1
    assert "may not 'compare': expected one of the roles risk_analyst, validator, model_approver" in refused.stderr
    assert "This could not be put on the record: DATABASE_URL: mysql is not supported" in refused.stderr
