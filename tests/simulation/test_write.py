"""Writing a world: the same bytes again, never two worlds in one store, the truth apart."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import CreditError
from pipelines import simulate as writing
from pipelines.simulate import simulate_into
from pipelines.store import Store
from simulation.parameters import VARIANTS
from simulation.schemes import HELD_OUT, HELD_OUT_DESIGNS

HOUSE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("world") / "store")
    simulate_into(made, 20, 4, 5)
    return made


def test_the_same_world_has_the_same_bytes(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "store")
    simulate_into(other, 20, 4, 5)
    assert other.content_hash == store.content_hash
    for file in sorted(store.root.rglob("*.parquet")):
        assert file.read_bytes() == (other.root / file.relative_to(store.root)).read_bytes()


def test_one_core_writes_the_same_bytes_and_another_seed_writes_others(store: Store, tmp_path: Path) -> None:
    one, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    cores, readers = pa.cpu_count(), pa.io_thread_count()
    try:
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
        simulate_into(one, 20, 4, 5)
    finally:
        pa.set_cpu_count(cores)
        pa.set_io_thread_count(readers)
    simulate_into(other, 20, 4, 6)
    files = sorted(file.relative_to(store.root) for file in store.root.rglob("*.parquet"))
    assert files == sorted(file.relative_to(one.root) for file in one.root.rglob("*.parquet"))
    assert all((store.root / file).read_bytes() == (one.root / file).read_bytes() for file in files)
    assert other.content_hash != store.content_hash


def test_the_same_world_twice_changes_nothing(store: Store) -> None:
    before = store.content_hash
    simulate_into(store, 20, 4, 5)
    assert store.content_hash == before


def test_another_world_is_refused(store: Store) -> None:
    for seed, designs in ((6, "first"), (5, "second")):
        with pytest.raises(CreditError, match="already holds other facts; give --out a new folder"):
            simulate_into(store, 20, 4, seed, designs=designs)


@pytest.mark.parametrize("designs", ["second", "third", "fourth", "fifth", "sixth"])
def test_the_set_of_held_out_designs_is_passed_on(
    designs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VARIANTS, "liars", replace(VARIANTS["base"], deceiver_share=5.0))
    simulate_into(Store(tmp_path), 60, 3, 5, "liars", designs=designs)
    found = set(pq.read_table(tmp_path / "truth" / "ring.parquet")["design"].to_pylist())
    assert found & set(HELD_OUT_DESIGNS)
    assert found & set(HELD_OUT_DESIGNS) <= set(HELD_OUT[designs])


def test_the_truth_stands_beside_the_tables(store: Store) -> None:
    lines = pq.read_table(store.root / "truth" / "line.parquet")
    assert lines.num_rows >= store.rows("line") - 100
    assert "truth" not in (store.root / "manifest.json").read_text(encoding="utf-8")


def test_a_fault_while_writing_comes_out_and_ends_the_maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Iterator[tuple[str, pa.Table]]:
        yield "enterprise", pa.table({"wrong": [1]})
        for _ in range(100):
            yield "enterprise", pa.table({"wrong": [1]})

    monkeypatch.setattr(writing, "simulate", broken)
    with pytest.raises(CreditError, match="lacks column"):
        simulate_into(Store(tmp_path / "store"), 20, 4, 5)
    assert not (tmp_path / "store" / "manifest.json").exists()


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (HOUSE / folder).rglob("*.py")


def test_simulation_imports_the_contract_only() -> None:
    ours = {"features", "models", "pipelines", "serving"}
    for file in _sources("simulation"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.split(".")[0] not in ours or name.startswith("features.contract"), (file, name)


def test_nothing_in_the_product_reads_the_truth() -> None:
    writer = HOUSE / "pipelines" / "simulate.py"
    for file in _sources("features", "models", "pipelines", "serving"):
        if file == writer:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
                assert node.value != "truth", file
                assert "truth/" not in node.value, file
