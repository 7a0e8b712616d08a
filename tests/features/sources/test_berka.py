import gzip
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from features.errors import ContractError
from features.sources import Options, berka

CZECH, ENGLISH = berka.LINES
HEADER = "trans_id;account_id;date;type;operation;amount;balance;k_symbol;bank;account\n"
LOANS = "loan_id;account_id;date;amount;duration;payments;status\n"


@pytest.fixture
def folder(tmp_path):
    """Two accounts, two loans, and lines in the dialects ``lines`` is called with."""
    accounts = '"account_id";"district_id";"frequency";"date"\n1;18;"POPLATEK MESICNE";930105\n2;1;"X";960229\n'
    (tmp_path / "account.asc").write_text(accounts)
    (tmp_path / "loan.asc").write_text(LOANS + "50;1;930705;96396;12;8033.00;B\n51;2;970831;24000;24;1000.00;\n")
    return tmp_path


@pytest.fixture
def lines(folder):
    def write(*rows, name=ENGLISH):
        with gzip.open(folder / name, "wt") as file:
            file.write(HEADER + "".join(f"{row}\n" for row in rows))
        return folder

    return write


def tables(path):
    """All rows of a folder by table, and the rejected ones."""
    kept, rejected = {}, []
    for batch in berka.read(path, Options()):
        kept.setdefault(batch.table, []).extend(batch.rows.to_pylist())
        rejected += [] if batch.rejected is None else batch.rejected.to_pylist()
    return kept, rejected


def test_an_account_is_an_enterprise_and_a_loan_an_application_of_its_day(lines):
    kept, _ = tables(lines("1;1;970101;credit;credit in cash;900.00;900.00;;;"))
    assert [(r["enterprise_id"], r["name"], r["known_at"]) for r in kept["enterprise"]] == [
        ("1", "account 1", date(1993, 1, 5)),
        ("2", "account 2", date(1996, 2, 29)),
    ]
    assert [(r["account_id"], r["holder"], r["currency"]) for r in kept["account"]] == [
        ("1", "owner", "CZK"),
        ("2", "owner", "CZK"),
    ]
    first, second = kept["application"]
    assert (first["application_id"], first["enterprise_id"], first["applied_on"]) == ("50", "1", date(1993, 7, 5))
    assert (first["amount"], first["term_months"], first["outcome"]) == ("96396", "12", "admitted")
    assert (second["application_id"], second["known_at"]) == ("51", date(1997, 8, 31))
    assert [r["matures_on"] for r in kept["loan"]] == [date(1994, 7, 5), date(1999, 8, 28)]


def test_no_table_knows_what_became_of_a_loan(lines):
    kept, _ = tables(lines("1;1;970101;credit;credit in cash;900.00;900.00;;;"))
    cells = {str(value) for rows in kept.values() for row in rows for value in row.values()}
    assert "status" not in {name for rows in kept.values() for row in rows for name in row}
    assert not {"A", "B", "C", "D"} & cells


def test_outcomes_are_asked_for_apart(folder):
    more = "52;1;970101;1;12;1;A\n53;1;970101;1;12;1;C\n54;1;970101;1;12;1;D\n"
    (folder / "loan.asc").write_text((folder / "loan.asc").read_text() + more)
    assert berka.outcomes(folder) == {"50": True, "51": None, "52": False, "53": False, "54": True}


def test_both_dialects_become_lines_with_their_codes_kept(lines):
    lines(
        '10;1;"930201";"PRIJEM";"VKLAD";700.00;700.00;"";;',
        '11;1;930205;"VYDAJ";"PREVOD NA UCET";200.50;499.50;"SIPO";"YZ";87144583',
        '12;1;930206;"VYBER";"VYBER";100.00;399.50;" ";;',
        name=CZECH,
    )
    kept, rejected = tables(
        lines(
            "20;2;970101;credit;collection from another bank;50.00;50.00; ;ST;7",
            "21;2;970102;withdrawal;withdrawal in cash;20.00;30.00;payment for statement;;",
            "22;2;970103;withdrawal in cash;withdrawal in cash;10.00;20.00;;;",
        )
    )
    shown = [(r["line_id"], r["direction"], r["channel"], r["summary"], r["counterparty_id"]) for r in kept["line"]]
    assert shown == [
        ("10", "in", "VKLAD", None, None),
        ("11", "out", "PREVOD NA UCET", "SIPO", "YZ-87144583"),
        ("12", "out", "VYBER", None, None),
        ("20", "in", "collection from another bank", None, "ST-7"),
        ("21", "out", "withdrawal in cash", "payment for statement", None),
        ("22", "out", "withdrawal in cash", None, None),
    ]
    assert rejected == []
    line = kept["line"][1]
    assert (line["booked_at"], line["known_at"], line["amount"], line["balance_after"]) == (
        date(1993, 2, 5),
        date(1993, 2, 5),
        "200.50",
        "499.50",
    )
    assert (line["source_file"], line["source_row"]) == (CZECH, 3)


