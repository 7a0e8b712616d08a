"""The command as a whole: what it imports and what it lists."""

import fcntl
import importlib
import re
import subprocess
import sys

import pytest

from features.errors import CreditError
from pipelines.score import UnknownEnterpriseError
from pipelines.settings import ROOT
from serving.cli import app

HEAVY = {"mlflow", "great_expectations", "pandas", "numpy", "sklearn", "lightgbm", "ibis", "duckdb", "pyarrow",
         "sqlalchemy", "fastapi", "uvicorn", "altair", "pydantic", "optbinning"}  # fmt: skip


def test_building_the_app_imports_nothing_heavy():
    program = "import sys, serving.cli.app; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


def families(kind=CreditError):
    return [kind, *(one for sub in kind.__subclasses__() for one in families(sub))]


def test_every_family_of_errors_speaks_chinese_of_its_own():
    """What a class inherits would name another fault."""
    importlib.import_module("serving.api.app")
    importlib.import_module("pipelines.tracking")
    words = [kind.__dict__.get("zh", kind.__name__) for kind in families() if kind is not UnknownEnterpriseError]
    assert len(words) >= 11
    assert all(re.fullmatch("[\u4e00-\u9fff]+", word) for word in words), words
    assert len({*words}) == len(words)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("score --as-of 2025-02-30 --all", 2, "不是日期。'2025-02-30' is not a date"),
        ("score --as-of 2025-02-28 --all --store {place}/x", 2, "没有该数据目录。{place}/x is not a folder"),
        ("score --as-of 2025-02-28 --all --store {place}", 2, "数据目录为空。{place} holds no facts"),
        ("ingest --source contract {place}", 3, "文件或数据不符合契约。{place}: no file to read; expected <table>.csv"),
        ("ingest --source fax {place}", 2, "没有这种来源。'fax'; expected one of contract"),
        ("audit verify", 1, "审计记录不可用。the record {place}/record.db is not there"),
        ("serve --store {place}/full", 1, "没有可用的访问令牌。SME_CREDIT_TOKEN is not set"),
        (
            "ingest --source contract {place} --store {place}/full",
            1,
            "另一进程正在写入该数据目录，请稍候。{place}/full: ",
        ),
    ],
)
def test_what_users_meet_is_told_in_both_languages(line, code, words, tmp_path, monkeypatch, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "manifest.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path))
    for name in ("SME_CREDIT_TOKEN", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["sme-credit", *line.format(place=tmp_path).split()])
    with (tmp_path / "full" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SystemExit) as ended:
            app.main()
    told = re.sub("[\\s│]+", "", capsys.readouterr().err)
    assert (ended.value.code, re.sub(r"\s+", "", words.format(place=tmp_path)) in told) == (code, True), told


def test_help_lists_the_commands():
    command = [sys.executable, "-m", "serving.cli", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for command in ("score", "serve", "replay", "audit"):
        assert f"  {command} " in done.stdout


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            PermissionError(13, "Failed to open local file 'p.part'"),
            "Failed to open local file 'p.part'",
        ),  # as Arrow does
        (FileNotFoundError("out/000000.parquet"), "out/000000.parquet: cannot be read or written"),
        (ConnectionRefusedError(111, "refused"), None),
    ],
)
def test_a_place_that_cannot_be_written_is_told_whoever_raises_it(monkeypatch, capsys, error, words):
    def fails():
        raise error

    monkeypatch.setattr(app, "app", fails)
    with pytest.raises(SystemExit if words else type(error)) as ended:
        app.main()
    if words:
        assert ended.value.code == 1
        assert words in capsys.readouterr().err
