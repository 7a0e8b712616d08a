"""Where the bars of a waterfall and of its months stand: shares of a scale, laid out by ``style.css``."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from features.evidence.income import DEDUCTIONS
from pipelines.report.words import wan

Figures = Mapping[str, Decimal]


@dataclass(frozen=True)
class Span:
    """From where on a scale to where, in per cent of it."""

    start: float
    end: float

    @property
    def style(self) -> str:
        """As ``style.css`` reads it."""
        return f"--from: {self.start:g}%; --size: {self.end - self.start:.2f}%"


@dataclass(frozen=True)
class Scale:
    """A scale that shows zero, ``smallest`` and ``largest``."""

    smallest: Decimal
    largest: Decimal

    @property
    def zero(self) -> float:
        """Where nothing is."""
        return self.span(Decimal(0), Decimal(0)).start

    def span(self, one: Decimal, other: Decimal) -> Span:
        """Between two amounts, whichever is the smaller."""
        length = self.largest - self.smallest
        start, end = (round(100 * float((each - self.smallest) / length), 2) for each in sorted((one, other)))
        return Span(start, end)


@dataclass(frozen=True)
class Bar:
    """One step; ``kind`` is gross, deduction or income."""

    step: str
    kind: str
    span: Span
    value: Decimal


@dataclass(frozen=True)
class Waterfall:
    """The bars of a window or month, the interval that doubt leaves open, and where zero is."""

    bars: tuple[Bar, ...]
    interval: Span
    zero: float


def waterfall_bars(figures: Figures) -> Waterfall:
    """Gross inflow, each deduction that is not nothing hanging from the one before, and true operating income."""
    scale, left = _scale([figures]), figures["gross_inflow"]
    bars = [Bar("gross_inflow", "gross", scale.span(Decimal(0), left), left)]
    for step in DEDUCTIONS:
        if figures[step]:
            bars.append(Bar(step, "deduction", scale.span(left - figures[step], left), figures[step]))
            left -= figures[step]
    bars.append(Bar("income", "income", scale.span(Decimal(0), figures["income"]), figures["income"]))
    return Waterfall(tuple(bars), scale.span(figures["income_low"], figures["income_high"]), scale.zero)


@dataclass(frozen=True)
class Column:
    """One month, the ``place``-th: gross inflow behind, true operating income before it, and the interval."""

    month: date
    place: int
    gross: Span
    income: Span
    interval: Span
    label: str


def month_columns(months: Mapping[date, Figures], silent: Sequence[date] = ()) -> tuple[Sequence[Column], float]:
    """A column for each month, and where zero is; ``silent`` months after the first have a place and no column."""
    scale, nothing = _scale(months.values()), Decimal(0)
    places = sorted({*months, *(month for month in silent if month > min(months))})
    columns = [
        Column(
            month=month,
            place=places.index(month) + 1,
            gross=scale.span(nothing, figures["gross_inflow"]),
            income=scale.span(nothing, figures["income"]),
            interval=scale.span(figures["income_low"], figures["income_high"]),
            label=wan(float(figures["income"])),
        )
        for month, figures in months.items()
    ]
    return columns, scale.zero


def _scale(shown: Collection[Figures]) -> Scale:
    smallest = min(min(figures["income_low"], figures["income"], Decimal(0)) for figures in shown)
    largest = max(max(figures["gross_inflow"], figures["income_high"]) for figures in shown)
    return Scale(smallest, max(largest, smallest + 1))
