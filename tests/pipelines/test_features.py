from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import pipelines.features as job
from features.catalogue import CATALOGUE
from features.contract import TABLES
from features.errors import ContractError, WindowError
from pipelines.features import compute, compute_alone, latest_applications, questions, read_population, write_matrix
from pipelines.policy import current_policy
from pipelines.settings import ROOT
from pipelines.store import Store

AS_OF = date(2024, 6, 1)
FIRM = {"name": "甲厂", "known_at": date(2023, 1, 1)}
ASKED = {"purpose": "working_capital", "amount": "1000.00", "term_months": 12}


@pytest.fixture
def store_of(tmp_path, table):
    """A store of rows by table."""

    def of(**rows):
        store = Store(tmp_path / "store")
        store.commit((name, table(name, some).cast(TABLES[name].schema)) for name, some in rows.items())
        return store

    return of


def application(number, firm, applied_on, **more):
    return {"application_id": number, "enterprise_id": firm, "applied_on": applied_on, "known_at": applied_on} | (
        ASKED | more
    )


def test_a_store_and_tables_in_memory_give_the_same_features(tmp_path, random_world, features_of, monkeypatch):
    world = random_world(3)
    store = Store(tmp_path / "store")
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in world.items())
    days = [date(2025, 6, 1), date(2024, 2, 29)]
    population = pd.DataFrame([{"enterprise_id": f, "as_of": d, "requested_amount": 5e4} for d in days for f in "cab"])
    found = compute(store, population)
    wanted = features_of(world, population)[list(CATALOGUE)].astype("float64")
    pd.testing.assert_frame_equal(found[list(CATALOGUE)], wanted, check_exact=True)
    assert found["enterprise_id"].tolist() == list("cabcab")
    assert found["as_of"].tolist() == [pd.Timestamp(d) for d in days for _ in "abc"]
    assert set(found[list(CATALOGUE)].dtypes) == {np.dtype("float64")}
    some = list(CATALOGUE)[::29]  # what they do not read is not made
    pd.testing.assert_frame_equal(compute(store, population, names=some)[some], wanted[some], check_exact=True)
    monkeypatch.setattr(job, "QUESTIONS_A_PART", 1)  # in two parts side by side
    parts = compute(store, population, names=some)
    pd.testing.assert_frame_equal(parts, found[["enterprise_id", "as_of", *some]], check_exact=True)
    monkeypatch.setattr(job, "MOST_A_PART", 2)  # and in three, of which two are side by side
    parts = compute(store, population, names=some)
    pd.testing.assert_frame_equal(parts, found[["enterprise_id", "as_of", *some]], check_exact=True)


def test_one_firm_gets_what_it_gets_among_all_its_groups_loans_included(tmp_path, random_world, table, monkeypatch):
    world = random_world(5)
    day = date(2024, 1, 5)
    grouped = {"product": "p", "repayment": "annuity", "annual_rate": "0.05", "term_months": 12, "group_id": "g",
               "disbursed_on": day, "matures_on": date(2025, 1, 5), "known_at": day}  # fmt: skip
    loans = [{"loan_id": f"g{firm}", "enterprise_id": firm, "committed": n, "principal": n, **grouped}
             for firm, n in (("a", 100), ("b", 40))]  # fmt: skip
    world["loan"] = pa.concat_tables([world["loan"], table("loan", loans)])
    store = Store(tmp_path / "store")
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in world.items())
    days = [date(2024, 2, 1), date(2025, 3, 1)]
    population = pd.DataFrame([{"enterprise_id": f, "as_of": d, "requested_amount": 5e4} for f in "abc" for d in days])
    among = compute(store, population)
    assert among["exposure_group"].tolist() == [40.0, 40.0, 100.0, 100.0, 0.0, 0.0]
    for firm, rows in population.groupby("enterprise_id"):
        wanted = among[among["enterprise_id"] == firm].reset_index(drop=True)
        pd.testing.assert_frame_equal(compute(store, rows), wanted, check_exact=True)
        facts = {name: t.filter(pc.equal(t["enterprise_id"], firm)) for name, t in world.items()}
        alone = compute_alone(facts, rows, store).drop(columns="exposure_group")
        pd.testing.assert_frame_equal(alone, wanted.drop(columns="exposure_group"), check_exact=True)
    monkeypatch.setattr(job, "QUESTIONS_A_PART", 1)  # a part a firm
    monkeypatch.setattr(job, "MOST_A_PART", 2)
    pd.testing.assert_frame_equal(compute(store, population), among, check_exact=True)


def test_every_firm_of_the_samples_is_above_the_floor_of_credibility(tmp_path):
    tables = {
        name: pq.read_table(ROOT / "data_samples" / f"{name}.parquet") for name in ("enterprise", "account", "line")
    }
    store = Store(tmp_path / "store")
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in tables.items())
    firms = sorted(set(tables["enterprise"]["enterprise_id"].to_pylist()))
    asked = [{"enterprise_id": firm, "as_of": day} for firm in firms for day in (date(2025, 1, 1), date(2026, 1, 1))]
    found = compute(store, pd.DataFrame(asked))["credibility_score_12m"]
    (floor,) = (r.minimum for r in current_policy().admission if r.name == "credibility")
    assert found.count() >= len(firms)
    assert found.min() >= floor


