"""Limits that move after the loan: raise (增信提额), keep, reduce, freeze, each with what decided it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.monitoring import RaiseRules

CONDITIONS = {
    "overdue": ("近12个月有逾期", "past due within the last months"),
    "growth": ("收入同比增幅不足", "true income has not grown enough"),
    "retained": ("前十大客户留存不足", "too few of the ten largest customers stayed"),
    "concentration": ("客户集中度上升", "customers more concentrated than a year ago"),
    "utilisation": ("额度使用率不足", "too little of the limit is used"),
    "alert": ("近期有预警", "a warning stood within the last months"),
    "no_model": ("无在用授信模型", "no credit model is in use"),
    "policy": ("授信政策不支持增额或不足一档", "the credit policy leaves no new money, or less than a step"),
}


def limit_actions(firms: pd.DataFrame, rules: RaiseRules, step: float) -> pd.DataFrame:
    """What becomes of each firm's limit.

    Parameters
    ----------
    firms : DataFrame
        One row a firm: ``committed`` and ``balance`` (yuan), ``overdue_months`` (of those looked back over),
        ``growth`` (income of twelve months over the year before, less 1), ``retained`` (share of the ten largest
        customers that stayed), ``hhi`` and ``hhi_before`` (of customers, now and a year ago), ``utilisation``,
        ``alert_months`` (months with a warning, of those looked back over), ``action`` (suggested by the watch list),
        ``signal`` (that asks for it), ``new_money`` (yuan that the credit policy's legs leave; NaN without a model) and
        ``leg`` (that binds it).
    rules : RaiseRules
    step : yuan of the product, down to a multiple of which a limit is raised.

    Returns
    -------
    DataFrame
        ``limit_action``, ``new_limit`` (yuan) and ``decided_by``: a signal, a condition of ``CONDITIONS``, a leg, or
        ``growth_rule`` when the rise is as large as growth asks for.

    Examples
    --------
    >>> firm = dict(committed=1e6, balance=8e5, overdue_months=0, growth=0.2, retained=0.7, hhi=0.1, hhi_before=0.1,
    ...             utilisation=0.8, alert_months=0, action="none", signal="", new_money=1.5e5, leg="turnover")
    >>> rules = RaiseRules(overdue_free_months=12, growth=0.1, retained=0.6, utilisation=0.5, quiet_months=6,
    ...                    least=0.1, most=0.3)
    >>> moved = limit_actions(pd.DataFrame([firm]), rules, 1_000).iloc[0]  # 20 % would be 200,000
    >>> moved["limit_action"], float(moved["new_limit"]), moved["decided_by"]
    ('raise', 1150000.0, 'turnover')
    """
    wanted = firms["committed"] * firms["growth"].clip(rules.least, rules.most)
    most = firms["committed"] + wanted.where(wanted <= firms["new_money"], firms["new_money"])
    rise = most.round(2) // step * step - firms["committed"]  # to the cent first: 119,999.999... is 120,000
    refusal = _refusal(firms, rise, rules)
    lowered = firms["action"].isin(("freeze", "reduce", "collect_early")).to_numpy()
    action = np.where(lowered, firms["action"], np.where(refusal == "", "raise", "keep")).astype(object)
    action[action == "collect_early"] = "reduce"
    raised = np.where(wanted <= firms["new_money"], "growth_rule", firms["leg"])
    decided = np.where(lowered, firms["signal"], np.where(refusal == "", raised, refusal))
    limit = np.where(action == "raise", firms["committed"] + rise, firms["committed"])
    limit = np.where(lowered, np.minimum(firms["balance"], firms["committed"]), limit)  # nothing new is drawn
    return pd.DataFrame({"limit_action": action, "new_limit": limit.round(2), "decided_by": decided}, index=firms.index)


def renewing_nothing(features: pd.DataFrame) -> pd.DataFrame:
    """Features of firms that ask for nothing: what of ours ends within a month stands, and is to be paid.

    Examples
    --------
    >>> firm = pd.DataFrame({"exposure_due": [120_000.0], "service_due": [1_000.0]})
    >>> renewing_nothing(firm).iloc[0].tolist()  # a twelfth of it a month, as all that falls due in a year
    [0.0, 11000.0]
    """
    due = features["service_due"] + features["exposure_due"] / 12
    return features.assign(exposure_due=0.0, service_due=due)


def _refusal(firms: pd.DataFrame, rise: pd.Series, rules: RaiseRules) -> NDArray[np.object_]:
    """The first condition of a rise that does not hold; empty when all do. What is unknown does not hold."""
    holds = {
        "overdue": firms["overdue_months"] == 0,
        "growth": firms["growth"] >= rules.growth,
        "retained": firms["retained"] >= rules.retained,
        "concentration": firms["hhi"] <= firms["hhi_before"],
        "utilisation": firms["utilisation"] >= rules.utilisation,
        "alert": firms["alert_months"] == 0,
        "no_model": firms["new_money"].notna(),
        "policy": rise > 0,
    }
    refused = np.full(len(firms), "", dtype=object)
    for name, true in reversed(holds.items()):
        refused = np.where(true, refused, name).astype(object)
    return refused
