"""Figures of peers beside a store: made once, for one applicant as for the whole book, and again when they must be."""

from datetime import date

import pandas as pd
import pyarrow.compute as pc
import pytest

from features.catalogue import CATALOGUE
from features.contract import TABLES
from features.engine import connect
from pipelines import other_firms as job
from pipelines.features import compute
from pipelines.other_firms import other_firms
from pipelines.panel import panel
from pipelines.store import Store

FIRMS = "abcdefghijkl"
PEERS = [name for name, feature in CATALOGUE.items() if feature.family == "peers"]
DAYS = [date(2024, 6, 10), date(2024, 7, 1)]
NAMES = ["2024-06-01", "2024-07-01"]


def committed(folder, world):
    store = Store(folder)
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in world.items() if rows.num_rows)
    return store


def figures(store, days=DAYS):
    panel(store, connect())
    found = other_firms(store, connect(), days, PEERS)["peer"].to_pyarrow()
    return found.sort_by([("known_on", "ascending"), ("code", "ascending")])


def files(store):
    return {path.name: path.read_bytes() for path in store.derived("peers").iterdir()}


@pytest.fixture(scope="module")
def world(random_world):
    return random_world(7, FIRMS)


@pytest.fixture(scope="module")
def whole(world, tmp_path_factory):
    return committed(tmp_path_factory.mktemp("whole") / "store", world)


@pytest.fixture
def made(monkeypatch):
    """The days of which figures were worked out."""
    days = []
    monkeypatch.setattr(job, "_figures", lambda *args, of=job._figures: days.append(args[-1]) or of(*args))
    return days


@pytest.mark.slow
def test_one_applicant_is_compared_as_in_the_whole_book(whole):
    book = compute(whole, pd.DataFrame([{"enterprise_id": f, "as_of": day} for day in DAYS for f in FIRMS]))
    assert book[PEERS].notna().any().mean() > 0.8
    alone = compute(whole, pd.DataFrame({"enterprise_id": ["c"], "as_of": DAYS[1:]}))
    pd.testing.assert_frame_equal(alone, book.iloc[[14]].reset_index(drop=True), check_exact=True)


@pytest.mark.slow
def test_figures_stand_until_there_is_news_from_before_their_month_ended(world, whole, tmp_path, made):
    late = world["line"].slice(0, 200)
    facts = {**world, "line": world["line"].slice(200)}
    known = {name: pc.less(rows["known_at"], date(2024, 8, 15)) for name, rows in facts.items()}
    store = committed(tmp_path / "store", {name: rows.filter(known[name]) for name, rows in facts.items()})
    first, held = figures(store), files(store)
    assert first.num_rows > 0
    assert [name[:10] for name in sorted(held)] == NAMES
    committed(store.root, {name: rows.filter(pc.invert(known[name])) for name, rows in facts.items()})
    assert figures(store, [date(2024, 6, 30), *DAYS]).equals(first)
    assert files(store) == held
    assert made == [[day.replace(day=1) for day in DAYS]]
    now = figures(committed(store.root, {"line": late}))
    assert not now.equals(first)
    assert [name[:10] for name in sorted(files(store))] == NAMES
    assert now.equals(figures(whole))


def test_a_store_of_few_firms_has_no_peers(table, tmp_path, made):
    firms = [{"enterprise_id": f, "name": f, "industry": "C17", "known_at": date(2020, 1, 1)} for f in FIRMS[:9]]
    assert figures(committed(tmp_path / "store", {"enterprise": table("enterprise", firms)})).num_rows == 0
    assert made == []


def test_no_question_has_no_figures_and_makes_none(whole, made):
    assert figures(whole, []).num_rows == 0
    assert made == []
