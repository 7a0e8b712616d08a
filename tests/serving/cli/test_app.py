"""The command as a whole: what it imports and what it lists."""

import subprocess
import sys

import pytest

from pipelines.settings import ROOT
from serving.cli import app

HEAVY = {"mlflow", "great_expectations", "pandas", "numpy", "sklearn", "lightgbm", "ibis", "duckdb", "pyarrow",
         "sqlalchemy", "fastapi", "uvicorn", "altair", "pydantic", "optbinning"}  # fmt: skip


def test_building_the_app_imports_nothing_heavy():
    program = "import sys, serving.cli.app; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


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
