"""Text of builds between processes: read where all that determines it is the same, else written anew."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from features import engine
from features.engine import Script, connect, hold, register, run
from pipelines import scripts
from pipelines.scripts import Scripts

KEY = ("duckdb", "panel", "1", "[]")
TEXT = "SELECT '货款' AS \"a\" /* \\ */\nFROM t"
SCRIPT = Script(steps={"panel_x": TEXT}, columns={"panel_x": ["a"]}, tables={"x": "panel_x"})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home" / "scripts"


@pytest.fixture
def written(folder):
    """The file that another process left."""
    Scripts(folder)[KEY] = SCRIPT
    (file,) = folder.iterdir()
    return file


def test_the_next_process_does_not_write_the_expressions_again(folder, monkeypatch):
    monkeypatch.setattr(engine, "_SCRIPTS", engine._SCRIPTS)
    asked = []

    def build(table, keep):
        asked.append(1)
        return {"total": keep("twice", table.mutate(a=table.a * 2)).agg(lambda t: t.a.sum().name("a"))}

    def total(rows, version="1"):
        hold(Scripts(folder))  # as a new process does
        backend = connect()
        table = register(backend, "fact", pa.table(rows))
        found = run(backend, "twice", partial(build, table), version, reads=[table])["total"].to_pyarrow()
        backend.disconnect()
        return found.to_pylist()

    assert total({"a": [1, 2]}) == [{"a": 6}]
    assert total({"a": [3, 4]}) == [{"a": 14}]
    assert len(asked) == 1
    assert total({"a": [1.5]}) == [{"a": 3.0}]
    assert total({"a": [1, 2], "b": [1, 2]}) == [{"a": 6}]
    assert total({"a": [1, 2]}, version="2") == [{"a": 6}]
    assert len(asked) == 4


def test_what_is_read_is_what_was_written_and_the_user_s_alone(folder, written):
    assert Scripts(folder)[KEY] == SCRIPT
    assert written.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("part", range(4))
def test_another_dialect_build_version_or_shape_has_a_text_of_its_own(folder, written, part):
    assert (*KEY[:part], "other", *KEY[part + 1 :]) not in Scripts(folder)


def test_other_code_has_a_text_of_its_own(folder, written, tmp_path, monkeypatch):
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "stocks.py").write_text("changed = True\n")
    monkeypatch.setattr(scripts, "ROOT", tmp_path)
    assert KEY not in Scripts(folder)


def test_another_version_of_a_library_has_a_text_of_its_own(folder, written, monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99" if name == "sqlglot" else "1")
    assert KEY not in Scripts(folder)


def cut(content):
    return content[: len(content) // 2]


def altered(content):
    return content.replace(b"FROM t", b"FROM u")


def of_another_key(content):
    """Whole, but of another script: a file that was given this one's name."""
    return content.replace(content[:64], scripts._digest("0" * 64 + content[65:].decode()).encode())


@pytest.mark.parametrize("damage", [cut, altered, of_another_key, lambda _: b"", lambda _: b"\xff\xfe"])
def test_a_damaged_file_is_not_read_and_written_anew(folder, written, damage):
    whole = written.read_bytes()
    written.write_bytes(damage(whole))
    held = Scripts(folder)
    assert KEY not in held
    held[KEY] = SCRIPT
    assert written.read_bytes() == whole


def open_to_others(file):
    file.chmod(0o620)


def a_link(file):
    file.rename(file.with_suffix(".elsewhere"))
    file.symlink_to(file.with_suffix(".elsewhere"))


@pytest.mark.parametrize("tamper", [open_to_others, a_link])
def test_a_file_that_others_may_have_written_is_not_read_and_written_anew(folder, written, tamper):
    tamper(written)
    held = Scripts(folder)
    assert KEY not in held
    held[KEY] = SCRIPT
    assert Scripts(folder)[KEY] == SCRIPT
    assert not written.is_symlink()
    assert written.stat().st_mode & 0o777 == 0o600


def test_a_file_of_another_user_is_not_read(folder, written, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: written.stat().st_uid + 1)
    assert KEY not in Scripts(folder)


def test_a_process_that_dies_while_it_writes_leaves_what_was_there(folder, written, monkeypatch):
    other = Script(steps={"panel_x": "SELECT 2"}, tables={"x": "panel_x"})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        Scripts(folder)[KEY] = other
    assert Scripts(folder)[KEY] == SCRIPT


def test_where_nothing_can_be_written_scripts_live_as_long_as_the_process(tmp_path):
    (tmp_path / "file").write_text("")
    held = Scripts(tmp_path / "file" / "scripts")
    held[KEY] = SCRIPT
    assert held[KEY] == SCRIPT
    assert [*held] == [KEY]


def test_processes_that_write_at_once_are_never_read_half(folder, written):
    texts = [Script(steps={"panel_x": str(n) * 200_000}, tables={}) for n in range(4)]

    def write_and_read(script):
        for _ in range(5):
            Scripts(folder)[KEY] = script
            assert Scripts(folder)[KEY] in texts

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_and_read, texts))
    assert [*folder.iterdir()] == [written]


def test_the_newest_files_stay(folder):
    held = Scripts(folder)
    keys = [(*KEY[:2], str(number), "[]") for number in range(scripts.MOST + 2)]
    for key in keys:
        held[key] = SCRIPT
    fresh = Scripts(folder)
    assert [key for key in keys if key not in fresh] == keys[:2]


def test_a_file_is_text_and_json(written):
    seal, text = written.read_text(encoding="utf-8").split("\n", 1)
    assert len(seal) == 64
    assert json.loads(text) == {"steps": SCRIPT.steps, "columns": SCRIPT.columns, "tables": SCRIPT.tables}
