import csv
import io
import shutil
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from homes import home_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.contract import TABLES
from features.errors import ContractError, CreditError, PolicyError
from pipelines import ingest as job
from pipelines import settings as job_settings
from pipelines.checks import Check
from pipelines.expectations import Quality
from pipelines.ingest import ingest
from pipelines.store import Store
from pipelines.tracking import runs

FIRM = {"enterprise_id": "E1", "name": "甲厂", "founded_on": "2015-01-01", "known_at": "2023-01-01"}
ACCOUNT = {"account_id": "A1", "enterprise_id": "E1", "holder": "firm", "kind": "basic", "institution": "B"}
ACCOUNT |= {"currency": "CNY", "known_at": "2023-01-01"}
LINE = {"account_id": "A1", "enterprise_id": "E1", "booked_at": "2024-01-05", "direction": "in", "amount": "10.00"}
LINE |= {"counterparty_name": "=1+1", "known_at": "2024-02-01"}


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with home_in(folder):
        yield folder


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def firms(count=4):
    return [FIRM | {"enterprise_id": f"E{number}"} for number in range(1, count + 1)]


def lines(count=12):
    """Lines of account A1 from row 2 of the file on, each bringing 10 yuan."""
    return [
        LINE | {"line_id": f"L{number}", "sequence": str(number), "balance_after": f"{10 * number}.00"}
        for number in range(1, count + 1)
    ]


