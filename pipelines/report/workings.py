"""How a decision came about, as the page shows it: legs with their inputs, what scales them, the parts of the price."""

from collections.abc import Mapping
from typing import Any

from features.catalogue import CATALOGUE
from features.stocks import GRADES
from models.limit import LEGS
from pipelines.report.words import NONE, number, wan

Decision = Mapping[str, Any]
LEG = {leg.name: leg for leg in LEGS}
BASES = {
    "new_money": ("新增额度", "new money"),
    "our_total": ("本行合计", "our total"),
    "all_lenders_total": ("各家合计", "all lenders"),
}
DERIVED = {
    "cash_flow_q20": ("未来12个月经营净现金流20%分位", "20 % quantile of the coming year's cash flow"),
    "cycle_days": ("营运周转天数", "days of the cycle"),
    "cycle_margin": ("销售利润率", "margin"),
    "cycle_from": ("天数来源", "days from"),
}
MONEY = ("cash_flow_q20",)

DAYS_FROM = ("财务报表 statements", "发票与收付款 invoices and payments", "行业通常值 usual of the industry")
APPETITE = {
    "grade": "等级 grade",
    "coverage": "覆盖度 coverage",
    "credibility": "可信度 credibility",
    "segment": "行业规模 segment",
    "increase": "增信提额 increase",
}
PARTS = {
    "funding": "资金成本 funding",
    "operating": "运营成本 operating",
    "capital": "资本回报 capital",
    "expected_loss": "预期损失 expected loss",
    "making": "单笔成本 making the loan",
}


def workings(decision: Decision) -> list[dict[str, Any]]:
    """One row a leg that applies; none for a decision of a model that did not tell them.

    Stated times factor less ``taken``, and at least nothing, is the value.
    """
    ours = next((leg["stated"] - leg["value"] for leg in decision["legs"] if _whole(leg)), None)
    return [
        {
            "label": (LEG[leg["name"]].zh, LEG[leg["name"]].en) if leg["name"] in LEG else (leg["name"], ""),
            "basis": BASES[leg["basis"]],
            "stated": leg["stated"],
            "factor": NONE if leg["factor"] is None else _share(leg["factor"]),
            "taken": _taken(leg, ours),
            "value": leg["value"],
            "inputs": [(*_name(name), _number(name, value)) for name, value in leg["inputs"].items()],
            "binds": leg["name"] == decision["binding_leg"],
        }
        for leg in decision["legs"]
        if leg["value"] is not None and "inputs" in leg
    ]


def appetite_words(decision: Decision) -> list[tuple[str, str]]:
    """The parts of the factor with their names."""
    return [(APPETITE.get(name, name), _share(value)) for name, value in decision.get("appetite", {}).items()]


def price_parts(decision: Decision) -> list[tuple[str, float]]:
    """The parts of the rate with their names, what rounding adds, and the rate: to the basis point they add up.

    >>> parts = {"funding": 0.019, "operating": 0.008, "capital": 0.006885, "expected_loss": 0.00522}
    >>> price_parts({"price": {**parts, "making": 0.003504}, "annual_rate": 0.0427})[-2:]
    [('取整 rounding', 0.0001), ('年利率 rate', 0.0427)]
    """
    price = decision.get("price")
    if not price:
        return []
    rate, parts = decision["annual_rate"], [(name, round(price[part], 4)) for part, name in PARTS.items()]
    rounding = round(rate - sum(share for _, share in parts), 4)
    return [*parts, *([("取整 rounding", rounding)] if rounding else []), ("年利率 rate", rate)]


def _whole(leg: Mapping[str, Any]) -> bool:
    """Whether what is left of a cap shows what the firm has of us in full."""
    return bool(leg["basis"] == "our_total" and leg.get("factor") is None and leg.get("stated") and leg["value"])


def _taken(leg: Mapping[str, Any], ours: float | None) -> str:
    """What is committed already on the leg's basis; where that leaves nothing, what it is at least."""
    if leg["basis"] == "new_money":
        return NONE
    brought = leg["stated"] * (1.0 if leg["factor"] is None else leg["factor"])
    if leg["value"] > 0:
        return wan(max(round(brought - leg["value"], 2), 0.0))
    if leg["basis"] == "our_total" and ours is not None:
        return wan(ours)
    return f"≥{wan(brought)}" if brought else NONE


def _share(value: float) -> str:
    """At least two digits, and as many as there are up to four, so that what they scale adds up.

    >>> _share(1.0), _share(0.855), _share(0.9)
    ('1.00', '0.855', '0.90')
    """
    whole = f"{value:.4f}".rstrip("0")
    return whole if len(whole) > len("0.00") else f"{value:.2f}"


def _name(code: str) -> tuple[str, str]:
    if code in CATALOGUE:
        return CATALOGUE[code].zh, CATALOGUE[code].en
    return DERIVED.get(code, (code, ""))


def _number(code: str, value: float | None) -> str:
    """A number as it is read: whole yuan and days, tax grades by letter, else as the pages of features and signals.

    >>> _number("income_sum_12m", 1234567.8), _number("income_yoy_12m", -0.12345), _number("cycle_days", None)
    ('1,234,568', '−12.3%', '—')
    >>> _number("cycle_from", 0.0), _number("tax_grade", 4.0), _number("cycle_margin", -0.0339)
    ('财务报表 statements', 'C', '−3.39%')
    """
    if value is None:
        return NONE
    if code == "cycle_from":
        return DAYS_FROM[int(value)]
    if code == "tax_grade" and value in range(1, len(GRADES) + 1):
        return GRADES[int(value) - 1]
    if (code in CATALOGUE and CATALOGUE[code].unit.startswith("CNY")) or code in MONEY:
        return f"{value:,.0f}".replace("-", "−") if abs(value) >= 0.5 else "0"
    unit = "share" if code == "cycle_margin" or "_yoy_" in code else CATALOGUE[code].unit if code in CATALOGUE else ""
    return number(value, unit)
