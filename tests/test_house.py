"""The house stands: imports run one way, each heavy library has its room, and what ships is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("features", "models", "pipelines", "serving", "simulation")
MAY_IMPORT = {
    "features": set(),
    "models": {"features"},
    "pipelines": {"features", "models", "simulation"},
    "serving": {"features", "models", "pipelines", "simulation"},
    "simulation": {"features"},
}
ONLY_IN = {"great_expectations": ("pipelines/expectations.py",), "mlflow": ("pipelines/tracking/",)}
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Every module that a file names in an import, however deep inside functions."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path):
    room = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imports(path)} & set(ROOMS)
    assert ours - {room} <= MAY_IMPORT[room]


def test_the_simulation_knows_the_contract_alone():
    for path in (ROOT / "simulation").rglob("*.py"):
        named = {name for name in imports(path) if name.split(".")[0] == "features"}
        assert all(name.startswith(("features.contract", "features.errors")) for name in named), (path, named)


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_heavy_library_has_one_room(library):
    rooms = tuple(str(ROOT / place) for place in ONLY_IN[library])
    users = [path for path in FILES if library in {name.split(".")[0] for name in imports(path)}]
    assert users
    assert all(str(path).startswith(rooms) for path in users), users


def test_nothing_in_the_product_reads_the_truth():
    """Only what writes a simulated world names its truth; evaluations and tests may read it."""
    allowed = {ROOT / "pipelines" / "simulate.py", ROOT / "serving" / "cli" / "simulate.py"}
    readers = [
        path
        for path in FILES
        if path.parts[len(ROOT.parts)] != "simulation" and path not in allowed
        and re.search(r"""["'/]truth\b""", path.read_text(encoding="utf-8"))
    ]  # fmt: skip
    assert readers == []


@pytest.mark.parametrize("word", ["pickle", "joblib", "dill", "cloudpickle"])
def test_no_pickles(word):
    assert [path for path in FILES if word in {name.split(".")[0] for name in imports(path)}] == []


def test_features_models_and_simulation_read_no_clock():
    clock = re.compile(r"\b(date\.today|datetime\.now|datetime\.utcnow|time\.time|perf_counter)\b")
    for room in ("features", "models", "simulation"):
        for path in (ROOT / room).rglob("*.py"):
            assert not clock.search(path.read_text(encoding="utf-8")), path


def named(node: ast.expr) -> str:
    """The last name of what is called, or of a base class."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@cache
def families() -> set[str]:
    """Names of ``CreditError`` and of every class of ours that is one."""
    classes = [node for path in FILES for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    found: set[str] = set()
    while more := {"CreditError", *(c.name for c in classes if found & set(map(named, c.bases)))} - found:
        found |= more
    return found


def silent(text: ast.expr) -> bool:
    """Whether a message is written here and not handed on, and has no Chinese."""
    written = isinstance(text, ast.Constant | ast.JoinedStr | ast.BinOp)
    words = (part.value for part in ast.walk(text) if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return written and not any(re.search("[\u4e00-\u9fff]", word) for word in words)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_users_are_told_is_in_chinese_too(path):
    """Errors of the family, options refused (``wrong``), and what validators of settings expect."""
    calls = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and named(node.func) in {*families(), "wrong"}
    ]
    for part in ast.walk(tree(path)):
        if isinstance(part, ast.ClassDef) and "Part" in map(named, part.bases):
            calls += [n for n in ast.walk(part) if isinstance(n, ast.Call) and named(n.func) == "ValueError"]
    assert [call.lineno for call in calls if silent(call.args[0])] == []


def test_the_family_of_errors_is_found():
    assert {"CreditError", "ContractError", "TokenError", "NoChampionError", "UnknownEnterpriseError"} <= families()


def test_no_init_under_tests():
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_every_package_is_listed():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = set(re.findall(r'^    "([a-z_.]+)",$', text, re.MULTILINE))
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts) for room in ROOMS for path in (ROOT / room).rglob("__init__.py")
    }
    assert packages <= listed, packages - listed


EXPECTED = (
    "pyproject.toml README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE requirements.lock Makefile .ci/run "
    ".github/workflows/ci.yml docs/adr/0001-the-house.md features models pipelines notebooks tests data_samples"
)


@pytest.mark.parametrize("name", EXPECTED.split())
def test_what_a_newcomer_expects_is_there(name):
    assert (ROOT / name).exists()


def test_the_readme_names_every_room_and_command():
    from typer.main import get_command

    from serving.cli.app import app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(
        f"`{room}/`" in readme for room in (*ROOMS, "conf", "data_samples", "notebooks", "tests", "benchmarks", "docs")
    )
    commands = get_command(app).commands
    assert [name for name in commands if f"sme-credit {name}" not in readme] == []
