"""The pictures of a validation dossier: Altair specifications, drawn to SVG by ``charts.fitted``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipelines.report.charts import NARROW, WIDTH, legend, styled

if TYPE_CHECKING:
    from pipelines.report.charts import Chart

INK, BLUE, PALE, RED, GREY = "#1f2937", "#0b4f8a", "#8fb1d3", "#c2410c", "#9ca3af"
Rows = Sequence[Mapping[str, Any]]
PERCENT, FINE = ".0%", ".1~%"


def curves_chart(points: Rows, width: int = WIDTH) -> "Chart":
    """ROC, and CAP to its right or below; the dashed line is a score that tells nothing."""
    import altair as alt

    frame, side_by_side = _data(points), width > NARROW
    whole = alt.Scale(domain=[0, 1])

    def one(x: str, title: str, x_title: str) -> Any:
        line = alt.Chart(frame).mark_line(color=BLUE, strokeWidth=2).encode(
            x=alt.X(f"{x}:Q", title=x_title, scale=whole, axis=alt.Axis(format=PERCENT, tickCount=5)),
            y=alt.Y("bad:Q", title="违约 defaults found", scale=whole, axis=alt.Axis(format=PERCENT, tickCount=5)),
            order="share:Q",
        )  # fmt: skip
        chance = alt.Chart(_data([{"a": 0, "b": 0}, {"a": 1, "b": 1}])).mark_line(color=GREY, strokeDash=[4, 3])
        both = alt.layer(chance.encode(x="a:Q", y="b:Q"), line)
        return both.properties(width=width // 2 - 80 if side_by_side else width - 80, height=240, title=title)

    roc = one("good", "ROC", "误判的好客户 others flagged")
    cap = one("share", "CAP", "按风险排序的客户 rows, riskiest first")
    return styled((alt.hconcat if side_by_side else alt.vconcat)(roc, cap, spacing=30))


def cohort_chart(rows: Rows, width: int = WIDTH) -> "Chart":
    """AUC of each cohort with its interval above, where any is told; observed and predicted share of defaults below."""
    import altair as alt

    told = [row for row in rows if "auc" in row]
    names = [row["cohort"] for row in rows]
    axis = alt.Axis(labelAngle=0, ticks=False, labelOverlap="greedy")
    x = alt.X("cohort:O", title=None, scale=alt.Scale(domain=names), axis=axis)
    base = alt.Chart(_data(told)).encode(x=x)
    bars = base.mark_rule(color=PALE, strokeWidth=5).encode(
        y=alt.Y("low:Q", title="AUC", scale=alt.Scale(domain=[0.4, 1])), y2="high:Q"
    )
    dots = base.mark_circle(color=BLUE, size=70, opacity=1).encode(y="auc:Q")
    chance = alt.Chart(_data([{"y": 0.5}])).mark_rule(color=GREY, strokeDash=[4, 3]).encode(y="y:Q")
    upper = alt.layer(chance, bars, dots).properties(width=width - 66, height=150)
    series = {"observed": "实际 observed", "predicted": "预测 predicted"}
    long = [{"cohort": r["cohort"], "series": label, "share": r[key]} for r in rows for key, label in series.items()]
    lower = alt.Chart(_data(long)).mark_line(point=alt.OverlayMarkDef(size=40), strokeWidth=2).encode(
        x=x,
        y=alt.Y("share:Q", title="违约率 default rate", axis=alt.Axis(format=".1%", tickCount=4)),
        color=_series(list(series.values()), [RED, BLUE], width),
    ).properties(width=width - 66, height=120)  # fmt: skip
    parts = [upper, lower] if told else [lower]
    return styled(alt.vconcat(*parts, spacing=14).resolve_scale(color="independent"))


def grades_chart(rows: Rows, label: str, width: int = WIDTH) -> "Chart":
    """Observed share, the mean probability, and between what ends, one line a grade; what is not known is not drawn."""
    import altair as alt

    frame = [{"observed": None, "predicted": None, **row, "cell": f"{row[label]}  n={row['n']:,}"} for row in rows]
    y, step = _cells(frame, 220, 26, width)
    base = alt.Chart(_data(frame)).encode(y=y)
    x = alt.X("low:Q", title="违约率 default rate", axis=alt.Axis(format=FINE, tickCount=8))
    spans = base.mark_rule(color=PALE, strokeWidth=7).encode(x=x, x2="high:Q")
    seen = base.mark_tick(color=RED, thickness=3, size=14).encode(x="observed:Q")
    told = base.mark_point(color=BLUE, filled=True, shape="diamond", size=80, opacity=1).encode(x="predicted:Q")
    return styled(alt.layer(spans, seen, told).properties(width=width, height=step))


def shares_chart(rows: Rows, label: str, value: str, width: int = WIDTH) -> "Chart":
    """Horizontal bars of shares with their figures."""
    import altair as alt

    frame = [{"cell": str(row[label]), "share": row[value], "text": f"{row[value]:.1%}"} for row in rows]
    longest = max((row["share"] for row in frame), default=1.0) or 1.0
    room = 1.12 if width > NARROW else 1.4  # for the figure beside the longest bar
    y, step = _cells(frame, 320, 22, width)
    base = alt.Chart(_data(frame)).encode(
        y=y,
        x=alt.X("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, longest * room])),
    )
    bars, text = base.mark_bar(color=PALE, height=14), base.mark_text(align="left", dx=5, fontSize=11)
    return styled(alt.layer(bars, text.encode(text="text:N")).properties(width=width, height=step))


def psi_chart(rows: Rows, label: str, chance: str, bound: float, width: int = WIDTH) -> "Chart":
    """Stability indices as bars; a tick where one in twenty lies by chance, the dashed line the bound."""
    import altair as alt

    frame = [{"cell": row[label], "psi": row["psi"], "chance": row[chance]} for row in rows]
    y, step = _cells(frame, 320, 20, width)
    base = alt.Chart(_data(frame)).encode(y=y)
    bars = base.mark_bar(color=PALE, height=12).encode(x=alt.X("psi:Q", title="PSI"))
    ticks = base.mark_tick(color=INK, thickness=2, size=14).encode(x="chance:Q")
    line = alt.Chart(_data([{"x": bound}])).mark_rule(color=RED, strokeDash=[4, 3]).encode(x="x:Q")
    return styled(alt.layer(bars, ticks, line).properties(width=width, height=step))


def _cells(frame: Rows, longest: int, pixels: int, width: int) -> tuple[Any, Any]:
    """The axis of bars, in the order of the rows with labels of at most so many pixels, and the height of a place.

    On a narrow chart Chinese and English stand one below the other.
    """
    import altair as alt

    axis = alt.Axis(labelLimit=longest, labelPadding=6, ticks=False, domain=False)
    if width == NARROW:
        axis.labelLimit = width * 0.45
        if any(" " in row["cell"] for row in frame):
            gap = "indexof(datum.label, ' ')"
            axis.labelExpr = f"{gap} < 0 ? datum.label : [slice(datum.label, 0, {gap}), slice(datum.label, {gap} + 1)]"
            axis.labelOffset, pixels = -6, 32  # half a line up
    return alt.Y("cell:N", title=None, sort=None, axis=axis), alt.Step(pixels)


def _series(names: list[str], colours: list[str], width: int) -> Any:
    import altair as alt

    scale = alt.Scale(domain=names, range=colours)
    return alt.Color("series:N", title=None, scale=scale, legend=legend(width, "stroke"))


def _data(rows: Rows) -> Any:
    import altair as alt

    return alt.InlineData(values=[dict(row) for row in rows])
