"""Source ``sba``: loans to small firms in the United States that the Small Business Administration guarantees, 7(a).

One row a loan: what was known on the day of approval, and years later what became of it. Not read as facts, because
they know the outcome: ``Term`` (of a loan charged off it is the time that it ran, so only paid loans have whole
years), ``DisbursementGross`` (of a revolving line it adds up all draws to come), balances and the charge-off fields.
The canonical tables take the firm and the application; ``loans`` gives evaluations the register's own columns, and
``outcomes`` the status.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa

from features.errors import ContractError
from features.sources.batch import Batch, Options, reject
from features.sources.delimited import Chunk, read_delimited

LOAN, APPROVED, DISBURSED, AMOUNT = "LoanNr_ChkDgt", "ApprovalDate", "DisbursementDate", "GrAppv"
STATUS, CHARGED_OFF = "MIS_Status", "ChgOffDate"
KNOWN = (LOAN, "State", "BankState", "NAICS", APPROVED, "NoEmp", "NewExist", "CreateJob", "RetainedJob",
         "FranchiseCode", "UrbanRural", "RevLineCr", "LowDoc", DISBURSED, AMOUNT, "SBA_Appv")  # fmt: skip
BAD, GOOD = "CHGOFF", "P I F"
# 1/31/2005 for approval and disbursement, 30-Jan-10 for the charge-off
DATES = ("%m/%d/%Y", "%d-%b-%y")
PLACE = ["source_file", "source_row"]


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield firms and applications as approved; a loan that ``reasons`` refuses is a rejected application."""
    del options
    for chunk in _chunks(path):
        frame = _frame(chunk.rows)
        why = reasons(frame)
        sound = frame[why == ""]
        approved = pa.array(_day(sound[APPROVED]).dt.date, pa.date32())
        places = {name: pa.array(sound[name]) for name in PLACE}
        key = pa.array(sound[LOAN], pa.string())
        names = pa.array("borrower " + sound[LOAN], pa.string())
        employees = pa.array(sound["NoEmp"], pa.string())
        firms = {"enterprise_id": key, "name": names, "employees": employees, "known_at": approved}
        yield Batch(table="enterprise", rows=pa.table(firms | places))
        asked = {
            "application_id": key,
            "enterprise_id": key,
            "applied_on": approved,
            "amount": pa.array(_money(sound[AMOUNT]).map("{:.2f}".format), pa.string()),
            "purpose": pa.repeat("unknown", len(sound)),
            "outcome": pa.repeat("admitted", len(sound)),
            "known_at": approved,
        }
        yield Batch(table="application", rows=pa.table(asked | places), rejected=_rejected(frame, why))
        if chunk.ragged.num_rows:
            yield Batch(table="application", rows=pa.table(asked | places).slice(0, 0), rejected=chunk.ragged)


def loans(path: Path) -> pd.DataFrame:
    """Every row of the register as known on approval, with ``rejected_for`` (empty for a sound row).

    Returns
    -------
    DataFrame
        ``loan_id``, ``approved`` and ``disbursed`` (dates), ``amount`` and ``guaranteed`` (dollars), the other
        columns as text, ``source_file``, ``source_row`` and ``rejected_for``.
    """
    parts = []
    for chunk in _chunks(path):
        frame = _frame(chunk.rows)
        parts += [frame.assign(rejected_for=reasons(frame)), chunk.ragged.to_pandas()]
    whole = pd.concat(parts, ignore_index=True)
    read_as = {
        "loan_id": whole[LOAN],
        "approved": _day(whole[APPROVED]),
        "disbursed": _day(whole[DISBURSED]),
        "amount": _money(whole[AMOUNT]),
        "guaranteed": _money(whole["SBA_Appv"]),
    }
    told = [name for name in KNOWN if name not in (LOAN, APPROVED, DISBURSED, AMOUNT, "SBA_Appv")]
    return pd.DataFrame(read_as).join(whole[[*told, *PLACE, "rejected_for"]])


def outcomes(path: Path) -> pd.DataFrame:
    """What became of each loan: ``loan_id``, ``charged_off`` (1, 0, NaN where not told) and ``charged_off_on``.

    A loan that is told as paid has no date, whatever the date's column says; one charged off without a date keeps
    its status and has no date.
    """
    whole = pd.concat([_frame(chunk.rows) for chunk in _chunks(path)], ignore_index=True)
    bad = whole[STATUS].map({BAD: 1.0, GOOD: 0.0})
    return pd.DataFrame(
        {"loan_id": whole[LOAN], "charged_off": bad, "charged_off_on": _day(whole[CHARGED_OFF]).where(bad == 1.0)}
    )


def reasons(frame: pd.DataFrame) -> pd.Series:
    """Why each row cannot be used, by what is known on approval and disbursement alone; empty when it can."""
    approved, disbursed, amount = _day(frame[APPROVED]), _day(frame[DISBURSED]), _money(frame[AMOUNT])
    faults = {
        "repeated_loan": frame.duplicated(LOAN) | frame[LOAN].isna(),
        "no_approval_date": approved.isna(),
        "no_disbursement_date": disbursed.isna(),
        "disbursed_before_approval": disbursed < approved,
        "no_loan_amount": ~(amount > 0),
    }
    why = pd.Series("", index=frame.index)
    for name, fails in faults.items():
        why = why.mask(fails & (why == ""), name)
    return why


def _chunks(path: Path) -> Iterator[Chunk]:
    file = path
    if path.is_dir():
        found = sorted(path.glob("*.csv*"))
        if len(found) != 1:
            raise ContractError(
                f"应有一个 .csv 或 .csv.gz 贷款文件，现有 {len(found)} 个",
                f"expected one .csv or .csv.gz file of loans, found {len(found)}",
                path,
            )
        file = found[0]
    return read_delimited(file, required=(*KNOWN, STATUS, CHARGED_OFF))


def _frame(rows: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = rows.to_pandas()
    return frame


def _rejected(frame: pd.DataFrame, why: pd.Series) -> pa.Table | None:
    """The refused rows as written; one table a reason, joined."""
    if not (why != "").any():
        return None
    text = frame[[LOAN, APPROVED, AMOUNT, *PLACE]].rename(
        columns={LOAN: "application_id", APPROVED: "applied_on", AMOUNT: "amount"}
    )
    tables = [
        reject(pa.Table.from_pandas(text[why == name], preserve_index=False), name) for name in why[why != ""].unique()
    ]
    return pa.concat_tables(tables).sort_by("source_row")


def _day(column: pd.Series) -> pd.Series:
    """Dates as the register writes them; what is none is missing.

    >>> _day(pd.Series(["2/28/1997", "30-Jan-10", "2/30/1997", None])).dt.strftime("%Y-%m-%d").tolist()
    ['1997-02-28', '2010-01-30', nan, nan]
    """
    first, second = (pd.to_datetime(column, format=form, errors="coerce") for form in DATES)
    return first.fillna(second)


def _money(column: pd.Series) -> pd.Series:
    """Dollars, with or without sign and thousands; what is no amount is missing.

    >>> _money(pd.Series(["60000", "$1,250.00 ", "many"])).tolist()
    [60000.0, 1250.0, nan]
    """
    return pd.to_numeric(column.str.replace(r"[$,\s]", "", regex=True), errors="coerce")
