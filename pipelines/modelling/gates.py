"""Gates: each a bound of ``conf/validation.yaml`` on one figure of a validation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.checked import Written
from pipelines.modelling.settings import Gates

Figures = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One gate: what was found, what was wanted, and whether it holds; not ``measured`` holds nothing up."""

    name: str
    zh: str
    en: str
    found: str
    wanted: str
    passed: bool
    measured: bool = True


def gates(figures: Figures, bounds: Gates) -> list[Gate]:
    """Every gate in the order of the dossier; what a model cannot be asked is left out."""
    return [*_ranking(figures, bounds), *_probabilities(figures, bounds), *_rest(figures, bounds)]


def _ranking(figures: Figures, bounds: Gates) -> Iterable[Gate]:
    held, later = figures["samples"]["by_firm"], figures["samples"].get("by_time_and_firm")
    yield Gate(
        name="auc",
        zh="区分能力",
        en="discrimination",
        found=f"AUC {held['auc']:.3f} [{held['low']:.3f}, {held['high']:.3f}]",
        wanted=f"≥ {Written(bounds.auc_at_least)}, 下限 low end > {Written(bounds.auc_low_at_least)}",
        passed=held["auc"] >= bounds.auc_at_least and held["low"] > bounds.auc_low_at_least,
    )
    fall = held["auc"] - later["auc"] if later else 0.0
    shown = round(held["auc"], 3) - round(later["auc"], 3) if later else 0.0  # of the figures as they are read
    yield Gate(
        name="out_of_time",
        zh="时间外区分能力",
        en="discrimination out of time",
        found=f"AUC {held['auc']:.3f} → {later['auc']:.3f}, 降 falls by {shown:.3f}"
        if later
        else "切分一侧结果过少 too few outcomes on a side of the cut",
        wanted=f"降幅 falls by ≤ {Written(bounds.auc_decline_at_most)}",
        passed=fall <= bounds.auc_decline_at_most,
        measured=later is not None,
    )
    card = figures["samples"].get("against_scorecard")
    if card:
        yield Gate(
            name="scorecard",
            zh="不逊于评分卡",
            en="no worse than the scorecard",
            found=f"{card['difference']:+.3f} [{card['low']:+.3f}, {card['high']:+.3f}]",
            wanted=f"上限 high end ≥ {Written(bounds.over_scorecard_high_at_least)}",
            passed=card["high"] >= bounds.over_scorecard_high_at_least,
        )


def _probabilities(figures: Figures, bounds: Gates) -> Iterable[Gate]:
    whole, grades = figures["calibration"], figures.get("grades", [])
    least, most = bounds.slope_between
    reaches = whole["slope_high"] >= least and whole["slope_low"] <= most
    narrow = whole["slope_high"] - whole["slope_low"] <= bounds.slope_width_at_most
    yield Gate(
        name="calibration_slope",
        zh="校准斜率",
        en="calibration slope",
        found=f"{whole['slope']:.2f} [{whole['slope_low']:.2f}, {whole['slope_high']:.2f}]",
        wanted=f"区间触及 interval reaches [{Written(least)}, {Written(most)}]",
        passed=reaches,
        measured=narrow or not reaches,
    )
    yield Gate(
        name="calibration_level",
        zh="校准水平",
        en="calibration level",
        found=f"PD {whole['predicted']:.2%}, 实际 observed {whole['observed']:.2%}",
        wanted=f"PD 落在 in [{whole['low']:.2%}, {whole['high']:.2%}]",
        passed=whole["holds"],
    )
    if grades:
        wrong = [row["grade"] for row in grades if not row["holds"]]
        yield Gate(
            name="calibration_grades",
            zh="分级校准",
            en="calibration by grade",
            found=f"不成立 off: {', '.join(wrong)}" if wrong else f"{len(grades)} 级成立 grades hold",
            wanted="各级在 Jeffreys 区间内 every grade in its Jeffreys interval",
            passed=not wrong,
        )


def _rest(figures: Figures, bounds: Gates) -> Iterable[Gate]:
    moved, cells = figures["stability"], figures["concentration"]
    told = moved["psi"] is not None
    yield Gate(
        name="stability",
        zh="稳定性",
        en="stability",
        found=f"PSI {moved['psi']:.3f} (偶然 chance {moved['chance']:.3f})"
        if told
        else "满一年历史的行过少 too few rows with a year of history",
        wanted=f"≤ {Written(bounds.psi_at_most)}",
        passed=not told or moved["psi"] <= max(bounds.psi_at_most, moved["chance"]),
        measured=told,
    )
    yield Gate(
        name="concentration",
        zh="集中度",
        en="concentration",
        found=f"最大一格 largest cell {cells['largest']:.1%}",
        wanted=f"≤ {Written(bounds.largest_grade_at_most):%}",
        passed=cells["largest"] <= bounds.largest_grade_at_most,
    )
    proofs = {
        "monotonicity": ("单调性证明", "monotonicity proved", bounds.monotone_violations_at_most),
        "reasons": ("理由证明", "reasons proved", bounds.reason_violations_at_most),
    }
    for name, (zh, en, most) in proofs.items():
        if name in figures:
            wrong = len(figures[name]["violations"])
            yield Gate(
                name=name, zh=zh, en=en, found=f"{wrong} 处违反 violations", wanted=f"≤ {most}", passed=wrong <= most
            )
