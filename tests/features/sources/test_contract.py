from datetime import date
from decimal import Decimal
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import TABLES
from features.errors import ContractError
from features.sources import Options, contract
from features.sources.contract import read
from features.sources.delimited import read_delimited

QUERY = "query_id,enterprise_id,queried_on,institution,reason,known_at\n"
NOTHING = Options()


@pytest.fixture
def query(tmp_path):
    file = tmp_path / "credit_query.csv"
    file.write_text(QUERY + "Q1,E1,2024-01-05,Bank,own,2024-01-06\n", encoding="utf-8")
    return file


def rows_of(path, options=NOTHING):
    return {batch.table: batch.rows.to_pylist() for batch in read(path, options)}


def test_a_file_and_its_folder_read_the_same(query):
    assert rows_of(query) == rows_of(query.parent)
    row = rows_of(query)["credit_query"][0]
    assert (row["query_id"], row["queried_on"], row["source_file"], row["source_row"]) == (
        "Q1",
        "2024-01-05",
        "credit_query.csv",
        2,
    )


def test_parquet_keeps_its_types_and_counts_rows_from_one(tmp_path):
    row = {"query_id": "Q1", "enterprise_id": "E1", "queried_on": date(2024, 1, 5), "institution": "B"}
    row |= {"reason": "own", "known_at": date(2024, 1, 6)}
    pq.write_table(pa.Table.from_pylist([row, row]), tmp_path / "credit_query.parquet")
    rows = rows_of(tmp_path)["credit_query"]
    assert [(found["queried_on"], found["source_row"]) for found in rows] == [
        (date(2024, 1, 5), 1),
        (date(2024, 1, 5), 2),
    ]


def test_options_fill_what_the_file_leaves_out_and_no_more(query):
    query.write_text(
        "query_id,enterprise_id,queried_on,institution,reason\nQ1,,2024-01-05,B,own\nQ2,E2,2024-01-05,B,own\n"
    )
    rows = rows_of(query, Options(enterprise="E9", known_at=date(2024, 2, 1)))["credit_query"]
    assert [(row["enterprise_id"], row["known_at"]) for row in rows] == [("E9", "2024-02-01"), ("E2", "2024-02-01")]


def test_options_never_fill_the_key_of_a_table(tmp_path):
    (tmp_path / "enterprise.csv").write_text("name,known_at\n甲,2024-01-01\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"lacks column 'enterprise_id'"):
        rows_of(tmp_path, Options(enterprise="E1"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_column_that_the_contract_does_not_know_is_told_once_and_not_stored(tmp_path, form, monkeypatch):
    monkeypatch.setattr(contract, "read_delimited", partial(read_delimited, rows_a_chunk=1))
    monkeypatch.setattr(contract, "ROWS_A_BATCH", 1)
    columns = {name: ["x", "y"] for name in (*TABLES["credit_query"].names, "remark", "客户经理")}
    pq.write_table(pa.table(columns), tmp_path / "credit_query.parquet")
    text = [",".join(columns), *map(",".join, zip(*columns.values(), strict=True))]
    (tmp_path / "credit_query.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    first, second = read(tmp_path / f"credit_query.{form}", NOTHING)
    assert first.note == (
        f"{tmp_path / 'credit_query'}.{form}：契约的表 credit_query 没有列 'remark'、'客户经理'，未读入。"
        "The contract's credit_query has no column 'remark', '客户经理', which is not read; expected query_id, "
        "enterprise_id, queried_on, institution, reason, known_at: what it says must stand in one of these, or is not "
        "stored"
    )
    assert (second.note, second.rows["query_id"].to_pylist()) == ("", ["y"])


def test_a_file_with_the_contract_s_columns_alone_has_no_note(query):
    assert [batch.note for batch in read(query, Options(known_at=date(2024, 2, 1)))] == [""]


def test_money_in_parquet_arrives_as_exact_decimals(tmp_path):
    table = TABLES["guarantee"]
    row = {"guarantee_id": "G1", "enterprise_id": "E1", "side": "given", "party_id": "P", "amount": Decimal("0.10")}
    row |= {"starts_on": date(2024, 1, 1), "ends_on": None, "called_on": None, "known_at": date(2024, 1, 1)}
    pq.write_table(pa.Table.from_pylist([row], schema=table.schema), tmp_path / "guarantee.parquet")
    assert rows_of(tmp_path)["guarantee"][0]["amount"] == Decimal("0.10")


def test_an_empty_folder_says_what_was_expected(tmp_path):
    with pytest.raises(
        ContractError, match=r"no file to read; expected <table>.csv or <table>.parquet, such as line.csv"
    ):
        rows_of(tmp_path)


def test_a_name_that_is_no_table_is_refused(query):
    query.rename(query.with_name("queries.csv"))
    with pytest.raises(ContractError, match=r"queries.csv: not named after a canonical table; expected .* enterprise,"):
        rows_of(query.parent)


def test_a_folder_where_a_file_is_expected_is_refused(tmp_path):
    (tmp_path / "line.csv").mkdir()
    with pytest.raises(ContractError, match=r"line.csv: is a folder; expected a file with the columns of line"):
        rows_of(tmp_path)


def test_one_table_in_two_files_is_refused(query):
    query.with_name("credit_query.parquet").write_bytes(b"")
    with pytest.raises(ContractError, match=r"table credit_query comes in more than one file; keep one of them"):
        rows_of(query.parent)


def test_a_missing_path_is_refused(tmp_path):
    with pytest.raises(ContractError, match="no such file or folder"):
        rows_of(tmp_path / "nowhere")


@pytest.mark.parametrize("keep", [0, 40, -30])
def test_a_parquet_file_that_is_empty_or_cut_off_is_refused(tmp_path, keep):
    file = tmp_path / "credit_query.parquet"
    pq.write_table(pa.table({name: ["x"] for name in TABLES["credit_query"].names}), file)
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ContractError, match=r"credit_query.parquet: not a whole Parquet file .* export it again"):
        rows_of(tmp_path)


def test_a_parquet_file_without_a_column_is_refused(tmp_path):
    pq.write_table(pa.table({"query_id": ["x"]}), tmp_path / "credit_query.parquet")
    with pytest.raises(ContractError, match=r"lacks column 'enterprise_id', .* expected the columns of credit_query"):
        rows_of(tmp_path)


def test_a_csv_file_without_a_column_is_refused(query):
    query.write_text("query_id,enterprise_id,queried_on,institution,reason\n")
    with pytest.raises(ContractError, match=r"credit_query.csv: row 1 lacks column 'known_at'; expected"):
        rows_of(query)
