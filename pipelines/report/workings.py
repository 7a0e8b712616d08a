"""How a decision came about, as the page shows it: legs with their inputs, what scales them, the parts of the price."""

from collections.abc import Mapping
from typing import Any

from features.catalogue import CATALOGUE
from models.limit import LEGS

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
    """One row a leg that applies; none for a decision of a model that did not tell them."""
    return [
        {
            "label": (LEG[leg["name"]].zh, LEG[leg["name"]].en) if leg["name"] in LEG else (leg["name"], ""),
            "basis": BASES[leg["basis"]],
            "stated": leg["stated"],
            "factor": "—" if leg["factor"] is None else f"{leg['factor']:.2f}",
            "value": leg["value"],
            "inputs": [(*_name(name), _number(name, value)) for name, value in leg["inputs"].items()],
            "binds": leg["name"] == decision["binding_leg"],
        }
        for leg in decision["legs"]
        if leg["value"] is not None and "inputs" in leg
    ]


def appetite_words(decision: Decision) -> list[tuple[str, str]]:
    """The parts of the factor with their names."""
    return [(APPETITE.get(name, name), f"{value:.2f}") for name, value in decision.get("appetite", {}).items()]


def price_parts(decision: Decision) -> list[tuple[str, float]]:
    """The parts of the rate with their names, and the rate."""
    price = decision.get("price")
    if not price:
        return []
    return [*((name, price[part]) for part, name in PARTS.items()), ("年利率 rate", decision["annual_rate"])]


def _name(code: str) -> tuple[str, str]:
    if code in CATALOGUE:
        return CATALOGUE[code].zh, CATALOGUE[code].en
    return DERIVED.get(code, (code, ""))


def _number(code: str, value: float | None) -> str:
    """A number as it is read: whole yuan and days, shares with three digits.

    >>> _number("", 1234567.8), _number("", 0.12345), _number("", None), _number("cycle_from", 0.0)
    ('1,234,568', '0.123', '—', '财务报表 statements')
    """
    if value is None:
        return "—"
    if code == "cycle_from":
        return DAYS_FROM[int(value)]
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.3g}"
