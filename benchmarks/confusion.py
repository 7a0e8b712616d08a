"""The picture of ``benchmarks.nature``: what became of each nature's lines, at known banks and at held-out ones."""

from pathlib import Path

import altair as alt
import pandas as pd
import vl_convert

from pipelines.report.rules import NATURES

CELL, LEAST = 27, 0.005  # pixels; a smaller share has no figure
SIDES = {False: "规则编写时参照的银行 banks the rules were written beside", True: "留出的银行 held-out banks"}


def confusion(rows: pd.DataFrame, file: Path) -> None:
    """Write the picture as PNG: truth in rows, what was found in columns, shares of a row's lines.

    Parameters
    ----------
    rows : as ``benchmarks.nature.found`` gives them.
    file : where the picture goes.
    """
    counted = rows.groupby(["held_out", "truth", "nature"], as_index=False)["lines"].sum()
    shares = counted.assign(share=counted.lines / counted.groupby(["held_out", "truth"]).lines.transform("sum"))
    shares = shares.assign(**{side: shares[side].map(_named) for side in ("truth", "nature")})
    order = [_named(name) for name in NATURES]
    charts = [_side(shares[shares.held_out == held_out], words, order) for held_out, words in SIDES.items()]
    drawn = alt.hconcat(*charts, spacing=40).configure_axis(labelFontSize=11, titleFontSize=12, labelLimit=160)
    file.write_bytes(vl_convert.vegalite_to_png(drawn.to_dict(), scale=1.4))


def _named(nature: str) -> str:
    return " ".join(NATURES[nature])


def _side(shares: pd.DataFrame, words: str, order: list[str]) -> alt.LayerChart:
    rows, columns = ([name for name in order if name in set(shares[side])] for side in ("truth", "nature"))
    base = alt.Chart(shares).encode(
        alt.X("nature:N", sort=columns, title="判为 found", axis=alt.Axis(orient="top", labelAngle=-60)),
        alt.Y("truth:N", sort=rows, title="实为 truth"),
    )
    colour = alt.Color(
        "share:Q",
        scale=alt.Scale(type="sqrt", range=["#ffffff", "#0b4f8a"], domain=[0, 1], interpolate="rgb"),
        legend=None,
    )
    figure = base.transform_filter(alt.datum.share >= LEAST).mark_text(fontSize=10)
    white = alt.condition(alt.datum.share > 0.4, alt.value("white"), alt.value("#222"))
    figure = figure.encode(alt.Text("share:Q", format=".0%"), color=white)
    sized = alt.layer(base.mark_rect().encode(colour), figure)
    return sized.properties(width=CELL * len(columns), height=CELL * len(rows), title=words)