def test_a_day_is_put_in_the_order_in_which_its_balances_add_up(lines):
    kept, _ = tables(
        lines(
            "5;1;970101;credit;credit in cash;100.00;100.00;;;",
            "7;1;970102;withdrawal;withdrawal in cash;30.00;120.00;;;",  # third: 150 less 30
            "8;1;970102;credit;credit in cash;100.00;200.00;;;",  # first: 100 and 100
            "9;1;970102;withdrawal;withdrawal in cash;50.00;150.00;;;",  # second: 200 less 50
            "6;1;970103;credit;credit in cash;5.00;125.00;;;",
            "1;2;970102;credit;credit in cash;10.00;10.00;;;",
        )
    )
    order = [(r["account_id"], r["line_id"], r["sequence"]) for r in kept["line"]]
    assert order == [("1", "5", 1), ("1", "8", 2), ("1", "9", 3), ("1", "7", 4), ("1", "6", 5), ("2", "1", 1)]


def test_a_date_that_is_none_stays_text_for_ingest_to_point_at(lines):
    kept, _ = tables(lines(*(f"{n};1;{day};credit;x;1.00;1.00;;;" for n, day in ((1, "970101"), (2, "971399")))))
    assert [(r["booked_at"], r["known_at"]) for r in kept["line"]] == [
        ("1997-01-01", "1997-01-01"),
        ("971399", "971399"),
    ]


def test_an_unknown_type_and_a_ragged_line_are_told(lines):
    kept, rejected = tables(
        lines("1;1;970101;gift;x;1.00;1.00;;;", "2;1;970102;credit;x;1.00", "3;1;970103;credit;x;1;2;;;")
    )
    assert [(r["line_id"], r["direction"]) for r in kept["line"]] == [("1", "gift"), ("3", "in")]
    assert [(r["trans_id"], r["rejected_for"], r["source_row"]) for r in rejected] == [("2", "cell_count", 3)]


def test_files_that_know_the_future_are_never_opened(lines, monkeypatch):
    folder = lines("1;1;970101;credit;x;1.00;1.00;;;")
    for name in ("order.asc", "card.asc", "disp.asc", "client.asc", "district.asc"):
        (folder / name).write_bytes(b"\xff\xfe not text")
    opened = []
    original = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *a, **k: opened.append(self.name) or original(self, *a, **k))
    tables(folder)
    assert set(opened) == {"account.asc", "loan.asc"}


def test_a_folder_without_lines_or_no_folder_is_refused(folder):
    with pytest.raises(ContractError) as error:
        tables(folder)
    assert str(error.value).endswith(f"。{folder}: no account lines; expected {CZECH} or {ENGLISH}")
    with pytest.raises(ContractError, match=r"loan.asc: expected the folder that holds account.asc, loan.asc and the"):
        tables(folder / "loan.asc")


def test_the_real_folder_is_read_whole(shared_data):
    read = [batch for batch in berka.read(shared_data / "berka", Options()) if batch.table == "line"]
    rows = pa.concat_tables([batch.rows for batch in read])
    by_file = {str(g["values"]): g["counts"] for g in rows["source_file"].value_counts().to_pylist()}
    assert by_file == {ENGLISH: 30_200, CZECH: 49_102}
    assert sum(batch.rejected.num_rows for batch in read if batch.rejected is not None) == 0
    assert set(rows["direction"].to_pylist()) == {"in", "out"}
    loans = berka.outcomes(shared_data / "berka")
    assert (len(loans), sum(o is None for o in loans.values())) == (682, 131)
