"""``leakage-check``, run as a user runs it: output and exit codes; what it finds is tested beside the job."""

import json
from dataclasses import replace
from datetime import date

import pytest

from features import engine
from pipelines import leakage
from pipelines.leakage import Checked, Leak
from pipelines.report.text import leakage_text
from pipelines.scripts import Scripts

CLEAN = Checked(as_of=date(2025, 7, 1), known=12345, later=678, firms=60, features=157, leaks=())
LEAKS = (
    Leak(feature="employees", future="altered", firms=1200, enterprise_id="企业1", value=3.0, other=None),
    Leak(feature="income_mean_3m", future="deleted", firms=1, enterprise_id="E2", value=0.1, other=0.30000000000000004),
)


@pytest.fixture
def check(bank, run):
    return lambda *arguments: run("leakage-check", "--store", str(bank.store), *arguments)


@pytest.mark.slow
def test_a_sound_store_ends_with_0_and_says_what_was_compared(bank, check, monkeypatch):
    monkeypatch.setattr(engine, "hold", lambda _: None)  # what this process has written will do
    done = check("--as-of", bank.as_of, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["as_of"], told["firms"], told["leaks"]) == (bank.as_of, 30, [])
    assert told["known"] > told["later"] > 0
    assert [path.name for path in bank.store.parent.iterdir() if "leakage" in path.name] == []


def test_it_runs_no_text_that_another_process_has_kept(check, bank, run, monkeypatch):
    """Else code that is changed while it runs would be judged by the text of the code in the files."""
    assert run("usage", "--month", "2020-01", "--store", str(bank.store)).returncode == 0
    assert isinstance(engine._SCRIPTS, Scripts)
    seen = []
    monkeypatch.setattr(leakage, "leakage_check", lambda *_: seen.append(engine._SCRIPTS) or CLEAN)
    assert check("--as-of", "2025-07-01").returncode == 0
    assert seen == [{}]
    assert type(seen[0]) is dict


@pytest.mark.parametrize(("leaks", "code"), [((), 0), (LEAKS, 4)])
def test_a_leak_raises_the_alert(check, monkeypatch, leaks, code):
    checked = replace(CLEAN, leaks=leaks)
    monkeypatch.setattr(leakage, "leakage_check", lambda *_: checked)
    text, told = check("--as-of", "2025-07-01"), check("--as-of", "2025-07-01", "--json")
    assert (text.returncode, told.returncode) == (code, code)
    assert text.stdout == leakage_text(checked) + "\n"
    assert [leak["feature"] for leak in json.loads(told.stdout)["leaks"]] == [leak.feature for leak in leaks]


def test_each_feature_that_leaks_has_its_line():
    assert leakage_text(replace(CLEAN, leaks=LEAKS)).splitlines() == [
        "截至 as of 2025-07-01  企业 firms 60  特征 features 157  此前已知 known before 12,345  其后 later 678",
        "特征 feature    未来 future   企业数 firms  例 example  原值 value  对照值 other value",
        "employees       改写 altered  1,200         企业1       3.0         —",
        "income_mean_3m  删去 deleted  1             E2          0.1         0.30000000000000004",
        "泄露 Leak: 2 个特征用到了其后的信息 features read what was not known before the date",
    ]


def test_no_leak_is_said():
    assert leakage_text(CLEAN).splitlines()[1].startswith("无泄露 No leak: ")


def test_a_date_before_every_firm_ends_with_1(check):
    done = check("--as-of", "2001-01-01")
    assert done.returncode == 1
    assert "no firm is known before 2001-01-01; ask for a later date" in done.stderr
