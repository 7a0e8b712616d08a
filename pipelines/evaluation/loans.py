"""``evaluate sba``: the register of guaranteed loans, on approval and by age, with figures, predictions and a page."""

from pathlib import Path
from typing import Any

import pandas as pd

from features.sources import sba
from pipelines.evaluation.loan_age import LENGTH, PROTOCOL_ZH, LoanAge, loan_age
from pipelines.evaluation.sba import MAIN, PROTOCOL, digest, discrimination, outcome, read_sba
from pipelines.report.hazard import Panel, hazard_page
from pipelines.report.whole import put, whole

TITLE = "贷款账龄与核销风险（SBA 真实贷款）", "Hazard by the age of real SBA loans"


def evaluate_sba(path: Path, out: Path) -> dict[str, Any]:
    """Measure; ``predictions.csv``, ``quarantine.parquet`` and ``hazard.html`` go into ``out``.

    Parameters
    ----------
    path : the register's file, or the folder that holds it alone.
    out : folder for the results; made when missing.

    Returns
    -------
    dict
        The metrics.
    """
    loans, refused = read_sba(path)
    figures, predicted = discrimination(loans)
    ages = loan_age(loans)
    counts = {
        "rows": len(loans),
        "rows_in": len(loans) + sum(refused.values()),
        "kept": len(loans),
        "quarantined": refused,
    }
    metrics = {"data": "sba", "dataset_hash": digest(path), "protocol": PROTOCOL, **counts, **figures}
    metrics["hazard"] = ages.figures
    with whole(out / "predictions.csv") as staged:
        _predictions(loans, predicted).to_csv(staged, index=False)
    everything = sba.loans(path)
    with whole(out / "quarantine.parquet") as staged:
        everything[everything["rejected_for"] != ""].to_parquet(staged, index=False)
    put(out / "hazard.html", _page(ages))
    return metrics


def _predictions(loans: pd.DataFrame, predicted: Any) -> pd.DataFrame:
    """Every sound loan by a model that did not see it; ``part`` says on which side of the cut it stands."""
    learn, judge = MAIN.rows(loans)
    part = pd.Series("neither", index=loans.index).mask(learn, "learned").mask(judge, "judged")
    y = outcome(loans, MAIN.window)
    return pd.DataFrame({"id": loans["loan_id"], "pd": predicted, "part": part, "bad": y.astype("Int64")})


def _page(ages: LoanAge) -> str:
    vintages = "较晚批次：以此前批次学习，按季重述", "Later vintages, learned from those before, restated each quarter"
    calendar = "按日历滚动：只用当时已知，按季重述", "By the calendar, from what was known, restated each quarter"
    panels = (
        Panel(title=vintages, table=ages.vintages, said=_said(ages.figures)),
        Panel(title=calendar, table=ages.calendar, said=_said(ages.figures["strict"])),
    )
    return hazard_page(TITLE, panels, (PROTOCOL_ZH, ages.figures["protocol"]), LENGTH)


def _said(figures: dict[str, Any]) -> list[tuple[str, str]]:
    stated = figures["restated"]
    area, level = stated["auc"], stated["calibration"]
    ratios = f"{stated['observed_to_expected']:.2f} ({figures['observed_to_expected']:.2f})"
    return [
        ("AUC", f"{area['mean']:.3f} ({area['low']:.3f}-{area['high']:.3f})"),
        ("仅账龄 Age alone", f"{figures['age_alone']['auc']:.3f}"),
        ("预期 Expected", f"{level['expected']:.2%}"),
        ("实际 Observed", f"{level['observed']:.2%}"),
        ("实际/预期（重述前） Observed to expected (as fitted)", ratios),
        ("区间内账龄数 Ages within interval", stated["ages_within_interval"]),
        ("区间内年数 Years of age within interval", stated["years_within_interval"]),
    ]