@pytest.mark.parametrize("column", ["enterprise_id", "as_of"])
def test_a_population_without_a_firm_or_date_is_refused(column):
    whole = pd.DataFrame({"enterprise_id": ["a", "b"], "as_of": [AS_OF, AS_OF]})
    words = f"population: column '{column}' is missing or has empty cells; expected one value a row"
    for population in (whole.drop(columns=column), whole.assign(**{column: [whole[column][0], None]})):
        with pytest.raises(WindowError) as error:
            questions(population)
        assert error.value.en == words


def test_questions_are_numbered_in_the_order_asked():
    population = pd.DataFrame({"enterprise_id": ["b", "a"], "as_of": ["2024-06-01", "2024-05-31"]}, index=[7, 7])
    nothing = {"requested_amount": None, "requested_term_months": None}
    assert questions(population).to_pylist() == [
        {"row": 0, "enterprise_id": "b", "as_of": AS_OF, **nothing},
        {"row": 1, "enterprise_id": "a", "as_of": date(2024, 5, 31), **nothing},
    ]


def test_a_population_file_is_read_with_firms_as_text(tmp_path):
    file = tmp_path / "ask.csv"
    file.write_text("enterprise_id,as_of,requested_amount\n007,2024-06-01,50000\n8,20240531,\n")
    found = read_population(file)
    assert found["enterprise_id"].tolist() == ["007", "8"]
    assert found["as_of"].tolist() == [pd.Timestamp("2024-06-01"), pd.Timestamp("2024-05-31")]
    assert found["requested_amount"].tolist()[0] == 50000.0
    found.to_parquet(tmp_path / "ask.parquet")
    assert questions(read_population(tmp_path / "ask.parquet")).equals(questions(found))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("enterprise_id\na\n", "lacks column as_of; expected enterprise_id and as_of (YYYY-MM-DD)"),
        ("x\na\n", "lacks column enterprise_id, as_of; expected enterprise_id and as_of (YYYY-MM-DD)"),
        (
            "enterprise_id,as_of\na,2024-06-01\nb,2024-13-01\n",
            "row 3, column as_of is '2024-13-01'; expected a date (YYYY-MM-DD)",
        ),
        ("enterprise_id,as_of\na,\n", "row 2, column as_of is empty; expected a date (YYYY-MM-DD)"),
        ("enterprise_id,as_of\n,2024-06-01\n", "row 2, column enterprise_id is empty; expected a firm"),
        (
            "enterprise_id,as_of,requested_amount\na,2024-06-01,1\nb,2024-06-01,much\n",
            "row 3, column requested_amount is 'much'; expected a number",
        ),
    ],
)
def test_a_population_file_that_cannot_be_used_says_where(tmp_path, content, words):
    file = tmp_path / "ask.csv"
    file.write_text(content)
    with pytest.raises(ContractError) as error:
        read_population(file)
    assert error.value.en == f"{file}: {words}"


@pytest.mark.parametrize("name", ["ask.csv", "ask.parquet"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00"])
def test_a_population_file_that_cannot_be_read_is_refused(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ContractError, match=rf"{name}: cannot be read as a population \(.*\); expected CSV or Parquet"):
        read_population(tmp_path / name)


def test_a_matrix_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    out = tmp_path / "deep" / "matrix.parquet"
    first = pd.DataFrame({"enterprise_id": ["a"], "income_mean_3m": [1.0]})
    write_matrix(first, out)
    assert [path.name for path in out.parent.iterdir()] == ["matrix.parquet"]

    def torn(frame, path, **_):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", torn)
    with pytest.raises(OSError, match="disk full"):
        write_matrix(first, out)
    pd.testing.assert_frame_equal(pd.read_parquet(out), first)


def test_the_last_application_up_to_the_date_is_the_question(store_of):
    before, later = AS_OF - timedelta(days=40), AS_OF + timedelta(days=1)
    firms = [{"enterprise_id": firm} | FIRM for firm in "abcd"]
    firms += [{"enterprise_id": "new"} | FIRM | {"known_at": AS_OF}]
    applications = [
        application("1", "a", before),
        application("2", "a", AS_OF, amount="2000.00", term_months=6),
        application("3", "a", later, amount="3000.00"),
        application("4", "b", before),
        application("4", "b", before, amount="4500.00", known_at=before + timedelta(days=3)),
        application("4", "b", before, amount="4600.00", known_at=later),
        application("5", "d", AS_OF - timedelta(days=10)),  # its date is put right: it is older than the other
        application("5", "d", AS_OF - timedelta(days=90), amount="5500.00", known_at=AS_OF - timedelta(days=9)),
        application("6", "d", before, amount="6000.00"),
    ]
    found = latest_applications(store_of(enterprise=firms, application=applications), AS_OF)
    shown = found[["enterprise_id", "application_id", "requested_amount", "requested_term_months"]]
    assert shown.astype(object).where(shown.notna(), None).to_numpy().tolist() == [
        ["a", "2", 2000.0, 6.0],
        ["b", "4", 4500.0, 12.0],
        ["c", None, None, None],
        ["d", "6", 6000.0, 12.0],
    ]
    assert set(found["as_of"]) == {AS_OF}


def test_only_the_firms_asked_for(store_of):
    store = store_of(enterprise=[{"enterprise_id": firm} | FIRM for firm in "abc"])
    assert latest_applications(store, AS_OF, ["c", "x", "a"])["enterprise_id"].tolist() == ["a", "c"]
    assert latest_applications(store, AS_OF, []).empty
