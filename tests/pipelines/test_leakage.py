"""The check on a store: it finds nothing where nothing leaks, and names what each planted leak moves."""

import shutil
import sys
from datetime import date, timedelta

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features import engine
from features.catalogue import CATALOGUE
from features.contract import TABLES
from features.engine import connect
from features.errors import CreditError, WindowError
from features.evidence.flows import found as labels_of_flows
from features.evidence.versions import versions
from features.knowledge import MONTHS, known_facts, known_months, months_between
from features.stocks import stocks
from pipelines import leakage
from pipelines.leakage import Leak, altered, before, differences, leakage_check, merged
from pipelines.settings import ROOT
from pipelines.store import Store

AS_OF = date(2024, 6, 15)
FLOWS = {"income_mean_3m", "income_sum_12m", "parties_inflow_12m"}
PAID = {"dues_paid_sum_12m"}
STOCKS = {"employees", "overdue", "queries_6m", "court_events_12m"}


def filled(folder, tables):
    store = Store(folder)
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in tables.items())
    return store


@pytest.fixture(scope="module")
def six(tmp_path_factory, random_world):
    """A store of six firms that no test touches."""
    return filled(tmp_path_factory.mktemp("six") / "store", random_world(5, "abcdef"))


@pytest.fixture
def store(tmp_path, six):
    return Store(shutil.copytree(six.root, tmp_path / "store"))


class Anew(dict):
    """Texts of builds; those of ``builds`` are written anew and known here alone, the others are with those held."""

    def __init__(self, held):
        super().__init__()
        self.held, self.builds = held, {"features"}

    def get(self, key, default=None):
        return super().get(key) if key[1] in self.builds else self.held.get(key)

    def __setitem__(self, key, text):
        if key[1] in self.builds:
            super().__setitem__(key, text)
        else:
            self.held[key] = text


@pytest.fixture
def plant(monkeypatch):
    """Put leaks in the place of what the code imports under a name, wherever it does, and have the builds written anew.

    Several may be planted at once where each moves features of its own.
    """

    def replace(name, original, leaky):
        places = [module for word, module in sys.modules.items() if word.startswith(("features", "pipelines"))]
        places = [module for module in places if getattr(module, name, None) is original]
        assert places
        for module in places:
            monkeypatch.setattr(module, name, leaky)

    def put(build, name, original, leaky):
        texts.builds.add(build)
        replace(name, original, leaky)

    texts = Anew(engine._SCRIPTS)
    monkeypatch.setattr(engine, "_SCRIPTS", texts)
    replace("CATALOGUE", CATALOGUE, {name: CATALOGUE[name] for name in sorted(FLOWS | PAID | STOCKS)})
    return put


def found(store, *, by_deletion=False):
    """Features that move with another future; deletion moves none besides, and some where it must."""
    leaks = leakage_check(store, AS_OF).leaks
    assert all(leak.firms >= 1 and leak.value != leak.other for leak in leaks)
    deleted, other = ({leak.feature for leak in leaks if leak.future == future} for future in ("deleted", "altered"))
    assert deleted <= other
    assert deleted or not by_deletion
    return other


def the_month_of_the_date(panel, population):
    """A window that takes in the month of the date."""
    seen = population.select("row", "enterprise_id", "as_of").join(panel, "enterprise_id")
    offset = months_between(seen.month, seen.as_of)
    next_month = (seen.as_of.cast("timestamp").truncate("M") + ibis.interval(months=1)).cast("date")
    kept = seen.mutate(offset=ibis.greatest(offset, 1)).filter((offset >= 0) & (offset <= MONTHS))
    return kept.filter(seen.known_on < next_month)


def known_late(late):
    """Facts known on the date itself, or days later."""

    def leaky(table, key, population):
        seen = population.select("row", "enterprise_id", "as_of").join(table, "enterprise_id")
        seen = seen.filter(seen.known_at <= seen.as_of + ibis.interval(days=late))
        latest = ibis.window(group_by=["row", *key], order_by=ibis.desc("known_at"))
        return seen.mutate(place=ibis.row_number().over(latest)).filter(lambda t: t.place == 0).drop("place")

    return leaky