def text(table, rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, TABLES[table].names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def folder(path, **tables):
    path.mkdir(exist_ok=True)
    for table, rows in tables.items():
        (path / f"{table}.csv").write_text(text(table, rows), encoding="utf-8")
    return path


def world(path, **changed):
    return folder(path, **({"enterprise": firms(), "account": [ACCOUNT], "line": lines()} | changed))


def snapshot(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def stored(store, table, column):
    return sorted(
        value for file in store.files(table) for value in pq.ParquetFile(file).read().column(column).to_pylist()
    )


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    """One folder with a fault of every kind, ingested."""
    path = tmp_path_factory.mktemp("dirty")
    rows = lines(40)
    rows[1]["amount"] = "ten"
    rows[3]["direction"] = "sideways"
    rows[5]["known_at"] = ""
    rows[7]["booked_at"] = "1949-12-31"
    rows[9]["balance_after"] = "999.00"
    rows[11]["account_id"] = "A9"
    rows[11]["balance_after"] = ""
    rows[12]["balance_after"] = ""
    rows[13] = rows[12]
    rows[15] = rows[14] | {"summary": "again, but not the same"}
    rows[17]["amount"] = "10.005"
    for row in rows[13:]:
        row["balance_after"] = ""
    negative = LINE | {"line_id": "N1", "sequence": "99", "amount": "-10.00"}
    accounts = [ACCOUNT, ACCOUNT | {"account_id": "A2", "enterprise_id": "E8"}, ACCOUNT | {"account_id": "A3"}]
    two_firms = FIRM | {"enterprise_id": "E1", "name": "乙店"}
    bad_code = FIRM | {"enterprise_id": "E7", "uscc": "123"}
    world(path, enterprise=[*firms(), two_firms, bad_code], account=accounts, line=[*rows, negative])
    with (path / "line.csv").open("a", encoding="utf-8") as file:
        file.write("cut,off\n")
    store = Store(tmp_path_factory.mktemp("store") / "store")
    return store, ingest(store, "contract", path), path


@pytest.mark.parametrize(
    "words",
    [
        "type(amount): 2 of line, first in line.csv, row 3, column 'amount': expected an amount such as -1234.50, "
        "at most 16 digits and 2 decimals, found 'ten'",
        "code(direction): 1 of line, first in line.csv, row 5, column 'direction': expected one of in, out, "
        "found 'sideways'",
        "missing(known_at): 1 of line, first in line.csv, row 7, column 'known_at': expected a value",
        "range(booked_at): 1 of line, first in line.csv, row 9, column 'booked_at': expected at least 1950-01-01 and "
        "at most 2100-01-01, found '1949-12-31'",
        "balance_continuity(balance_after): 1 of line, first in line.csv, row 11, column 'balance_after': expected the "
        "balance before it, plus what came in or less what went out, found '999.00 where 100.00 follows'",
        "reference(account_id): 1 of line, first in line.csv, row 13, column 'account_id': expected a value of "
        "account.account_id that is stored or sound in the same load, found 'A9'",
        "duplicate: 1 of line, first in line.csv, row 15: expected no earlier row that is the same in every column, "
        "found 'the same as row 14 of line.csv'",
        "key: 1 of line, first in line.csv, row 17: expected no other row, here or stored, with the same line_id, "
        "known_at, found 'differs from row 16 of line.csv'",
        "range(amount): 1 of line, first in line.csv, row 42, column 'amount': expected at least 0, found '-10.00'",
        "cell_count: 1 of line, first in line.csv, row 43: expected as many cells as the header has",
        "key: 1 of enterprise, first in enterprise.csv, row 6: expected no other row, here or stored, with the same "
        "enterprise_id, known_at, found 'differs from row 2 of enterprise.csv'",
        "pattern(uscc): 1 of enterprise, first in enterprise.csv, row 7, column 'uscc': expected text matching "
        "^[0-9A-HJ-NPQRTUWXY]{18}$, found '123'",
        "reference(enterprise_id): 1 of account, first in account.csv, row 3, column 'enterprise_id': expected a value "
        "of enterprise.enterprise_id that is stored or sound in the same load, found 'E8'",
    ],
)
def test_a_fault_of_a_row_is_reported_with_file_row_and_column(dirty, words):
    assert words in [fault.en for fault in dirty[1].faults]


@pytest.mark.parametrize(
    "words",
    [
        "实为 '999.00，而按前后流水应为 100.00'",
        "实为 '与 line.csv 第 14 行相同'",
        "实为 '与 line.csv 第 16 行不同'",
        "实为 'A9'",
    ],
)
def test_what_was_found_is_told_in_chinese_too(dirty, words):
    assert [fault for fault in dirty[1].faults if fault.zh.endswith(words)]


def test_rows_in_are_rows_kept_and_rows_quarantined(dirty):
    store, report, _ = dirty
    assert report.rows_in == 6 + 3 + 42
    assert report.kept == {"enterprise": 4, "account": 2, "line": 31}
    assert report.rows_in == sum(report.kept.values()) + sum(report.quarantined.values())
    assert {table: store.rows(table) for table in report.kept} == report.kept


def test_the_quarantine_has_the_row_as_written_with_reason_key_and_place(dirty):
    found = pq.read_table(dirty[1].quarantine / "line.parquet").to_pylist()
    assert len(found) == 11
    assert found[0]["failed"] == ["type(amount)"]
    assert found[0]["key"] == "line_id=L2, known_at=2024-02-01"
    assert (found[0]["source_file"], found[0]["source_row"]) == ("line.csv", 3)
    assert (found[0]["amount"], found[0]["counterparty_name"]) == ("ten", "=1+1")


def test_data_docs_are_written(dirty):
    page = dirty[1].docs.read_text(encoding="utf-8")
    assert "Great Expectations" in page or "great_expectations" in page
    assert list(dirty[1].docs.parent.glob("validations/line/**/*.html"))


def test_a_store_may_be_named_from_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = ingest(Store(Path("here")), "contract", folder(tmp_path / "source", enterprise=firms()))
    assert report.docs.is_relative_to(tmp_path / "here")
    assert report.docs.is_file()


def test_the_run_has_counts_results_and_dataset_hash(dirty):
    report, mlflow = dirty[1], runs.connect()
    (run,) = mlflow.search_runs(
        experiment_names=["ingest"],
        filter_string=f"params.dataset_hash = '{report.dataset_hash}'",
        output_format="list",
    )
    assert run.data.metrics["rows_in"] == 51
    assert run.data.metrics["kept/line"] == 31
    assert run.data.metrics["quarantined/duplicate"] == 1
    assert run.info.status == "FINISHED"
    assert run.inputs.dataset_inputs[0].dataset.digest == report.dataset_hash[:32]
    results = mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/great_expectations.json")
    assert results["line"]["type(amount)"] == {"element_count": 41, "unexpected_count": 2}


def test_the_same_source_again_or_a_copy_of_it_is_nothing_new(dirty, tmp_path):
    store, report, path = dirty
    before = snapshot(store.root)
    for source in (path, shutil.copytree(path, tmp_path / "copy")):
        again = ingest(store, "contract", source)
        assert again.already_ingested
        assert (again.rows_in, again.kept, again.quarantined) == (report.rows_in, report.kept, report.quarantined)
        assert (again.dataset_hash, again.docs) == (report.dataset_hash, report.docs)
    assert snapshot(store.root) == before


def test_what_is_stored_counts_for_references_repeats_and_versions(store, tmp_path):
    ingest(store, "contract", world(tmp_path / "first"))
    later = LINE | {"line_id": "L1", "known_at": "2024-03-01", "amount": "11.00"}
    conflict = lines()[1] | {"amount": "12.00", "balance_after": ""}
    known_later = later | {"sequence": "1"}
    new = LINE | {"line_id": "L99", "sequence": "99"}
    second = folder(tmp_path / "second", line=[lines()[0] | {"balance_after": "10.00"}, conflict, known_later, new])
    report = ingest(store, "contract", second)
    assert report.quarantined == {"duplicate_of_stored": 1, "key": 1}
    assert report.kept == {"line": 2}
    assert stored(store, "line", "line_id").count("L1") == 2
    assert stored(store, "account", "account_id") == ["A1"]


def test_a_row_whose_reference_is_quarantined_is_quarantined(store, tmp_path):
    bad = FIRM | {"enterprise_id": "E5", "uscc": "123"}
    accounts = [ACCOUNT, ACCOUNT | {"account_id": "A5", "enterprise_id": "E5"}]
    rows = [*lines(), LINE | {"line_id": "X", "sequence": "1", "account_id": "A5", "enterprise_id": "E5"}]
    report = ingest(store, "contract", world(tmp_path / "w", enterprise=[*firms(), bad], account=accounts, line=rows))
    assert report.quarantined == {"pattern": 1, "reference": 2}
    failed = pq.read_table(report.quarantine / "line.parquet").column("failed").to_pylist()
    assert failed == [["reference(account_id)", "reference(enterprise_id)"]]


def test_one_file_with_the_date_on_the_command_line(store, tmp_path):
    path = folder(tmp_path / "w", enterprise=[row | {"known_at": ""} for row in firms()]) / "enterprise.csv"
    report = ingest(store, "contract", path, known_at=date(2024, 6, 30))
    assert report.kept == {"enterprise": 4}
    assert stored(store, "enterprise", "known_at") == [date(2024, 6, 30)] * 4
    other_date = ingest(store, "contract", path, known_at=date(2024, 7, 31))
    assert not other_date.already_ingested


def test_parquet_with_types_is_kept_to_the_cent(store, tmp_path):
    folder(tmp_path, enterprise=firms())
    ingest(store, "contract", tmp_path / "enterprise.csv")
    columns = {
        "guarantee_id": ["G1", "G2"],
        "enterprise_id": ["E1", "E1"],
        "side": ["given"] * 2,
        "party_id": ["P"] * 2,
    }
    columns |= {"amount": [0.1, 0.1 + 0.2], "starts_on": [date(2024, 1, 1)] * 2, "known_at": [date(2024, 1, 1)] * 2}
    columns |= {"ends_on": pa.nulls(2), "called_on": pa.nulls(2)}
    pq.write_table(pa.table(columns), tmp_path / "guarantee.parquet")
    report = ingest(store, "contract", tmp_path / "guarantee.parquet")
    assert stored(store, "guarantee", "amount") == [Decimal("0.10")]
    assert str(report.faults[0]).endswith("found '0.30000000000000004'")


def cut_parquet(path):
    table = pa.table({name: ["x"] for name in TABLES["line"].names})
    pq.write_table(table, path / "line.parquet")
    (path / "line.csv").unlink()
    (path / "line.parquet").write_bytes((path / "line.parquet").read_bytes()[:-9])


def rewrite(change):
    def broken(path):
        (path / "line.csv").write_bytes(change((path / "line.csv").read_text(encoding="utf-8")))

    return broken


def into_a_folder(path):
    (path / "line.csv").unlink()
    (path / "line.csv").mkdir()


def emptied(path):
    for file in path.iterdir():
        file.unlink()


FILE_FAULTS = {
    "empty": (rewrite(lambda _: b""), r"line.csv: the file is empty; expected a header row and data rows"),
    "header alone": (
        lambda path: [(path / f"{name}.csv").write_text(text(name, [])) for name in ("enterprise", "account", "line")],
        r"holds no rows; expected data below the header",
    ),
    "cut in a row": (
        rewrite(lambda content: content[: content.rindex("in,")].encode()),
        r"line.csv: row 13, the last, has 6 of 15 cells: the file was cut off; export it again",
    ),
    "cut in a quote": (
        rewrite(lambda content: (content + 'L13,"A1').encode()),
        r"line.csv: row 14 opens a quote that is not properly closed .* export it again",
    ),
    "cut parquet": (cut_parquet, r"line.parquet: not a whole Parquet file .* export it again"),
    "wrong encoding": (
        rewrite(lambda content: content.replace("=1+1", "货款").encode("gb18030")),
        r"line.csv: not UTF-8 text at row .*; save the file as UTF-8 and ingest it again",
    ),
    "missing column": (
        rewrite(lambda content: content.replace("amount", "amonut").encode()),
        r"line.csv: row 1 lacks column 'amount'; expected 'line_id', .*; add it to the file",
    ),
    "a directory": (into_a_folder, r"line.csv: is a folder; expected a file with the columns of line"),
    "an empty directory": (emptied, r"no file to read; expected <table>.csv or <table>.parquet, such as line.csv"),
    "nothing there": (shutil.rmtree, r"cannot be read .No such file or directory.; expected a file"),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_fault_of_a_file_leaves_the_store_untouched(store, tmp_path, fault):
    store.commit([])
    before = snapshot(store.root)
    path = world(tmp_path / "w")
    breaking, words = FILE_FAULTS[fault]
    breaking(path)
    with pytest.raises(ContractError, match=words):
        ingest(store, "contract", path)
    assert snapshot(store.root) == before


def test_a_file_that_is_mostly_wrong_is_refused_as_a_whole(store, tmp_path):
    rows = [row | {"direction": "sideways"} for row in lines()[:7]] + lines()[7:]
    words = (
        r"line.csv: 7 of 12 rows fail, more than the share of 0.5 that conf/ingest.yaml allows .* nothing was stored. "
        r"code\(direction\): 7 of line, first in line.csv, row 2, column 'direction': expected one of in, out"
    )
    with pytest.raises(ContractError, match=words):
        ingest(store, "contract", world(tmp_path / "w", line=rows))
    assert not store.root.exists()


def test_an_unknown_source_lists_the_known_ones(store, tmp_path):
    with pytest.raises(CreditError, match="no source is called 'fax'; expected one of contract"):
        ingest(store, "fax", tmp_path)


def test_a_failure_at_the_last_step_leaves_the_store_as_it_was(store, tmp_path, monkeypatch):
    path, replace = world(tmp_path / "w"), Path.replace

    def fail(self, target):
        if target.name == "manifest.json":
            raise OSError("disk gone")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk gone"):
        ingest(store, "contract", path)
    monkeypatch.undo()
    assert store.files("line") == []
    assert sum(ingest(store, "contract", path).kept.values()) == 17


def test_a_crashed_check_stores_nothing(store, tmp_path, monkeypatch):
    crashing = [Check("code", "name", "no such column", "one_of", "甲", "x", values=("x",))]
    monkeypatch.setattr(job, "row_checks", lambda table: crashing)
    with pytest.raises(CreditError, match="itself crashed"):
        ingest(store, "contract", world(tmp_path / "w"))
    assert not store.root.exists()


CELL = st.sampled_from(
    ["", "x", "-1", "1e5", "2024-13-01", "9999-12-31", "E1", "A1", "L3", "0.001", "=1+1", "in", '"', ","]
)
CORRUPTION = st.tuples(st.integers(0, 29), st.sampled_from(TABLES["line"].names), CELL)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CORRUPTION, max_size=5), st.lists(st.integers(0, 29), max_size=3))
def test_no_row_is_lost_or_made_whatever_is_wrong_with_it(tmp_path_factory, corruptions, repeats):
    rows = lines(30)
    rows += [rows[place] for place in repeats]
    rows = [dict(row) for row in rows]
    for place, column, cell in corruptions:
        rows[place][column] = cell
    path = world(tmp_path_factory.mktemp("w"), line=rows)
    store = Store(path / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Quality, "write_docs", lambda self, place: place.mkdir())
        patch.setattr(runs, "start_run", lambda *_: nullcontext())
        patch.setattr(runs, "log", lambda **_: None)
        report = ingest(store, "contract", path)
    taken = sum(report.quarantined.values())
    assert report.rows_in == len(rows) + 5 == sum(report.kept.values()) + taken
    in_quarantine = pq.read_table(report.quarantine / "line.parquet").num_rows if taken else 0
    assert (store.rows("line"), in_quarantine) == (report.kept["line"], taken)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("max_quarantined_share: 0.5", "max_quarantined_share: 5"),
            r"ingest.yaml: key max_quarantined_share: .*, found 5; mend",
        ),
        (("memory: 1GB", ""), r"ingest.yaml: key memory: expected field required; mend the file"),
        (
            ("memory: 1GB", "memory: 1GB\nspeed: 2"),
            r"ingest.yaml: key speed: expected extra inputs are not permitted, found 2",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(store, tmp_path, monkeypatch, change, words):
    shipped = (job_settings.conf_path("ingest.yaml")).read_text(encoding="utf-8")
    (tmp_path / "ingest.yaml").write_text(shipped.replace(*change), encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    with pytest.raises(PolicyError, match=words):
        ingest(store, "contract", world(tmp_path / "w"))


def test_a_key_and_what_it_refers_to_are_of_one_firm(store, tmp_path):
    accounts = [ACCOUNT, ACCOUNT | {"account_id": "A2", "enterprise_id": "E2"}]
    twice = [ACCOUNT | {"enterprise_id": "E2", "known_at": "2024-02-02"}]  # two firms say that this account is theirs
    ingest(store, "contract", world(tmp_path / "first", account=[*accounts, *twice]))
    assert [row["enterprise_id"] for row in pq.read_table(store.files("account")[0]).to_pylist()] == ["E1", "E2"]

    moved = LINE | {"line_id": "L1", "sequence": "1", "account_id": "A2", "enterprise_id": "E2"}
    moved |= {"known_at": "2024-03-01"}
    earlier = moved | {"line_id": "L2", "known_at": "2024-01-31"}
    stranger = LINE | {"line_id": "L98", "sequence": "98", "enterprise_id": "E2"}
    sound = [moved | {"line_id": f"M{n}", "sequence": str(n)} for n in range(9)]
    rows = [*sound, moved, earlier, stranger]
    report = ingest(store, "contract", folder(tmp_path / "second", line=rows))
    assert (report.kept, report.quarantined) == ({"line": 9}, {"firm": 3})
    assert [fault.en for fault in report.faults] == [
        "firm: 3 of line, first in line.csv, row 11: expected the firm of which the key, and what the row refers to, "
        "are known already, found 'known of E1'"
    ]
    taken_back = LINE | {
        "line_id": "L1",
        "sequence": "1",
        "amount": "0.00",
        "balance_after": "",
        "known_at": "2024-03-01",
    }
    report = ingest(store, "contract", folder(tmp_path / "third", line=[taken_back]))
    assert report.kept == {"line": 1}
