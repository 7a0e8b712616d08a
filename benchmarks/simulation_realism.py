"""Measure a simulated world and write the realism page: ``python -m benchmarks.simulation_realism STORE PAGE``.

STORE is a folder that ``sme-credit simulate`` wrote; the page puts each figure beside what is published.
"""

import sys
from pathlib import Path

import altair as alt
import duckdb
import numpy as np
import pandas as pd

from benchmarks.simulation_measures import (
    amounts,
    buffers,
    credit_measures,
    default_month,
    firms_of,
    flow_measures,
    model_measures,
    open_store,
    panel,
    sales,
    sign_measures,
)
from simulation.realism import BENFORD, Measure, first_digits, path_to_default


def main(store: Path, page: Path) -> None:
    """Measure, draw, write; print every figure."""
    con = open_store(store)
    income, money, firms = panel(con, "income_seen"), panel(con, "owned"), firms_of(con)
    measures = [*flow_measures(con), *credit_measures(con), *sign_measures(con, income, money, firms)]
    measures += model_measures(store)
    charts = [
        *_flow_charts(con),
        _season_chart(con),
        _path_chart(income, money, default_month(con, income)),
        *_default_charts(con),
    ]
    for measure in measures:
        print(
            f"{'ok  ' if measure.holds else 'OUT '} {measure.en}: {measure.value:.3f} [{measure.low}, {measure.high}]"
        )
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_html(store, measures, charts), encoding="utf-8")


def _flow_charts(con: duckdb.DuckDBPyConnection) -> list[alt.Chart]:
    days = pd.DataFrame({"days": np.clip(buffers(con), 0, 150)})
    histogram = alt.Chart(days, title="缓冲天数 Buffer days (published median 27)").mark_bar()
    histogram = histogram.encode(
        alt.X("days", bin=alt.Bin(step=5), title="天 days"), alt.Y("count()", title="企业 firms")
    )
    shares = first_digits(amounts(con))
    digit = np.arange(1, 10)
    two = pd.DataFrame({"digit": [*digit, *digit], "share": [*shares, *BENFORD], "of": ["world"] * 9 + ["Benford"] * 9})
    benford = alt.Chart(two, title="首位数字 First digits of operating amounts").mark_line(point=True)
    size = np.sort(sales(con))[::-1]
    rank = pd.DataFrame({"sales": size, "rank": np.arange(1, len(size) + 1)}).iloc[:: max(1, len(size) // 400)]
    log = alt.Scale(type="log")
    tail = alt.Chart(rank, title="规模尾部 Sales against rank, both on log scales").mark_point(size=8)
    return [
        histogram,
        benford.encode(alt.X("digit:O", title="数字 digit"), alt.Y("share", title="占比 share"), color="of"),
        tail.encode(
            alt.X("sales", scale=log, title="收入 yuan", axis=alt.Axis(format="~s")),
            alt.Y("rank", scale=log, title="名次 rank"),
        ),
    ]


def _season_chart(con: duckdb.DuckDBPyConnection) -> alt.Chart:
    rows = con.execute(
        "with m as (select e.industry, month(i.month) m, sum(i.income)::double v from t_income i join enterprise e "
        "using (enterprise_id) where e.industry in ('A01', 'C17', 'F52', 'H62', 'P83', 'E48') group by all) "
        "select industry, m, v / avg(v) over (partition by industry) v from m"
    ).df()
    chart = alt.Chart(rows, title="季节 Income by calendar month, mean 1").mark_line(point=True)
    return chart.encode(alt.X("m:O", title="月 month"), alt.Y("v", title="指数 index"), color="industry")


def _path_chart(income: pd.DataFrame, money: pd.DataFrame, month: pd.Series) -> alt.Chart:
    month = month[(month >= 18) & (month < income.shape[1])]
    steps = np.arange(-18, 1)
    parts = []
    for name, table in (("收入 income", income), ("资金 money", money)):
        values = path_to_default(table.loc[month.index].to_numpy(), month.to_numpy())
        parts.append(pd.DataFrame({"to": steps, "ratio": values, "what": name}))
    chart = alt.Chart(pd.concat(parts), title="违约前的路径 Median against a year earlier (published lead: 12 months)")
    return chart.mark_line(point=True).encode(
        alt.X("to", title="距违约月数 months to default"), alt.Y("ratio", title="同比 ratio"), color="what"
    )


def _default_charts(con: duckdb.DuckDBPyConnection) -> list[alt.Chart]:
    vintage = con.execute(
        "select date_trunc('quarter', disbursed_on)::timestamp q, avg((defaulted_on - disbursed_on <= 548)::int) d, "
        "count(*) n from (select * replace (coalesce(defaulted_on, date '2100-01-01') as defaulted_on) from t_loan) "
        "where disbursed_on <= date '2024-06-30' group by 1 order by 1"
    ).df()
    age = con.execute(
        "select least(floor((defaulted_on - disbursed_on) / 30.4), 30) a, count(*) n from t_loan "
        "where defaulted_on is not null group by 1 order by 1"
    ).df()
    a = alt.Chart(vintage, title="按放款季度 18-month default by vintage").mark_bar()
    b = alt.Chart(age, title="按账龄 Defaults by months on book").mark_bar()
    return [
        a.encode(alt.X("q:T", title="放款 disbursed", axis=alt.Axis(format="%y-%m")), alt.Y("d", title="违约率 share")),
        b.encode(alt.X("a:O", title="月 months"), alt.Y("n", title="违约 defaults")),
    ]


def _html(store: Path, measures: list[Measure], charts: list[alt.Chart]) -> str:
    import vl_convert

    world = (store / "truth" / "world.json").read_text(encoding="utf-8")
    rows = "".join(
        f"<tr class={'ok' if m.holds else 'out'}><td>{m.zh}<br>{m.en}</td><td class=n>{m.value:.3f}</td>"
        f"<td>{m.published}</td><td>{m.source}</td><td>{m.low} – {m.high}</td></tr>"
        for m in measures
    )
    sized = [chart.properties(width=370, height=230).configure_legend(orient="bottom") for chart in charts]
    drawn = "".join(f"<figure>{vl_convert.vegalite_to_svg(chart.to_dict())}</figure>" for chart in sized)
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em}table{border-collapse:"
        "collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.4em;text-align:left}.n{text-align:right;"
        "font-variant-numeric:tabular-nums}.out .n{color:#b00;font-weight:bold}figure{display:inline-block;"
        "margin:1em 0}"
        "pre{background:#f6f6f6;padding:.6em;overflow:auto}"
    )
    return (
        "<!doctype html><html lang=zh><meta charset=utf-8><title>模拟世界的真实度 Realism</title>"
        f"<style>{style}</style>"
        "<h1>模拟世界的真实度<br>How real the simulated world looks</h1>"
        "<p>数字旁列出公开事实；红色表示超出可接受范围。<br>"
        "Each figure stands beside what is published; red is out of bounds.</p>"
        f"<pre>{world}</pre><table><tr><th>指标 measure<th>本世界 world<th>公开 published<th>来源 source<th>范围 bounds"
        f"{rows}</table>{drawn}</html>\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
