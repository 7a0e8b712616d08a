import gzip
import math
from datetime import date

import pandas as pd
import pytest

from features.errors import ContractError
from features.sources import REASONS, Options, sba

HEADER = (
    "LoanNr_ChkDgt,City,State,Zip,Bank,BankState,NAICS,ApprovalDate,ApprovalFY,Term,NoEmp,NewExist,CreateJob,"
    "RetainedJob,FranchiseCode,UrbanRural,RevLineCr,LowDoc,ChgOffDate,DisbursementDate,DisbursementGross,MIS_Status,"
    "ChgOffPrinGr,GrAppv,SBA_Appv\n"
)


def loan(number, approved="2/28/1997", disbursed="5/31/1997", term=84, off="", gross=60000, status="P I F", lost=0):
    return (
        f"{number},EVANSVILLE,IN,47711,A BANK,OH,451120,{approved},1997,{term},4,2,0,0,1,0,N,Y,{off},{disbursed},"
        f"{gross},{status},{lost},60000,48000\n"
    )


ROWS = (
    loan("1"),
    loan("2", off="30-Jan-10", status="CHGOFF", lost=1000, term=37),
    loan("3", status=""),
    loan("4", disbursed=""),
    loan("5", disbursed="2/27/1997"),
    loan("6", approved="13/1/1997"),
    loan("1"),
    loan("7", off="30-Jan-10", status="P I F"),
    loan("8", status="CHGOFF"),
)


@pytest.fixture
def folder(tmp_path):
    with gzip.open(tmp_path / "register.csv.gz", "wt") as file:
        file.write(HEADER + "".join(ROWS))
    return tmp_path


def test_every_row_is_kept_or_refused_with_its_reason_and_place(folder):
    batches = list(sba.read(folder, Options()))
    firms, asked = batches
    assert (firms.table, asked.table) == ("enterprise", "application")
    assert [r["application_id"] for r in asked.rows.to_pylist()] == ["1", "2", "3", "7", "8"]
    refused = [(r["application_id"], r["rejected_for"], r["source_row"]) for r in asked.rejected.to_pylist()]
    assert refused == [
        ("4", "no_disbursement_date", 5),
        ("5", "disbursed_before_approval", 6),
        ("6", "no_approval_date", 7),
        ("1", "repeated_loan", 8),
    ]
    assert {reason for _, reason, _ in refused} <= set(REASONS)
    first = asked.rows.to_pylist()[0]
    assert (first["amount"], first["applied_on"], first["known_at"]) == (
        "60000.00",
        date(1997, 2, 28),
        date(1997, 2, 28),
    )
    rows = sba.loans(folder)
    assert len(rows) == len(ROWS)
    assert (rows["rejected_for"] == "").sum() == 5


def test_what_knows_the_outcome_reaches_neither_facts_nor_columns(folder, tmp_path):
    other = tmp_path / "changed.txt"
    changed = (loan("1", term=9, gross=1, off="1-Feb-99", status="CHGOFF", lost=77), *ROWS[1:])
    other.write_text(HEADER + "".join(changed))
    pd.testing.assert_frame_equal(*(sba.loans(p).drop(columns="source_file") for p in (folder, other)))
    tables = [[b.rows.drop_columns("source_file").to_pylist() for b in sba.read(p, Options())] for p in (folder, other)]
    assert tables[0] == tables[1]
    assert not {"Term", "DisbursementGross", "ChgOffDate", "ChgOffPrinGr", "MIS_Status"} & set(sba.loans(folder))


def test_outcomes_are_those_of_the_status_and_nothing_fills_an_empty_one(folder):
    told = sba.outcomes(folder).drop_duplicates("loan_id").set_index("loan_id")
    assert told.loc[["1", "2", "7", "8"], "charged_off"].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert math.isnan(told.loc["3", "charged_off"])
    assert told.loc["2", "charged_off_on"] == pd.Timestamp("2010-01-30")
    assert told.loc[["7", "8"], "charged_off_on"].isna().all()  # paid after all; charged off, nobody says when


def test_a_folder_with_no_or_two_registers_is_refused(tmp_path):
    with pytest.raises(ContractError, match=r"expected one \.csv or \.csv\.gz file of loans, found 0"):
        sba.loans(tmp_path)


def test_the_real_register_keeps_or_quarantines_each_of_its_rows(shared_data):
    rows = sba.loans(shared_data / "sba")
    assert len(rows) == 22_427
    refused = rows["rejected_for"].value_counts().to_dict()
    assert refused.pop("") + sum(refused.values()) == 22_427
    assert refused == {"no_disbursement_date": 34, "disbursed_before_approval": 6}
