"""The two charts of the loan officer's page: Altair specifications drawn to SVG, without script or network."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipelines.report.words import WAN, wan

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    Chart = alt.LayerChart | alt.FacetChart

FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
COLOURS = {"binding": "#c2410c", "appetite": "#8fb1d3", "cap": "#ffffff"}
INFLOW, OUTFLOW, INCOME = "#8fb1d3", "#d9c7a7", "#0b4f8a"
BARS = {"inflow_operating": "经营流入 Operating inflow", "outflow_operating": "经营流出 Operating outflow"}
LINE = "真实经营收入 True operating income"
WIDTH = 718  # what an A4 page leaves between its margins, in pixels
Kind = Literal["binding", "appetite", "cap"]
STRETCH = 8.0  # a bar this many times the smallest is cut, or a far cap would leave nothing of the leg that binds


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One leg as drawn: its label, its value in yuan, and whether it binds, is an appetite leg or a cap."""

    label: str
    value: float
    kind: Kind


def legs_chart(bars: Sequence[Bar]) -> "Chart":
    """Horizontal bars, the smallest first; the binding leg in its own colour, caps hollow and dashed."""
    import altair as alt
    import pandas as pd

    longest = _cut(bars)
    rows = [
        {
            "label": bar.label,
            "kind": bar.kind,
            "shown": min(bar.value, longest) / WAN,
            "text": wan(bar.value) + (" »" if bar.value > longest else ""),
        }
        for bar in sorted(bars, key=lambda bar: bar.value)
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y(
            "label:N", sort=None, title=None, axis=alt.Axis(labelLimit=300, labelPadding=6, ticks=False, domain=False)
        ),
        x=alt.X("shown:Q", title=None, axis=None, scale=alt.Scale(domain=[0, longest * 1.2 / WAN])),
    )
    outline = alt.condition("datum.kind == 'cap'", alt.value("#6b7280"), alt.value(None))
    drawn = base.mark_bar(height=13, strokeDash=[3, 2]).encode(
        color=alt.Color("kind:N", scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())), legend=None),
        stroke=outline,
    )
    ink = alt.condition("datum.kind == 'binding'", alt.value(COLOURS["binding"]), alt.value("#1f2937"))
    labels = base.mark_text(align="left", dx=5, fontSize=11).encode(text="text:N", color=ink)
    return styled(alt.layer(drawn, labels).properties(width=WIDTH, height=alt.Step(20)))


def is_cut(bars: Sequence[Bar]) -> bool:
    """Whether some bar is drawn shorter than it is."""
    return any(bar.value > _cut(bars) for bar in bars)


def _cut(bars: Sequence[Bar]) -> float:
    """The length of the longest bar that is drawn whole."""
    values = sorted(bar.value for bar in bars if bar.value > 0)
    return min(values[-1], max(STRETCH * values[0], values[(len(values) - 1) // 2])) if values else float(WAN)


def cash_chart(history: "pd.DataFrame") -> "Chart":
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
            axis=alt.Axis(labelAngle=0, labelExpr=_every(months), ticks=False),
        ),
        y=alt.Y("wan:Q", title="万元 (10,000 yuan)", axis=alt.Axis(tickCount=5, format=",.2~f", domain=False)),
        color=alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(domain=[*BARS.values(), LINE], range=[INFLOW, OUTFLOW, INCOME]),
            legend=alt.Legend(orient="top", direction="horizontal", labelLimit=260, symbolType="square"),
        ),
    )
    side_by_side = alt.XOffset("series:N", sort=list(BARS.values()))
    bars = base.transform_filter(f"datum.series != '{LINE}'").mark_bar().encode(xOffset=side_by_side)
    line = base.transform_filter(f"datum.series == '{LINE}'").mark_line(strokeWidth=2, point={"size": 18})
    return styled(alt.layer(bars, line).properties(width=WIDTH, height=150))


def _cash_rows(history: "pd.DataFrame", months: Sequence[str]) -> "pd.DataFrame":
    """One row a month and series in 万元; what is not known is left out, not drawn as zero."""
    import pandas as pd

    known = [
        {"month": month, "series": label, "wan": float(amount) / WAN}
        for column, label in {**BARS, "income": LINE}.items()
        for month, amount in zip(months, history[column], strict=True)
        if not math.isnan(amount)
    ]
    return pd.DataFrame(known)


def _every(months: Sequence[str]) -> str:
    """Label so many months that their names do not touch: all of a year, every third of two."""
    step = max(1, -(-len(months) // 12))
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


def svg(chart: "Chart") -> str:
    """The chart as an SVG element to be written into a page."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(chart.to_dict(), vl_version="6.4")
    return drawn
