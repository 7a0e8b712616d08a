from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.errors import ContractError
from features.sources import Options, invoices

SALES = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态\n"
BOUGHT = SALES.replace("购方", "销方")
SALE = "E1,100,2019-01-05,B1,100.00,13.00,113.00,有效发票\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "labelled_firms.csv").write_text(
        "企业代号,企业名称,信誉评级,是否违约\nE1,甲公司,A,否\nE2,乙公司 ,D,是\nE3,丙,,\n"
    )
    (tmp_path / "unlabelled_firms.csv").write_text("企业代号,企业名称\nE4,个体经营E4 \n")
    (tmp_path / "labelled_sales_invoices.csv").write_text(SALES + SALE)
    (tmp_path / "labelled_purchase_invoices.csv").write_text(BOUGHT + SALE.replace("B1", "A1"))
    return tmp_path


def tables(path, options=None):
    kept, rejected = {}, []
    for batch in invoices.read(path, options or Options()):
        kept.setdefault(batch.table, []).extend(batch.rows.to_pylist())
        rejected += [] if batch.rejected is None else batch.rejected.to_pylist()
    return kept, rejected


def test_firms_have_a_ledger_and_no_rating(folder):
    kept, rejected = tables(folder)
    firms = [(r["enterprise_id"], r["name"], r["sole_proprietor"], r["known_at"]) for r in kept["enterprise"]]
    since = date(2016, 1, 1)
    assert firms == [("E1", "甲公司", False, since), ("E2", "乙公司", False, since), ("E3", "丙", False, since),
                     ("E4", "个体经营E4", True, since)]  # fmt: skip
    assert [(r["account_id"], r["kind"], r["currency"]) for r in kept["account"]][:2] == [
        ("E1-invoices", "invoice_ledger", "CNY"),
        ("E2-invoices", "invoice_ledger", "CNY"),
    ]
    assert rejected == []
    assert not {"信誉评级", "是否违约"} & {name for rows in kept.values() for row in rows for name in row}


def test_outcomes_are_asked_for_apart(folder):
    assert invoices.outcomes(folder) == {"E1": False, "E2": True, "E3": None, "E4": None}


def test_sales_come_in_and_purchases_go_out_known_when_issued(folder):
    kept, _ = tables(folder)
    shown = [(r["direction"], r["counterparty_id"], r["gross"], r["issued_on"], r["known_at"]) for r in kept["invoice"]]
    assert shown == [
        ("in", "B1", "113.00", "2019-01-05", "2019-01-05"),
        ("out", "A1", "113.00", "2019-01-05", "2019-01-05"),
    ]
    kept, _ = tables(folder, Options(known_at=date(2020, 2, 1)))
    assert {str(r["known_at"]) for rows in kept.values() for r in rows} == {"2020-02-01"}


@pytest.mark.parametrize("status", ["作废发票", " 作废发票"])
def test_void_invoices_are_rejected_with_their_place(folder, status):
    (folder / "labelled_sales_invoices.csv").write_text(SALES + SALE + SALE.replace("有效发票", status))
    kept, rejected = tables(folder)
    assert len(kept["invoice"]) == 2
    assert [(r["number"], r["rejected_for"], r["source_row"]) for r in rejected] == [("100", "void", 3)]


def test_a_valid_status_with_a_space_before_it_is_valid(folder):
    (folder / "labelled_sales_invoices.csv").write_text(SALES + SALE.replace("有效", " 有效"))
    assert len(tables(folder)[0]["invoice"]) == 2


def test_a_red_letter_keeps_its_sign(folder):
    (folder / "labelled_sales_invoices.csv").write_text(
        SALES + SALE.replace("100.00,13.00,113.00", "-9.43,-0.57,-10.00")
    )
    row = tables(folder)[0]["invoice"][0]
    assert (row["net"], row["vat"], row["gross"], row["direction"]) == ("-9.43", "-0.57", "-10.00", "in")


def test_the_same_row_has_the_same_identifier_and_any_other_another(folder):
    changes = {"100,": "101,", "-05": "-06", "B1": "B2", "100.00": "100.01", "13.00,": "13.01,", "113.00": "113.01"}
    others = [SALE.replace(old, new) for old, new in (changes | {"E1": "E2"}).items()]
    (folder / "labelled_sales_invoices.csv").write_text(SALES + SALE + SALE + "".join(others))
    (folder / "labelled_purchase_invoices.csv").write_text(BOUGHT + SALE)
    ids = [r["invoice_id"] for r in tables(folder)[0]["invoice"]]
    assert ids[0] == ids[1]
    assert len(set(ids)) == len(ids) - 1 == 9


def test_a_ragged_row_is_rejected(folder):
    (folder / "labelled_sales_invoices.csv").write_text(SALES + "E1,100,2019-01-05,B1\n" + SALE)
    kept, rejected = tables(folder)
    assert len(kept["invoice"]) == 2
    assert [(r["rejected_for"], r["source_row"]) for r in rejected] == [("cell_count", 2)]


@pytest.mark.parametrize("stem", ["firms", "sales_invoices", "purchase_invoices"])
def test_a_missing_file_is_told(folder, stem):
    for file in folder.glob(f"*{stem}.csv"):
        file.unlink()
    with pytest.raises(ContractError) as error:
        tables(folder)
    assert str(error.value).endswith(f"。{folder}: expected a folder with files named *_{stem}.csv or *_{stem}.csv.gz")


def test_a_missing_column_is_told(folder):
    (folder / "labelled_sales_invoices.csv").write_text(SALES.replace(",发票状态", "") + SALE)
    with pytest.raises(
        ContractError, match=r"labelled_sales_invoices.csv: row 1 lacks column '发票状态'; expected '企业代号'"
    ):
        tables(folder)


@pytest.mark.slow
def test_the_real_folder_is_read_whole(shared_data):
    path = shared_data / "cumcm2020c"
    read = [batch for batch in invoices.read(path, Options()) if batch.table == "invoice"]
    kept = pa.concat_tables([batch.rows.select(["invoice_id"]) for batch in read])["invoice_id"]
    refused = pa.concat_arrays(
        [c for b in read if b.rejected is not None for c in b.rejected["rejected_for"].chunks]
    ).to_pylist()
    frames = [pd.read_csv(f, dtype=str).set_axis(range(8), axis=1).assign(side=f.name.split("_")[1])
              for f in sorted(path.glob("*_invoices.csv.gz"))]  # fmt: skip
    plain = pd.concat(frames)
    void = plain[7].str.strip() == "作废发票"
    assert len(plain) == 1_099_441
    assert (len(kept), refused.count("void"), len(refused)) == ((~void).sum(), void.sum(), void.sum())
    assert pc.count_distinct(kept).as_py() == len(plain[~void].drop(columns=7).drop_duplicates())
