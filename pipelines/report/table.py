"""Answers as CSV for a spreadsheet, with no cell that a spreadsheet would run as a formula."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.report.whole import whole

COLUMNS = ("enterprise_id", "as_of", "admitted", "referral", "pd", "score", "grade", "limit", "term_months",
           "annual_rate", "binding_leg", "model", "version", "policy")  # fmt: skip
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def harmless(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.

    >>> harmless("=1+1"), harmless("＝1+1"), harmless("@SUM(A1)"), harmless(-1.5), harmless("E-1")
    ("'=1+1", "'＝1+1", "'@SUM(A1)", -1.5, 'E-1')
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(STARTS_A_FORMULA) else cell


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write the columns of the rows, every text made harmless; UTF-8 with a mark, so that Excel reads Chinese."""
    with whole(path) as staged, staged.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(map(harmless, columns))
        writer.writerows([harmless(row[column]) for column in columns] for row in rows)


def decision_rows(decisions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The scalar columns of each decision and the first reason in both languages."""
    rows = []
    for decision in decisions:
        first = decision["reasons"][0] if decision["reasons"] else {"zh": "", "en": ""}
        scalars = {column: decision[column] for column in COLUMNS}
        rows.append({**scalars, "reason_zh": first["zh"], "reason_en": first["en"]})
    return rows
