"""The waterfall of one firm as of a date, from a store: asked for with consent, on the record, month by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from features.engine import connected
from features.errors import WindowError
from features.evidence.coverage import differences
from features.evidence.income import ENDS, STEPS, revenue, waterfall
from pipelines.features import asked_of
from pipelines.panel import panel
from pipelines.record import Event, Record
from pipelines.score import Query, permitted
from pipelines.store import Store

REVENUE = "revenue_ex_vat"
FIGURES = (*STEPS, *ENDS, REVENUE)
CENT = Decimal("0.01")
WINDOW = 12  # whole months before a date
TEXTS = {
    "gross_inflow": ("总流入", "gross inflow"),
    "own_transfer": ("减：同名账户互转", "less own transfers"),
    "financing": ("减：融资流入", "less borrowed money"),
    "related_party": ("减：关联方往来", "less related parties"),
    "wash": ("减：循环与快进快出", "less circular flows"),
    "refund": ("减：收到的退款", "less refunds received"),
    "investment": ("减：投资理财", "less investments"),
    "non_operating": ("减：非经营性流入", "less non-operating"),
    "tax": ("减：退税", "less tax refunds"),
    "social_insurance": ("减：社保退回", "less social insurance"),
    "utility": ("减：水电气退费", "less utilities"),
    "payroll": ("减：工资退回", "less payroll"),
    "rent": ("减：租金退回", "less rent"),
    "interest": ("减：存款利息", "less interest"),
    "fee": ("减：费用退回", "less fees"),
    "insurance": ("减：保险", "less insurance"),
    "owner": ("减：业主投入", "less owner's money"),
    "unknown": ("减：性质不明", "less unknown"),
    "cash_haircut": ("减：现金折扣", "less haircut on cash"),
    "refunds_paid": ("减：付出的退款", "less refunds paid"),
    "income": ("真实经营收入", "true operating income"),
    "income_low": ("存疑全部不计：下限", "lower end, every doubt against"),
    "income_high": ("存疑全部计入：上限", "upper end, every doubt for"),
    REVENUE: ("不含税销售收入（票据按收到计）", "sales without VAT, bills when received"),
}
Figures = Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Income:
    """Figures by name in yuan, over the window and for each of its months that is known, the oldest first.

    ``vat_rate`` is the share by which sales are divided, none when the firm's entry in the register is not known.
    """

    enterprise_id: str
    as_of: date
    window: int
    vat_rate: float | None
    total: Figures
    months: Mapping[date, Figures]

    @property
    def silent(self) -> list[date]:
        """Months of the window of which no flow is known, the oldest first; figures count them as nothing."""
        end = self.as_of.year * 12 + self.as_of.month - 1
        window = (date(number // 12, number % 12 + 1, 1) for number in range(end - self.window, end))
        return [month for month in window if month not in self.months]

    def json(self) -> dict[str, Any]:
        """The published shape: figures as texts to the cent, of the window and of each month."""
        return {
            "enterprise_id": self.enterprise_id,
            "as_of": self.as_of.isoformat(),
            "window_months": self.window,
            "vat_rate": self.vat_rate,
            **_texts(self.total),
            "months": [{"month": f"{month:%Y-%m}", **_texts(figures)} for month, figures in self.months.items()],
            "months_without_flows": [f"{month:%Y-%m}" for month in self.silent],
        }


def asked_income(store: Store, enterprise_id: str, query: Query) -> tuple[Income, Event]:
    """As ``income``, once consent is there and the query is on the record; gives the record's event too.

    Raises
    ------
    ConsentError
        When no live consent covers the firm, the purpose and the date; the refusal is on the record.
    UnknownEnterpriseError
        When the store holds no such firm; the attempt is on the record.
    """
    with Record() as record:
        consent = permitted(store, enterprise_id, query, record)
        (event,) = record.append(query.draft("query", enterprise_id, consent, what="income"))
    return income(store, enterprise_id, query.as_of), event


def income(store: Store, enterprise_id: str, as_of: date, window: int = WINDOW) -> Income:
    """The waterfall, the interval and the sales without VAT over the ``window`` whole months before ``as_of``.

    Raises
    ------
    WindowError
        When no flow of the firm is known in these months.
    """
    with connected() as backend:
        asked = asked_of(backend, [enterprise_id], as_of)
        tables = panel(store, backend)
        steps = waterfall(tables["flow"], asked, window, monthly=True).to_pyarrow().to_pylist()
        sales = revenue(tables, asked, window).to_pyarrow().to_pylist()
    if not steps:
        raise WindowError(
            f"企业 {enterprise_id} 在 {as_of} 之前 {window} 个月内没有已知的资金流，应有账户流水、平台统计或发票，"
            "请先导入或改用更晚的日期",
            f"firm {enterprise_id}: no flow is known in the {window} months before {as_of}; expected account lines, "
            "platform statistics or invoices: ingest them, or ask for a later date",
        )
    rate = sales[0]["vat_rate"] if sales else None
    told = {_day(row["month"]): row for row in steps}
    billed = {_day(row["month"]): _without(row["revenue"], rate) for row in sales}
    months = {
        month: {**{name: told.get(month, {}).get(name, Decimal(0)) for name in (*STEPS, *ENDS)},
                REVENUE: billed.get(month, Decimal(0))}
        for month in sorted({*told, *billed})
    }  # fmt: skip
    return Income(
        enterprise_id=enterprise_id,
        as_of=as_of,
        window=window,
        vat_rate=rate,
        total={name: sum((figures[name] for figures in months.values()), Decimal(0)) for name in FIGURES},
        months=months,
    )


def differing(store: Store, enterprise_id: str, as_of: date) -> list[dict[str, Any]]:
    """Where own lines and platform statistics of one bank do not agree, over the ``WINDOW`` before ``as_of``.

    Bank, month, category and direction with amount (yuan) and count by lines and by statistics; empty where they agree
    or no month is told by both.
    """
    with connected() as backend:
        compared = panel(store, backend)["compared"]
        found = differences(compared, asked_of(backend, [enterprise_id], as_of), WINDOW).drop("row")
        rows: list[dict[str, Any]] = found.to_pyarrow().to_pylist()
    return rows


def _day(month: date) -> date:
    """A month's first day, which the engine may give as a time."""
    return date(month.year, month.month, 1)


def _without(sales: Decimal, rate: float | None) -> Decimal:
    """Sales without the VAT in them, to the cent.

    >>> _without(Decimal("113.00"), 0.13), _without(Decimal("113.00"), None)
    (Decimal('100.00'), Decimal('113.00'))
    """
    return (sales / (1 + Decimal(str(rate or 0)))).quantize(CENT, ROUND_HALF_UP)


def _texts(figures: Figures) -> dict[str, str]:
    return {name: f"{value:.2f}" for name, value in figures.items()}
