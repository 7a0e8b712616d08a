"""The charts of the loan officer's page: lengths of bars, and Altair specifications drawn to SVG without a script."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipelines.report.words import WAN, wan

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    Chart = alt.LayerChart | alt.ConcatChart | alt.HConcatChart | alt.VConcatChart | alt.FacetChart

FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
INFLOW, OUTFLOW, INCOME = "#8fb1d3", "#d9c7a7", "#0b4f8a"
BARS = {"inflow_operating": "经营流入 Operating inflow", "outflow_operating": "经营流出 Operating outflow"}
LINE = "真实经营收入 True operating income"
WIDTH, NARROW = 718, 350  # what an A4 page leaves between its margins, and a telephone, in pixels
Kind = Literal["binding", "appetite", "cap"]
STRETCH = 8.0  # a bar this many times the smallest is cut, or a far cap would leave nothing of the leg that binds


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One leg as drawn: its label, its value in yuan, and whether it binds, is an appetite leg or a cap."""

    label: str
    value: float
    kind: Kind


def leg_lengths(bars: Sequence[Bar]) -> list[tuple[Bar, float, str]]:
    """The bars, the smallest first, each with its length as a share of the longest that is drawn, and its figure."""
    longest = _cut(bars)
    return [
        (bar, round(min(bar.value, longest) / longest, 4), wan(bar.value) + (" »" if bar.value > longest else ""))
        for bar in sorted(bars, key=lambda bar: bar.value)
    ]


def is_cut(bars: Sequence[Bar]) -> bool:
    """Whether some bar is drawn shorter than it is."""
    return any(bar.value > _cut(bars) for bar in bars)


def _cut(bars: Sequence[Bar]) -> float:
    """The length of the longest bar that is drawn whole."""
    values = sorted(bar.value for bar in bars if bar.value > 0)
    return min(values[-1], max(STRETCH * values[0], values[(len(values) - 1) // 2])) if values else float(WAN)


def cash_chart(history: "pd.DataFrame", width: int = WIDTH) -> "Chart":
    """Operating inflow and outflow of each month side by side, the true operating income as a line over them.

    Parameters
    ----------
    history : DataFrame
        ``month, inflow_operating, outflow_operating, income`` in yuan.
    """
    import altair as alt

    months = [f"{month:%Y-%m}" for month in history["month"]]
    base = alt.Chart(_cash_rows(history, months)).encode(
        x=alt.X(
            "month:O",
            title=None,
            scale=alt.Scale(domain=months),
            axis=alt.Axis(labelAngle=0, labelExpr=_every(months, width), ticks=False),
        ),
        y=alt.Y("wan:Q", title="万元 (10,000 yuan)", axis=alt.Axis(tickCount=5, format=",.2~f", domain=False)),
        color=alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(domain=[*BARS.values(), LINE], range=[INFLOW, OUTFLOW, INCOME]),
            legend=legend(width, "square"),
        ),
    )
    side_by_side = alt.XOffset("series:N", sort=list(BARS.values()))
    bars = base.transform_filter(f"datum.series != '{LINE}'").mark_bar().encode(xOffset=side_by_side)
    line = base.transform_filter(f"datum.series == '{LINE}'").mark_line(strokeWidth=2, point={"size": 18})
    return styled(alt.layer(bars, line).properties(width=width, height=150))


def legend(width: int, symbol: str) -> "alt.Legend":
    """The names of series above the chart, one below the other where it is narrow."""
    import altair as alt

    direction: Literal["horizontal", "vertical"] = "horizontal" if width > NARROW else "vertical"
    return alt.Legend(orient="top", direction=direction, labelLimit=260, symbolType=symbol)


def _cash_rows(history: "pd.DataFrame", months: Sequence[str]) -> "pd.DataFrame":
    """One row a month and series in 万元; what is not known is null, which breaks the line, not drawn as zero."""
    import pandas as pd

    rows = [
        {"month": month, "series": label, "wan": None if math.isnan(amount) else float(amount) / WAN}
        for column, label in {**BARS, "income": LINE}.items()
        for month, amount in zip(months, history[column], strict=True)
    ]
    return pd.DataFrame(rows)


def _every(months: Sequence[str], width: int) -> str:
    """Label so many months that their names do not touch: twelve on a page, five on a telephone."""
    step = max(1, -(-len(months) // (12 if width > NARROW else 5)))
    return f"indexof({list(months)!r}, datum.value) % {step} == 0 ? datum.value : ''"


def styled(chart: "Chart") -> "Chart":
    """The chart in the page's letters, as wide as it was told to be with its axes."""
    import altair as alt

    single = isinstance(chart, alt.LayerChart)  # joined charts keep the widths of their parts
    fitted = chart.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding")) if single else chart
    styled: Chart = (
        fitted.configure(font=FONT, background="transparent", padding=5)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=11, titleFontSize=11, titleFontWeight="normal", gridColor="#e5e7eb", labelColor="#1f2937"
        )
        .configure_legend(labelFontSize=11, labelColor="#1f2937")
    )
    return styled


def fitted(draw: "Callable[..., Chart]", *of: Any) -> str:
    """The chart twice, as elements of which ``style.css`` shows one: as wide as a page, and as a telephone."""
    widths = {"broad": WIDTH, "narrow": NARROW}
    return "".join(f'<div class="{name}">{svg(draw(*of, width=width))}</div>' for name, width in widths.items())


def svg(chart: "Chart") -> str:
    """The chart as an SVG element to be written into a page."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(chart.to_dict(), vl_version="6.4")
    return drawn
