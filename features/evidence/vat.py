"""The VAT in a firm's sales: the rate of its industry, or the levy rate of small-scale taxpayers.

A firm that files VAT for more than a month at a time is a small-scale taxpayer; before a filing is known, a sole
proprietor is taken for one and a company is not. Assumption: a firm has one rate, that of its division of GB/T 4754.
Source: VAT Law of the People's Republic of China (in force from 2026), articles 9-11; before it, announcement 39 of
2019 of the Ministry of Finance, the State Taxation Administration and the General Administration of Customs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from features.errors import PolicyError
from features.evidence.settings import check_share

MONTH_DAYS = 31
BASIS_POINTS = 10_000  # whole numbers: a share in a query would be a decimal of the engine's choice
KEYS = ("other", "industries", "small_scale")


@dataclass(frozen=True)
class Vat:
    """Rates as shares of the sales without tax.

    ``industries`` pairs a letter or division of GB/T 4754 with its rate, ``other`` is that of the rest, ``small_scale``
    pairs the first day of a levy rate with the rate.
    """

    other: float
    industries: tuple[tuple[str, float], ...]
    small_scale: tuple[tuple[date, float], ...]

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "Vat":
        """Read the key ``vat`` of ``conf/flow_rules.yaml``.

        Raises
        ------
        PolicyError
            When a key is unknown or missing, a rate is no share, an industry has two rates, or a date is none.
        """
        if set(content) != set(KEYS):
            raise PolicyError(
                f"vat 的键为 {sorted(content)}，应为 {'、'.join(KEYS)}",
                f"vat has the keys {sorted(content)}, expected {', '.join(KEYS)}",
                "flow_rules.yaml",
            )
        pairs = [(str(code), rate) for rate, codes in content["industries"].items() for code in codes]
        twice = sorted({code for code, _ in pairs if [other for other, _ in pairs].count(code) > 1})
        if twice:
            raise PolicyError(
                f"vat.industries 为 {'、'.join(twice)} 写了两个税率，请保留一个",
                f"vat.industries gives two rates to {', '.join(twice)}; leave one",
                "flow_rules.yaml",
            )
        for day in content["small_scale"]:
            if not isinstance(day, date):
                raise PolicyError(
                    f"vat.small_scale 起始于“{day}”，应为日期 YYYY-MM-DD",
                    f"vat.small_scale starts on '{day}', expected a date YYYY-MM-DD",
                    "flow_rules.yaml",
                )
        return cls(
            _rate("other", content["other"]),
            tuple((code, _rate(f"industries.{rate}", rate)) for code, rate in pairs),
            tuple(sorted((day, _rate(f"small_scale.{day}", rate)) for day, rate in content["small_scale"].items())),
        )

    def of(self, industry: ir.StringValue) -> ir.IntegerValue:
        """The general rate of an industry, in basis points."""
        by_code = [ibis.cases(*((code == name, _points(rate)) for name, rate in self.industries), else_=None)
                   for code in (industry, industry.substr(0, 1))] if self.industries else []  # fmt: skip
        return ibis.coalesce(*by_code, _points(self.other)).cast("int64")

    def levy(self, day: ir.DateValue) -> ir.IntegerValue:
        """The levy rate in force on a day, in basis points; null before the first."""
        newest_first = reversed(self.small_scale)
        return ibis.cases(*((day >= since, _points(rate)) for since, rate in newest_first), else_=None).cast("int64")


UNTAXED = Vat(0.0, (), ((date(1900, 1, 1), 0.0),))


def vat(facts: Mapping[str, ir.Table], rates: Vat) -> ir.Table:
    """The panel's table of rates: ``enterprise_id``, ``known_on`` and the ``rate`` that holds for dates after it.

    A rate is told anew on each day on which the firm's entry in the register or the kind of its filings changes, and
    on the eve of each change of the levy rate.
    """
    firm = facts["enterprise"].select(
        "enterprise_id", "industry", day="known_at", sole=facts["enterprise"].sole_proprietor.fill_null(False)
    )
    filing = _filings(facts["tax_filing"])
    eves = [since - timedelta(days=1) for since, _ in rates.small_scale]
    first = firm.group_by("enterprise_id").agg(first=firm.day.min())
    scheduled = first.mutate(day=ibis.array([ibis.literal(eve) for eve in eves]).unnest())
    scheduled = scheduled.filter(scheduled.day > scheduled.first).select("enterprise_id", "day")
    days = ibis.union(
        firm.select("enterprise_id", "day"), filing.select("enterprise_id", "day"), scheduled, distinct=True
    )
    told = _held(days, firm, ("industry", "sole"))
    told = told.left_join(_held(days, filing, ("long",)), ["enterprise_id", "day"])
    small = ibis.coalesce(told.long, told.sole)
    points = ibis.ifelse(small, rates.levy((told.day + ibis.interval(days=1)).cast("date")), rates.of(told.industry))
    return told.select("enterprise_id", known_on="day", rate=points.cast("float64") / BASIS_POINTS)


def vat_rates(rates: ir.Table, population: ir.Table) -> ir.Table:
    """The rate of each question's firm: ``row`` and ``base_vat_rate``; a firm that is not known has no row.

    ``rates`` is the table ``vat`` of the panel.
    """
    seen = population.select("row", "enterprise_id", "as_of").join(rates, "enterprise_id")
    seen = seen.filter(seen.known_on < seen.as_of)
    return seen.group_by("row").agg(base_vat_rate=seen.rate.argmax(seen.known_on))


def _filings(filing: ir.Table) -> ir.Table:
    """Days from which on VAT filings cover more than a month, or again no more: ``enterprise_id, day, long``."""
    filing = filing.filter(filing.kind == "vat")
    long = filing.period_end.delta(filing.period_start, unit="day") >= MONTH_DAYS
    # of two that end on one day the longer tells, whatever the order of rows
    ends = filing.period_end.delta(ibis.date("1970-01-01"), unit="day") * 2 + long.cast("int64")
    filing = filing.mutate(long=long, ends=ends)
    told = filing.group_by("enterprise_id", day="known_at").agg(long=filing.long.argmax(filing.ends))
    before = told.long.lag().over(ibis.window(group_by="enterprise_id", order_by="day"))
    told = told.mutate(before=before)
    return told.filter(told.before.isnull() | (told.before != told.long)).drop("before")


def _held(days: ir.Table, news: ir.Table, names: tuple[str, ...]) -> ir.Table:
    """What of ``news`` holds at the end of each of a firm's days; a day before all news is left out."""
    news = news.rename({f"news_{name}": name for name in news.columns})
    at = days.join(news, [days.enterprise_id == news.news_enterprise_id, days.day >= news.news_day])
    return at.group_by("enterprise_id", "day").agg(**{n: at[f"news_{n}"].argmax(at.news_day) for n in names})


def _points(rate: float) -> int:
    return round(rate * BASIS_POINTS)


def _rate(name: str, value: Any) -> float:
    return check_share(f"flow_rules.yaml: vat.{name}", value)
