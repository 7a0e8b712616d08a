"""Outside formats all the way into a store: merging, detection, a new layout, and the real tax lines."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from homes import home_in

from features.errors import CreditError
from pipelines.ingest import ingest
from pipelines.kinds import kinds
from pipelines.store import Store
from simulation import exporters

SAMPLES = Path(__file__).resolve().parents[2] / "data_samples"
FIRM, ACCOUNT = "E000004", "A000004A"


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory):
    with home_in(tmp_path_factory.mktemp("home")):
        yield


@pytest.fixture
def store(tmp_path):
    """A store that knows the firm and its accounts, and nothing else."""
    folder = tmp_path / "known"
    folder.mkdir()
    for table in ("enterprise", "account"):
        rows = pq.read_table(SAMPLES / f"{table}.parquet")
        pq.write_table(rows.filter(pc.equal(rows["enterprise_id"], FIRM)), folder / f"{table}.parquet")
    store = Store(tmp_path / "store")
    ingest(store, "contract", folder)
    return store


def lines(count=60):
    rows = pq.read_table(SAMPLES / "line.parquet")
    own = exporters.latest(rows.filter(pc.equal(rows["account_id"], ACCOUNT)), "line_id", ("booked_at", "sequence"))
    return own[:count]


def placed(path, content):
    path.write_bytes(content)
    return path


def stored(store, *columns):
    rows = pa.concat_tables([pq.ParquetFile(file).read() for file in store.files("line")])
    return rows.sort_by("sequence").select(columns).to_pylist()


def test_overlapping_statements_merge_without_doubles(store, tmp_path):
    rows, export = lines(), exporters.split_columns
    cut = next(n for n in range(20, 60) if rows[n]["booked_at"] != rows[n - 1]["booked_at"])
    end = next(n for n in range(40, 60) if rows[n]["booked_at"] != rows[n - 1]["booked_at"])
    january, february = placed(tmp_path / "1.csv", export(rows[:end])), placed(tmp_path / "2.csv", export(rows[cut:]))
    known = {"enterprise": FIRM}
    first = ingest(store, "statement:cn-split-columns", january, known_at=date(2024, 7, 1), **known)
    second = ingest(store, "statement:cn-split-columns", february, known_at=date(2024, 8, 1), **known)
    assert (first.kept, first.quarantined) == ({"line": end}, {"total": 1})
    assert second.kept == {"line": 60 - end}
    assert second.quarantined == {"duplicate_of_stored": end - cut, "total": 1}
    money = ("booked_at", "direction", "amount", "balance_after")
    assert stored(store, *money) == [{name: row[name] for name in money} for row in rows]


def test_exports_of_one_account_with_times_and_without_are_counted_once(store, tmp_path):
    rows = lines()
    without = placed(tmp_path / "1.csv", exporters.signed(rows))
    timed = placed(tmp_path / "2.csv", exporters.split_columns(rows))
    first = ingest(store, "statement:cn-signed", without, enterprise=FIRM)
    second = ingest(store, "statement:cn-split-columns", timed, enterprise=FIRM)
    assert first.kept == {"line": 60}
    assert (second.kept, second.quarantined) == ({"line": 0}, {"duplicate_of_stored": 60, "total": 1})
    assert second.credibility.components["conflicting_line_share"] == 0


def test_detection_says_what_it_chose(store, tmp_path):
    file = placed(tmp_path / "s.xlsx", exporters.newest_first(lines()))
    report = ingest(store, "statement:auto", file, enterprise=FIRM)
    assert report.kept == {"line": 60}
    assert report.notes == (
        "layout cn-newest-first (Excel): header in row 3, columns balance, channel, counterparty, "
        "counterparty_account, credit, date, debit, summary",
    )


@pytest.mark.parametrize("kind", ["camt053", "open-banking", "platform-report", "tax-lines", "utility-bills"])
def test_each_sample_is_kept_whole(store, kind):
    (file,) = (SAMPLES / "formats").glob(f"{kind}.*")
    report = ingest(store, kind, file, enterprise=FIRM)
    assert report.rows_in > 0
    assert report.quarantined == {}


def test_a_new_bank_layout_is_one_file(store, tmp_path, monkeypatch):
    folder = tmp_path / "conf" / "statements"
    folder.mkdir(parents=True)
    layout = (
        "zh: 新布局\nen: new\ncolumns: {date: [Tag], amount: [Betrag], balance: [Stand]}\ndate_formats: ['%d.%m.%Y']"
    )
    (folder / "neue-bank.yaml").write_text(layout, encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path / "conf"))
    file = placed(tmp_path / "s.csv", b"Tag,Betrag,Stand\n05.01.2024,10.00,10.00\n06.01.2024,-4.00,6.00\n")
    report = ingest(store, "statement:neue-bank", file, enterprise=FIRM, account=ACCOUNT)
    assert report.kept == {"line": 2}
    assert {"statement:neue-bank", "statement:cn-signed", "statement:auto"} <= set(kinds())


def test_an_unknown_layout_lists_the_known_ones(store, tmp_path):
    with pytest.raises(CreditError, match=r"no source is called 'statement:x'; .* statement:auto, statement:cn-dir"):
        ingest(store, "statement:x", tmp_path)


def test_every_real_tax_line_is_kept_or_quarantined_with_its_reason(shared_data, tmp_path):
    report = ingest(Store(tmp_path / "store"), "tax-lines", shared_data / "tax_lines" / "tax_info.csv.gz")
    assert report.kept == {"enterprise": 808, "tax_filing": 4_952}
    assert report.quarantined == {
        "repeated_for_item": 18_746,
        "repeated": 4_578,
        "late_payment_charge": 903,
        "not_a_tax": 16,
    }
    assert report.kept["tax_filing"] + sum(report.quarantined.values()) == 29_195


def judged(store, tmp_path, rows, name="one"):
    content = exporters.split_columns(rows)
    file, known = placed(tmp_path / f"{name}.csv", content), {"enterprise": FIRM, "account": ACCOUNT}
    return ingest(store, "statement:cn-split-columns", file, **known).credibility


def test_a_sound_statement_is_credible(store, tmp_path):
    found = judged(store, tmp_path, lines())
    assert found.score == 100
    assert found.components["balance_break_share"] == 0
    assert "interest_fit_share" not in found.components


def test_a_statement_that_leaves_a_line_out_is_less_so(store, tmp_path):
    rows = lines()
    found = judged(store, tmp_path, rows[:30] + rows[31:])
    # one break of the 58 links of 59 lines: 40 points go at one in twenty
    assert found.components["balance_break_share"] == 1 / 58
    assert found.score < 100


def test_stored_lines_that_a_statement_hides_are_conflicts(store, tmp_path):
    rows = lines()
    hidden = {n for n, row in enumerate(rows) if row["booked_at"] == rows[30]["booked_at"]}
    judged(store, tmp_path, rows)
    found = judged(store, tmp_path, [row for n, row in enumerate(rows) if n not in hidden], "other")
    assert found.components["conflicting_line_share"] == len(hidden) / (60 - len(hidden))


def test_other_sources_are_not_judged_as_statements(store):
    assert ingest(store, "tax-lines", SAMPLES / "formats" / "tax-lines.csv", enterprise=FIRM).credibility is None
