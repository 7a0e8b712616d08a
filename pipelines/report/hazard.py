"""The page of a hazard by the age of loans: what was expected beside what came, as curve and as chance by age."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.report.charts import WIDTH, fitted, legend, styled
from pipelines.report.page import template

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

    from pipelines.report.charts import Chart

OBSERVED, EXPECTED = "#0b4f8a", "#c2410c"
SEEN, SAID = "实际 Observed (Kaplan-Meier, 95 %)", "模型预期 Expected by the model"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One comparison: what it is in both languages, the table of ``models.hazard.by_age``, and lines of text."""

    title: tuple[str, str]
    table: "pd.DataFrame"
    said: Sequence[tuple[str, str]]


def hazard_page(title: tuple[str, str], panels: Sequence[Panel], protocol: tuple[str, str], length: int) -> str:
    """The page as HTML, complete in itself.

    Parameters
    ----------
    title : Chinese and English.
    panels : the comparisons, pictures first.
    protocol : how it was measured, in Chinese and English.
    length : months of a period.
    """
    shown = [
        (panel, fitted(sound_chart, panel.table, length), fitted(chance_chart, panel.table, length)) for panel in panels
    ]
    return template("hazard.html").render(title=title, panels=shown, protocol=protocol, length=length)


def sound_chart(table: "pd.DataFrame", length: int, width: int = WIDTH) -> "Chart":
    """Share still sound by age: the product-limit steps with their interval, and the curve that was expected."""
    import altair as alt
    import pandas as pd

    start = {"sound": 1.0, "sound_low": 1.0, "sound_high": 1.0, "expected_sound": 1.0, "age": 0}
    rows = table.assign(age=(table["period"] + 1) * length)[list(start)]
    shown = pd.concat([pd.DataFrame([start]), rows], ignore_index=True)
    least = float(shown[["sound_low", "expected_sound"]].min().min())
    floor = max(0.0, least - 0.03)
    scale = alt.Scale(domain=[floor, 1.0])
    base = alt.Chart(shown.assign(seen=SEEN, said=SAID)).encode(x=_age_axis(shown["age"].max(), alt))
    percent = alt.Axis(format=".0%", tickCount=5, domain=False)
    band = base.mark_area(interpolate="step-after", opacity=0.2, color=OBSERVED).encode(
        y=alt.Y("sound_low:Q", scale=scale, axis=percent, title="未核销占比 Not charged off"), y2="sound_high:Q"
    )
    steps = base.mark_line(interpolate="step-after", strokeWidth=2).encode(
        y=alt.Y("sound:Q", scale=scale), color=_colour("seen", width, alt)
    )
    curve = base.mark_line(strokeWidth=2, strokeDash=[5, 3]).encode(
        y=alt.Y("expected_sound:Q", scale=scale), color=_colour("said", width, alt)
    )
    return _sized(alt.layer(band, steps, curve), width)


def chance_chart(table: "pd.DataFrame", length: int, width: int = WIDTH) -> "Chart":
    """Chance of the event within a period by age: observed with its exact interval, and expected."""
    import altair as alt

    shown = table.assign(age=table["period"] * length + length / 2)
    base = alt.Chart(shown.assign(seen=SEEN, said=SAID)).encode(
        x=_age_axis(float(shown["age"].max()) + length / 2, alt)
    )
    percent = alt.Axis(format=".1%", tickCount=5, domain=False)
    title = f"{length}个月内核销率 Within {length} months"
    y = alt.Y("low:Q", axis=percent, title=title)
    bars = base.mark_rule(strokeWidth=1.5, color=OBSERVED).encode(y=y, y2="high:Q")
    points = base.mark_point(filled=True, size=36).encode(y="hazard:Q", color=_colour("seen", width, alt))
    curve = base.mark_line(strokeWidth=2, strokeDash=[5, 3]).encode(y="expected:Q", color=_colour("said", width, alt))
    return _sized(alt.layer(bars, points, curve), width)


def _age_axis(most: float, alt: "ModuleType") -> Any:
    years = [12 * year for year in range(int(most // 12) + 1)]
    return alt.X(
        "age:Q",
        title="贷款存续年数 Years since disbursement",
        scale=alt.Scale(domain=[0, most], nice=False),
        axis=alt.Axis(values=years, labelExpr="datum.value / 12", grid=False),
    )


def _colour(series: str, width: int, alt: "ModuleType") -> Any:
    scale = alt.Scale(domain=[SEEN, SAID], range=[OBSERVED, EXPECTED])
    return alt.Color(f"{series}:N", title=None, scale=scale, legend=legend(width, "stroke"))


def _sized(chart: "Chart", width: int) -> "Chart":
    return styled(chart.properties(width=width, height=190))
