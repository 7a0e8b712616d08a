"""How figures and answers read on a page: yuan with a reading in 万元, dates, and both languages."""

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from features.catalogue import EVERY
from features.catalogue.feature import FAMILIES, Text

WAN, YI = 10_000, 100_000_000
NONE = "—"
EFFECTS = {
    "declines": ("不予准入", "declines", "decline"),
    "refers": ("转人工", "refers", "refer"),
    "limits": ("决定额度", "sets the limit", "plain"),
    "raises_risk": ("推高风险", "raises risk", "decline"),
    "supports": ("支持授信", "supports", "admit"),
}

# By the first word of a reason's code, where it names no feature.
RULES = {
    "admission": Text("准入规则", "rule of admission"),
    "referral": Text("人工审查规则", "rule of referral"),
    "limit": Text("额度测算", "limit"),
    "price": Text("定价", "price"),
    "term": Text("期限", "term"),
    "manual": Text("人工评分卡", "manual scorecard"),
}


def grouped(reasons: Iterable[Mapping[str, Any]]) -> list[tuple[str, Text, list[Mapping[str, Any]]]]:
    """Effect, heading and reasons of each family or kind of rule, in the order of the first of each: it decided first.

    >>> codes = ["income_cv_12m", "income_mean_3m", "income_cv_6m", "limit.capacity"]
    >>> [(at.en, len(some)) for _, at, some in grouped({"code": c, "effect": "raises_risk"} for c in codes)]
    [('stability', 2), ('level of flows', 1), ('limit', 1)]
    """
    found: dict[tuple[str, Text], list[Mapping[str, Any]]] = {}
    for reason in reasons:
        code = reason["code"]
        heading = (
            FAMILIES[EVERY[code].family] if code in EVERY else RULES.get(code.split(".")[0], Text("其他", "other"))
        )
        found.setdefault((reason["effect"], heading), []).append(reason)
    return [(*of, some) for of, some in found.items()]


def yuan(value: float | None) -> str:
    """Whole yuan with separators.

    >>> yuan(1234567.2)
    '1,234,567 元'
    """
    return NONE if value is None else f"{value:,.0f} 元"


def cents(value: Decimal) -> str:
    """Yuan to the cent, with separators.

    >>> cents(Decimal("1234567.80"))
    '1,234,567.80'
    """
    return f"{value:,.2f}"


def wan(value: float | None) -> str:
    """The short reading that a loan officer says aloud: 万元, or 亿元 and its 万 from a hundred million on.

    >>> wan(800000), wan(1234567), wan(250000000), wan(199900000), wan(3000), wan(0)
    ('80万元', '123.46万元', '2.5亿元', '1.999亿元', '0.3万元', '0元')
    """
    if value is None or math.isnan(value):
        return NONE
    if not value:
        return "0元"
    size, unit, places = (YI, "亿元", 4) if abs(value) >= YI else (WAN, "万元", 2)
    return f"{value / size:,.{places}f}".rstrip("0").rstrip(".") + unit


def percent(value: float | None) -> str:
    """A share as a percentage with two decimals.

    >>> percent(0.0485), percent(float("nan"))
    ('4.85%', '—')
    """
    return NONE if value is None or math.isnan(value) else f"{value:.2%}"


def risk(decision: Mapping[str, Any]) -> str:
    """The probability of default with the interval of its calibration, where the decision tells one.

    >>> risk({"pd": 0.0312, "pd_low": 0.0201, "pd_high": 0.048}), risk({"pd": 0.0312})
    ('3.12% (2.01% – 4.80%)', '3.12%')
    """
    low, high = decision.get("pd_low"), decision.get("pd_high")
    told = "" if low is None else f" ({percent(low)} – {percent(high)})"
    return percent(decision["pd"]) + told


def answer(decision: Mapping[str, Any]) -> dict[str, str]:
    """The answer in one word of each language, and the tone in which the page shows it.

    A firm for which no limit can be computed is not admitted and yet referred: a person decides. A scenario of stress
    may have no answer.

    >>> answer({"admitted": False, "referral": True})["en"]
    'Refer to a person'
    """
    if decision["admitted"] is None:
        return {"zh": "未测", "en": "Not measured", "tone": "plain"}
    if decision["referral"]:
        return {"zh": "转人工审查", "en": "Refer to a person", "tone": "refer"}
    if decision["admitted"]:
        return {"zh": "准入", "en": "Admit", "tone": "admit"}
    return {"zh": "不予准入", "en": "Decline", "tone": "decline"}


def moment(at: str | None) -> str:
    """The record's time to the second.

    >>> moment("2026-11-22T13:45:12.123456Z")
    '2026-11-22 13:45:12 UTC'
    """
    return f"{at[:19].replace('T', ' ')} UTC" if at else NONE


def number(value: float, unit: str) -> str:
    """A value of a feature for people: yuan in 万 and 亿, shares in percent, else three digits that count.

    >>> number(1234567.0, "CNY"), number(-250.4, "CNY"), number(0.12345, "share"), number(0.0, "ratio")
    ('123万', '−250', '12.3%', '0')
    >>> number(12345.6, "kWh"), number(1.2345, "ratio"), number(0.00001, "ratio"), number(36.0, "months")
    ('12,346', '1.23', '≈0', '36')
    """
    if unit.startswith("CNY"):
        size, word = (YI, "亿") if abs(value) >= YI else (WAN, "万") if abs(value) >= WAN else (1, "")
        return _digits(value / size) + word
    return _digits(value * 100) + "%" if unit.startswith("share") else _digits(value)


def _digits(value: float) -> str:
    if not math.isfinite(value):
        return NONE
    size = abs(value)
    sign = "−" if value < 0 else ""
    if 0 < size < 0.0001:
        return "≈0"
    places = min(4, max(0, 2 - math.floor(math.log10(size)))) if size else 0
    text = f"{size:,.{places}f}"
    return sign + (text.rstrip("0").rstrip(".") if places else text)
