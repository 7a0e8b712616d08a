"""The five classes of our claims (五级分类) and the stage of expected loss beside them.

Measures for the Risk Classification of Financial Assets of Commercial Banks (商业银行金融资产风险分类办法, in force
2023-07-01). A claim has the worst class that any trigger gives; each trigger that stands at that class is named.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import Flags
from models.monitoring import ClassRules

NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS = range(5)
CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
TEXTS: Mapping[str, tuple[str, str]] = {
    "none": ("正常", "no trigger"),
    "overdue": ("逾期", "past due"),
    "misuse": ("擅自改变资金用途", "proceeds used for what the bank did not agree to"),
    "refinanced": ("借新还旧（不符合续贷条件）", "repaid out of a new loan that is no eligible renewal"),
    "restructured": ("重组观察期", "restructured, under observation"),
    "debtor_npl": (
        "同一非零售债务人在本行或他行已有不良",
        "another claim on the same non-retail debtor, here or elsewhere, is non-performing",
    ),
    "own_contagion": ("本行债权不良占比超限", "too much of the debtor's claims at the bank is non-performing"),
    "other_contagion": (
        "各行逾期90天以上占比超限",
        "too much of the debtor's debts at all banks is over 90 days past due",
    ),
}


def classify(claims: pd.DataFrame, rules: ClassRules) -> pd.DataFrame:
    """Class, its triggers, and stage of each claim.

    Parameters
    ----------
    claims : DataFrame
        One row a live loan: ``enterprise_id``, ``as_of``, ``balance`` (yuan), ``dpd`` (days), ``restructured_on``,
        ``misused`` and ``refinanced`` (booleans: proceeds misused, renewed though not eligible), ``retail`` (boolean:
        under the retail conditions, so that nothing spreads), ``balance_others`` and ``overdue_90_others`` (yuan, of
        the debtor at other lenders), and ``alarmed`` (boolean: a red warning stands).
    rules : ClassRules

    Returns
    -------
    DataFrame
        ``asset_class`` (one of ``CLASSES``), ``triggers`` (codes of ``TEXTS``, a space between) and ``stage`` (1 to 3:
        3 non-performing, 2 special mention, over ``stage_2_days`` past due, or alarmed), with the claims' index.

    Examples
    --------
    >>> rules = ClassRules(technical_days=7, substandard_days=90, doubtful_days=270, loss_days=360, own_contagion=0.1,
    ...                    other_contagion=0.2, observation_months=12, retail_ceiling=1e7, stage_2_days=30)
    >>> claim = dict(enterprise_id="a", as_of=pd.Timestamp("2025-07-01"), restructured_on=pd.NaT, misused=False,
    ...              refinanced=False, retail=False, balance_others=0.0, overdue_90_others=0.0, alarmed=False)
    >>> two = pd.DataFrame([claim | {"balance": 11.0, "dpd": 91}, claim | {"balance": 89.0, "dpd": 0}])
    >>> classify(two, rules)["asset_class"].tolist(), classify(two, rules)["triggers"].tolist()
    (['substandard', 'substandard'], ['overdue own_contagion', 'own_contagion'])
    """
    by_trigger = _own_triggers(claims, rules)
    own = _worst(by_trigger)
    by_trigger |= _contagion(claims, own >= SUBSTANDARD, rules)
    worst = _worst(by_trigger)
    stage = np.where(worst >= SUBSTANDARD, 3, np.where(_risen(claims, worst, rules), 2, 1))
    named = {code: (given == worst) & (worst > NORMAL) for code, given in by_trigger.items()}
    triggers = [" ".join(code for code, at in named.items() if at[i]) for i in range(len(claims))]
    return pd.DataFrame(
        {"asset_class": np.array(CLASSES, dtype=object)[worst], "triggers": triggers, "stage": stage},
        index=claims.index,
    )


def _own_triggers(claims: pd.DataFrame, rules: ClassRules) -> dict[str, NDArray[np.int64]]:
    """The class that each trigger of the claim itself gives."""
    days = claims["dpd"].to_numpy()
    bounds = (rules.technical_days, rules.substandard_days, rules.doubtful_days, rules.loss_days)
    observed = claims["as_of"] < claims["restructured_on"] + pd.DateOffset(months=rules.observation_months)
    return {
        "overdue": np.searchsorted(bounds, days, side="left"),
        "misuse": np.where(claims["misused"], SPECIAL_MENTION, NORMAL),
        "refinanced": np.where(claims["refinanced"], SPECIAL_MENTION, NORMAL),
        "restructured": np.where(observed, SPECIAL_MENTION, NORMAL),
    }


def _contagion(claims: pd.DataFrame, bad: Flags, rules: ClassRules) -> dict[str, NDArray[np.int64]]:
    """What bad claims do to the debtor's other claims; nothing spreads among retail claims."""
    spreads, balance, debtor = ~claims["retail"].to_numpy(bool), claims["balance"], claims["enterprise_id"]
    ours = balance.groupby(debtor).transform("sum")
    bad_ours = balance.where(bad, 0.0).groupby(debtor).transform("sum")
    late_ours = balance.where(claims["dpd"] > rules.substandard_days, 0.0).groupby(debtor).transform("sum")
    late_all = late_ours + claims["overdue_90_others"]
    at_all_banks = ours + claims["balance_others"]
    any_bad = pd.Series(bad, claims.index).groupby(debtor).transform("any") | (claims["overdue_90_others"] > 0)
    return {
        "debtor_npl": np.where(spreads & any_bad, SPECIAL_MENTION, NORMAL),
        "own_contagion": np.where(spreads & (bad_ours > (rules.own_contagion * ours).round(2)), SUBSTANDARD, NORMAL),
        "other_contagion": np.where(
            spreads & (late_all > (rules.other_contagion * at_all_banks).round(2)), SUBSTANDARD, NORMAL
        ),
    }


def _risen(claims: pd.DataFrame, worst: NDArray[np.int64], rules: ClassRules) -> Flags:
    """Whether credit risk has risen significantly since the loan was paid out."""
    risen: Flags = (worst == SPECIAL_MENTION) | (claims["dpd"] > rules.stage_2_days) | claims["alarmed"].to_numpy(bool)
    return risen


def _worst(by_trigger: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int64]:
    worst: NDArray[np.int64] = np.max(np.stack(list(by_trigger.values())), axis=0)
    return worst