def the_firm_s_last_version(table, key, population):
    """The latest version of what a firm is in place of the one known; of all else what was known a day later."""
    if "employees" not in table.columns:
        return known_late(1)(table, key, population)
    latest = table.filter(table.known_at == table.known_at.max().over(ibis.window(group_by=list(key))))
    return known_facts(latest.mutate(known_at=ibis.literal(AS_OF - timedelta(days=1))), key, population)


def the_bill_s_last_version(table, key):
    """The latest version of a bill in place of the one known."""
    if "paid_on" not in table.columns:
        return versions(table, key)
    last = ibis.window(group_by=list(key), order_by="known_at", preceding=None, following=None)
    return versions(table.mutate(paid_on=table.paid_on.last(include_null=True).over(last)), key)


def the_later_label(labelled, facts, rules, keep):
    """A late reclassification that counts before it is known."""
    labels = labels_of_flows(labelled, facts, rules, keep)
    last = ibis.window(group_by="line_id", order_by="known_from", preceding=None, following=None)
    later = ("nature", "party", "confidence")
    return labels.mutate(**{name: labels[name].last(include_null=True).over(last) for name in later})


@pytest.mark.slow
def test_the_month_of_the_date_and_a_fact_known_on_it_are_found(store, plant):
    plant("features", "known_months", known_months, the_month_of_the_date)
    plant("features", "known_facts", known_facts, known_late(0))
    assert found(store, by_deletion=True) == FLOWS | PAID | STOCKS


@pytest.mark.slow
def test_later_versions_of_firms_bills_and_labels_and_facts_of_the_next_day_are_found(store, plant):
    plant("panel", "versions", versions, the_bill_s_last_version)
    plant("panel", "found", labels_of_flows, the_later_label)
    plant("features", "known_facts", known_facts, the_firm_s_last_version)
    assert found(store, by_deletion=True) == PAID | FLOWS | STOCKS


@pytest.mark.slow
def test_what_other_firms_have_later_is_found_and_counted_over_stretches(store, plant, monkeypatch):
    def leaky(facts, population):
        own = stocks(facts, population)
        return own.mutate(base_employees=own.base_employees / facts["enterprise"].employees.mean().as_scalar())

    plant("features", "stocks", stocks, leaky)
    monkeypatch.setattr(leakage, "FIRMS", 4)
    (leak,) = leakage_check(store, AS_OF).leaks
    assert (leak.feature, leak.future, leak.firms, leak.enterprise_id) == ("employees", "altered", 6, "a")
    assert leak.value != leak.other


@pytest.mark.slow
def test_sample_firms_leak_nothing(tmp_path):
    """Within a month; simulated firms at the end of one are the command's test."""
    tables = {file.stem: pq.read_table(file) for file in (ROOT / "data_samples").glob("*.parquet")}
    firms = pa.array(sorted(tables["enterprise"]["enterprise_id"].unique().to_pylist())[::7])
    some = {name: rows.filter(pc.is_in(rows["enterprise_id"], firms)) for name, rows in tables.items()}
    store = filled(tmp_path / "samples", some)
    checked = leakage_check(store, date(2025, 7, 15))
    assert checked.leaks == ()
    assert checked.firms > 0
    assert checked.features == len(CATALOGUE)
    assert checked.known + checked.later == sum(store.rows(name) for name in TABLES)
    assert checked.later > 0


