"""The validation dossier: one page, complete in itself, in the order in which a bank validates a model.

Everything on it comes from the figures of one validation, so that the page, the gates and the record agree.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.report.charts import fitted
from pipelines.report.dossier_charts import cohort_chart, curves_chart, grades_chart, psi_chart, shares_chart
from pipelines.report.page import leg_label, template
from pipelines.report.places import segment_name, segment_order
from pipelines.report.weaknesses import PSI_BOUND, weaknesses
from pipelines.report.whole import put

Figures = Mapping[str, Any]
DIMENSIONS = {
    "region": ("地区", "region"),
    "sector": ("行业", "sector"),
    "age": ("企业年限（年）", "age of the firm, years"),
    "size": ("规模", "size"),
}


NOT_LEGS = {"admission": "不予准入 declined", "referral": "转人工、无额度 referred without a limit"}


def write_dossier(out: Path, figures: Figures) -> None:
    """Write the page of a validation."""
    put(out, dossier(figures))


def dossier(figures: Figures) -> str:
    """The page, as HTML, from what ``pipelines.validate`` found."""
    grades = figures.get("grades")
    legs = [{**row, "label": _leg(row["leg"])} for row in figures.get("limits", {}).get("legs", [])]
    segments = {name: _named(name, rows) for name, rows in figures["segments"].items()}
    cohorts, moved = figures["cohorts"], figures["stability"]["features"]
    stress = [{**row, "label": f"PD, odds × {row['odds']:g}"} for row in figures.get("stress", [])]
    pictures = {
        "curves": fitted(curves_chart, figures["curves"]),
        "cohorts": fitted(cohort_chart, cohorts),
        "grades": fitted(grades_chart, grades, "grade") if grades else "",
        "bins": fitted(
            grades_chart, [{**row, "bin": str(k + 1)} for k, row in enumerate(figures["calibration"]["bins"])], "bin"
        ),
        "cells": fitted(shares_chart, figures["concentration"]["cells"], "cell", "share"),
        "cohort_psi": fitted(psi_chart, cohorts, "cohort", "psi_chance", PSI_BOUND),
        "feature_psi": fitted(psi_chart, moved, "feature", "chance", PSI_BOUND) if moved else "",
        "data": fitted(
            shares_chart, [{**row, "share": row["n"] / figures["data"]["rows"]} for row in cohorts], "cohort", "share"
        ),
        "refused": _refused(figures.get("refused")),
        "stress": fitted(shares_chart, stress, "label", "predicted") if stress else "",
        "legs": fitted(shares_chart, legs, "label", "share") if legs else "",
        **{
            f"segment_{name}": fitted(grades_chart, [r for r in rows if not r.get("hidden")], "label")
            for name, rows in segments.items()
        },
    }
    return template("dossier.html").render(
        f=figures,
        about=figures["about"],
        simulated=figures["about"]["simulated"],
        failed=[gate for gate in figures["gates"] if not gate["passed"]],
        unmeasured=[gate for gate in figures["gates"] if not gate["measured"]],
        segments=[(name, *DIMENSIONS[name], rows) for name, rows in segments.items()],
        legs=legs,
        pictures=pictures,
        weaknesses=list(weaknesses(figures)),
    )


def _refused(found: Figures | None) -> str:
    """Bounds of all that were refused, by grade, and of those lent to by lot with what came of them."""
    if found is None:
        return ""
    rows = [{"grade": "全部被拒 all refused", **found["whole"]}, *found["grades"]]
    lot = [{"grade": "随机放款 lent to by lot", **found["by_lot"]}] if found["by_lot"] else []
    return fitted(grades_chart, [*rows, *lot], "grade")


def _named(dimension: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    named = [{**row, "label": segment_name(dimension, row["segment"])} for row in rows]
    return sorted(named, key=lambda row: segment_order(dimension, row["segment"]))


def _leg(name: str) -> str:
    return NOT_LEGS.get(name) or leg_label(name)
