"""Real loans after disbursement: the hazard of a charge-off by the loan's age, out of time, beside Kaplan-Meier.

Twice: by vintage, where loans approved from a cut on are judged by what befell those approved before it; and strictly
by the calendar, where from each origin on the loans that are still sound are judged for two years by a model that
learned from nothing but what had been told by the origin. Both as fitted, and restated each quarter by what was told
before it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.arrays import Floats
from models.hazard import by_age, fit_hazard, loan_periods, product_limit
from models.metrics import auc, paired
from models.recalibration import CREDIBILITY, WINDOW, observed_to_expected, rolled
from pipelines.evaluation.sba import MAIN, SINCE, columns, labelled, ranking_and_level

LENGTH, PERIODS = 6, 20  # months of a period, and how many are followed: ten years
ORIGINS, AHEAD = ("2006-01-01", "2008-01-01", "2010-01-01", "2012-01-01"), 24
MONTH = 365.25 / 12
BAND = 2  # periods that are restated together: a year of age
YEARS = PERIODS // BAND
PROTOCOL = (
    "Loans x half-years of age to ten years, loans approved since 1990, each watched until its charge-off or the "
    "last charge-off in the register (censored). main: learned from the loans approved before 2005, calibrated on "
    f"held-out loans of these, judged on those approved later. strict: at each origin ({', '.join(ORIGINS)}) a "
    "model learns from the half-years that had ended by then; the map from score to chance is learned on the last "
    f"year of these by a ranking of what was before it; it is judged on the half-years that begin in the {AHEAD} "
    "months from the origin. The register does not say when a loan was paid, and Term knows the outcome, so a paid "
    "loan stays in the count: the curve is the share not charged off, and the hazard that of all loans not charged "
    "off, lower than that of loans not yet paid. A charge-off is told long after a loan fails; the age is that of "
    "the charge-off. restated: on the first day of each quarter the hazard of each year of age is multiplied by the "
    f"charge-offs of the {WINDOW} months before over those expected in them, with credibility of {CREDIBILITY:g} "
    "charge-offs; main counts the loans judged alone, since those learned from tell a model what it knows."
)
PROTOCOL_ZH = (
    "样本：贷款 × 存续半年，至多十年；1990 年起批准的贷款，观察至核销或登记中最后一笔核销（删失）。"
    "较晚批次：由 2005 年前批准的贷款学习，以其留出的贷款校准，在此后批准的贷款上检验。"
    f"按日历滚动：每个时点（{'、'.join(ORIGINS)}）只用当时已结束的半年学习，分数到概率的映射取自其中最后一年，"
    f"在其后 {AHEAD} 个月内开始的半年上检验。登记不载结清日期，而期限一栏含有结果，故已结清的贷款仍计入："
    "曲线为未核销占比，风险为全部未核销贷款的风险，低于尚未结清者。核销远晚于违约，账龄为核销时的账龄。"
    f"重述：每季首日，各年账龄的风险乘以此前 {WINDOW} 个月实际与预期核销之比，信度相当于 {CREDIBILITY:g} 笔核销；"
    "较晚批次只计被检验的贷款。图中竖线与阴影为 95% 区间。"
)


@dataclass(frozen=True)
class LoanAge:
    """Figures for ``metrics.json``, and for the picture the later vintages by age, expected beside observed."""

    figures: dict[str, Any]
    vintages: pd.DataFrame
    calendar: pd.DataFrame


def loan_age(loans: pd.DataFrame) -> LoanAge:
    """Measure the hazard of loans as of ``read_sba``, by vintage and by the calendar."""
    rows, x = panel(loans)
    later = _later_vintages(rows, x)
    judged = pd.concat([_ahead(rows, x, pd.Timestamp(origin)) for origin in ORIGINS], ignore_index=True)
    main, strict = _told(later), _told(judged)
    strict["origins"] = [{"origin": origin, **_figures(part)} for origin, part in judged.groupby("origin")]
    whole = product_limit(rows["period"], rows["event"])
    figures = {"protocol": PROTOCOL, **main, "strict": strict, "kaplan_meier_of_all": whole.to_dict("records")}
    return LoanAge(figures, *(_restated_by_age(part) for part in (later, judged)))


def _told(judged: pd.DataFrame) -> dict[str, Any]:
    """Figures of the chances as fitted, and ``restated``."""
    restated = judged.assign(chance=judged["restated"])
    fitted = _figures(judged) | _ages(judged)
    return fitted | {"restated": _figures(restated) | _ages(restated)}


def _restated_by_age(judged: pd.DataFrame) -> pd.DataFrame:
    return by_age(judged["period"], judged["event"], judged["restated"])


def _ages(judged: pd.DataFrame) -> dict[str, Any]:
    """How many ages lie in their interval, as expected and after one factor brings the level to what was observed."""
    table = by_age(judged["period"], judged["event"], judged["chance"])
    years = observed_to_expected(judged["band"], judged["event"], judged["chance"])
    level = table["events"].sum() / (table["expected"] * table["at_risk"]).sum()
    shape = (table["low"] <= table["expected"] * level) & (table["expected"] * level <= table["high"])
    return {
        "ages_within_interval": f"{int(table['within'].sum())} of {len(table)}",
        "observed_to_expected": float(level),
        "ages_within_interval_after_level": f"{int(shape.sum())} of {len(table)}",
        "years_within_interval": f"{int(((years['low'] <= 1) & (years['high'] >= 1)).sum())} of {len(years)}",
        "by_year_of_age": years.to_dict("records"),
        "by_age": table.to_dict("records"),
    }


def _later_vintages(rows: pd.DataFrame, x: pd.DataFrame) -> pd.DataFrame:
    """Chances of the loans approved from the cut on, by a model of those approved before it."""
    asked = (rows["approved"] >= MAIN.cut).to_numpy()
    known = rows[~asked]
    model = fit_hazard(labelled(x[~asked], known["event"].to_numpy(dtype=float), known["loan"].to_numpy()))
    chance = model.probability(x[asked].to_numpy(dtype=float))
    judged = rows[asked].assign(chance=chance, age_alone=_age_alone(known, rows[asked]))
    return judged.assign(restated=rolled(judged, judged, YEARS))


def panel(loans: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Loans x half-years, each with the dates on which it begins and ends, and what the model reads of it."""
    dated = (loans["charged_off"] == 0) | loans["charged_off_on"].notna()
    told = loans[(loans["approved"] >= SINCE) & dated].reset_index(drop=True)
    end = told["charged_off_on"].fillna(told["charged_off_on"].max())
    watched = (end - told["disbursed"]).dt.days / MONTH
    kept = watched >= 0
    told, watched = told[kept].reset_index(drop=True), watched[kept]
    rows = loan_periods(watched, told["charged_off_on"].notna(), LENGTH, PERIODS)
    disbursed = told["disbursed"].to_numpy()[rows["loan"]]
    days = np.round(np.arange(PERIODS + 1) * LENGTH * MONTH).astype("timedelta64[D]")
    begin, finish = disbursed + days[rows["period"]], disbursed + days[rows["period"] + 1]
    x = columns(told).iloc[rows["loan"]].reset_index(drop=True).assign(age_months=rows["period"] * float(LENGTH))
    approved = told["approved"].to_numpy()[rows["loan"]]
    left = pd.Series(told["charged_off_on"].to_numpy()[rows["loan"]]).where(rows["event"] == 1)
    band = rows["period"] // BAND
    return rows.assign(approved=approved, begin=begin, end=finish, left=left, band=band), x