def test_nothing_is_left_beside_the_store_whatever_happens(store, monkeypatch):
    """Also what a check left that was killed outright: the next one sweeps it away."""
    killed = store.root.with_name(".store.leakage") / ".staging" / "deleted"
    killed.mkdir(parents=True)
    seen = []

    def dies(copy, firms):
        seen.append((copy.root, killed.exists()))
        raise KeyboardInterrupt

    monkeypatch.setattr(leakage, "compute", dies)
    monkeypatch.setattr(leakage, "panel", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        leakage_check(store, AS_OF)
    assert seen == [(store.root, False)]
    assert [path.name for path in store.root.parent.iterdir()] == ["store"]


def test_a_second_check_of_one_store_is_refused(store):
    with Store(store.root.with_name(".store.leakage")).writing(), pytest.raises(CreditError) as error:
        leakage_check(store, AS_OF)
    assert "another process is writing to this store; wait until it has ended" in str(error.value)


def test_a_store_that_changes_meanwhile_is_not_judged(store, table, monkeypatch):
    matrix = pd.DataFrame({"enterprise_id": ["a"], **dict.fromkeys(CATALOGUE, 1.0)})

    def compute(_, firms):
        store.commit([("enterprise", table("enterprise", [{"enterprise_id": "z", "name": "z", "known_at": AS_OF}]))])
        return matrix

    monkeypatch.setattr(leakage, "compute", compute)
    monkeypatch.setattr(leakage, "panel", lambda *_: None)
    with pytest.raises(CreditError) as error:
        leakage_check(store, AS_OF)
    assert error.value.en == (f"{store.root}: changed while it was checked; check again when nothing is being ingested")


def test_a_date_before_every_firm_is_refused(store):
    with pytest.raises(WindowError) as error:
        leakage_check(store, date(2020, 1, 1))
    assert error.value.en == f"{store.root}: no firm is known before 2020-01-01; ask for a later date"


def test_another_future_leaves_the_past_and_gives_every_fact_a_later_version(store):
    backend = connect()
    for name, facts in store.facts(backend).items():
        key = TABLES[name].version_key
        rows, found, past = (
            {tuple(row[k] for k in key): row for row in one.to_pyarrow().to_pylist()}
            for one in (facts, altered(facts, TABLES[name], AS_OF), before(facts, TABLES[name], AS_OF))
        )
        assert past == {k: row for k, row in rows.items() if row["known_at"] < AS_OF}
        assert past.items() <= found.items()
        assert {k[:-1] for k, row in found.items() if row["known_at"] == AS_OF} == {k[:-1] for k in rows}, name
        assert all(rows.get(k) != row for k, row in found.items() if row["known_at"] >= AS_OF and len(row) > len(key))


def test_every_kind_of_value_becomes_another(table):
    row = {"enterprise_id": "a", "account_id": "a1", "line_id": "l", "booked_at": date(2023, 1, 5), "sequence": 7,
           "direction": "in", "amount": "100.00", "summary": "货款", "known_at": date(2023, 1, 6)}  # fmt: skip
    rows = [{**row, "line_id": f"l{n}"} for n in range(20)]
    firm = [{"enterprise_id": "a", "name": "ab", "sole_proprietor": True, "known_at": date(2023, 1, 1)}]
    line = altered(ibis.memtable(table("line", rows)), TABLES["line"], AS_OF).to_pyarrow().to_pylist()
    line = [one for one in line if one["known_at"] == AS_OF]
    assert len(line) == 20
    assert {(one["account_id"], one["enterprise_id"]) for one in line} == {("a1", "a")}
    assert {one["summary"] for one in line} == {"款货", None}
    assert all(one["balance_after"] is not None and one["counterparty_name"] == "eman_ytrapretnuoc" for one in line)
    assert all(one["amount"] > 50 and one["sequence"] > 3 for one in line)
    assert {one["direction"] for one in line} == {"in", "out"}
    assert len({one["booked_at"] for one in line}) > 10
    around = (AS_OF - timedelta(days=400), AS_OF + timedelta(days=60))
    assert all(around[0] <= one["booked_at"] <= around[1] for one in line)
    other = altered(ibis.memtable(table("enterprise", firm)), TABLES["enterprise"], AS_OF).to_pyarrow().to_pylist()
    assert [one["name"] for one in other] == ["ab", "ba"]
    assert other[1]["sole_proprietor"] in (False, None)


def test_a_difference_is_one_of_bits_and_missing_equals_missing():
    same = {name: [1.0, float("nan"), 0.0] for name in CATALOGUE}
    now = pd.DataFrame({"enterprise_id": list("abc"), **same})
    assert differences(now, now.copy(), "deleted") == []
    then = now.assign(income_mean_3m=[1.0, float("nan"), -0.0], employees=[1.0000000000000002, 5.0, 0.0])
    assert differences(now, then, "deleted") == [
        Leak(feature="employees", future="deleted", firms=2, enterprise_id="a", value=1.0, other=1.0000000000000002),
        Leak(feature="income_mean_3m", future="deleted", firms=1, enterprise_id="c", value=0.0, other=-0.0),
    ]
    missing = differences(now, now.assign(employees=[1.0, 5.0, 0.0]), "altered")
    assert [(leak.value, leak.other) for leak in missing] == [(None, 5.0)]
    (once,) = merged(missing, missing)
    assert once.firms == 2
