"""The command as a whole: what it imports and what it lists."""

import subprocess
import sys

from pipelines.settings import ROOT

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
