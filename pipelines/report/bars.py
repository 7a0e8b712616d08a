"""Where the bars of a waterfall stand: plain geometry, drawn by the template so that each bar is a link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from features.evidence.income import DEDUCTIONS
from pipelines.report.words import wan

Figures = Mapping[str, Decimal]
LABELS, FIGURES = 360, 112  # pixels left of the bars, and of these for figures: a telephone shows both without a turn
WIDTH, ROW = 1000, 24
SPACE = WIDTH - LABELS - 10
COLUMN_HEIGHT, FOOT, HEAD = 190, 34, 18
BASE = HEAD + COLUMN_HEIGHT


@dataclass(frozen=True)
class Bar:
    """One step: from ``x`` over ``width`` pixels; ``kind`` is gross, deduction or income."""

    step: str
    kind: str
    x: float
    width: float
    y: int
    value: Decimal


@dataclass(frozen=True)
class Waterfall:
    """The bars of a window or month, and the ends of the interval in pixels."""

    bars: tuple[Bar, ...]
    low: float
    high: float
    zero: float
    height: int


def waterfall_bars(figures: Figures) -> Waterfall:
    """Gross inflow, each deduction that is not nothing hanging from the one before, and true operating income."""
    largest = max(figures["gross_inflow"], figures["income_high"], Decimal(1))
    smallest = min(figures["income_low"], figures["income"], Decimal(0))

    def at(value: Decimal) -> float:
        return round(LABELS + SPACE * float((value - smallest) / (largest - smallest)), 1)

    spans = [("gross_inflow", "gross", Decimal(0), figures["gross_inflow"])]
    left = figures["gross_inflow"]
    for step in DEDUCTIONS:
        if figures[step]:
            spans.append((step, "deduction", left - figures[step], left))
            left -= figures[step]
    start, end = sorted((Decimal(0), figures["income"]))
    spans.append(("income", "income", start, end))
    bars = tuple(
        Bar(step, kind, at(start), max(round(at(end) - at(start), 1), 1.0), ROW * place, figures[step])
        for place, (step, kind, start, end) in enumerate(spans)
    )
    return Waterfall(bars, at(figures["income_low"]), at(figures["income_high"]), at(Decimal(0)), ROW * len(bars) + 16)


@dataclass(frozen=True)
class Column:
    """One month: gross inflow behind, true operating income before it, and the interval; ``y`` grows downwards."""

    month: date
    x: float
    width: float
    gross_y: float
    income_y: float
    income_height: float
    low_y: float
    high_y: float
    label: str


def month_columns(months: Mapping[date, Figures], silent: Sequence[date] = ()) -> tuple[Sequence[Column], float]:
    """A column for each month, and where zero is; ``silent`` months after the first have a place and no column."""
    largest = max(max(figures["gross_inflow"], figures["income_high"]) for figures in months.values()) or Decimal(1)
    smallest = min(Decimal(0), *(figures["income_low"] for figures in months.values()))

    def at(value: Decimal) -> float:
        return round(HEAD + COLUMN_HEIGHT * float((largest - value) / (largest - smallest)), 1)

    places = {month: place for place, month in enumerate(sorted({*months, *(m for m in silent if m > min(months))}))}
    step = WIDTH / len(places)
    columns = [
        Column(
            month=month,
            x=round(step * places[month] + step * 0.18, 1),
            width=round(step * 0.64, 1),
            gross_y=at(figures["gross_inflow"]),
            income_y=at(max(figures["income"], Decimal(0))),
            income_height=round(abs(at(figures["income"]) - at(Decimal(0))), 1),
            low_y=at(figures["income_low"]),
            high_y=at(figures["income_high"]),
            label=wan(float(figures["income"])),
        )
        for month, figures in months.items()
    ]
    return columns, at(Decimal(0))