def _ahead(rows: pd.DataFrame, x: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    """Chances, given on the origin, of the half-years that begin within the months ahead of it."""
    known = rows["end"] <= origin
    later = rows.loc[known, "begin"] >= origin - pd.DateOffset(months=12 + LENGTH)
    learned = labelled(x[known], rows.loc[known, "event"].to_numpy(dtype=float), rows.loc[known, "loan"].to_numpy())
    model = fit_hazard(learned, later=later.to_numpy())
    near = (rows["end"] > origin - pd.DateOffset(months=WINDOW)) & (
        rows["begin"] < origin + pd.DateOffset(months=AHEAD)
    )
    told = rows[near].assign(chance=model.probability(x[near].to_numpy(dtype=float)))
    ahead = told[told["begin"] >= origin]
    alone = _age_alone(rows[known], ahead)
    return ahead.assign(restated=rolled(told, ahead, YEARS), age_alone=alone, origin=str(origin.date()))


def _age_alone(learned: pd.DataFrame, asked: pd.DataFrame) -> Floats:
    """The naive bar: the share of each age that was charged off before the origin."""
    share = learned.groupby("period")["event"].mean()
    return asked["period"].map(share).fillna(share.mean()).to_numpy()


def _figures(judged: pd.DataFrame) -> dict[str, Any]:
    y, p = judged["event"].to_numpy(dtype=float), judged["chance"].to_numpy()
    return ranking_and_level(y, p) | {
        "loans": int(judged["loan"].nunique()),
        "age_alone": {
            "auc": auc(y, judged["age_alone"]),
            "paired": paired(y, p, judged["age_alone"]),
        },
    }
