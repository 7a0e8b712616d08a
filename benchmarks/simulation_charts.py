"""The charts of the realism page: each with what it shows and what to compare it with, in Chinese and English."""

from dataclasses import dataclass

import altair as alt
import duckdb
import numpy as np
import pandas as pd

from benchmarks.simulation_measures import amounts, buffers, default_month, sales
from simulation.industries import INDUSTRIES
from simulation.realism import BENFORD, first_digits, path_to_default

WIDTH, HEIGHT = 390, 220
SHOWN_TRADES = ("A01", "C17", "E48", "F52", "H62", "P83")
PUBLISHED = "#c0392b"


@dataclass(frozen=True)
class Picture:
    """A chart under a heading, with a caption that tells how to read it."""

    zh: str
    en: str
    note_zh: str
    note_en: str
    chart: alt.LayerChart | alt.Chart

    def svg(self) -> str:
        """The chart drawn, without a script."""
        import vl_convert

        sized = self.chart.properties(width=WIDTH, height=HEIGHT)
        sized = sized.configure_legend(orient="top", title=None, labelLimit=260, columns=3).configure_axis(
            labelAngle=0, labelFontSize=11, titleFontSize=11, titleFontWeight="normal"
        )
        return str(vl_convert.vegalite_to_svg(sized.to_dict()))


def pictures(con: duckdb.DuckDBPyConnection, income: pd.DataFrame, money: pd.DataFrame) -> list[Picture]:
    """Every chart of a world, in the order of the page."""
    month = default_month(con, income)
    return [_buffer(con), _digits(con), _tail(con), _season(con), _path(income, money, month), _vintage(con), _age(con)]


def _rule(value: float, axis: str) -> alt.Chart:
    """A broken line at a published figure."""
    encoding = alt.X("at:Q") if axis == "x" else alt.Y("at:Q")
    line = alt.Chart(pd.DataFrame({"at": [value]})).mark_rule(color=PUBLISHED, strokeDash=[5, 3], size=1.5)
    return line.encode(encoding)


def _buffer(con: duckdb.DuckDBPyConnection) -> Picture:
    count, edge = np.histogram(np.clip(buffers(con), 0, 149.9), bins=np.arange(0, 155, 5))
    rows = pd.DataFrame({"from": edge[:-1], "to": edge[1:], "firms": count})
    bars = alt.Chart(rows).mark_bar(binSpacing=1)
    bars = bars.encode(
        alt.X("from:Q", bin="binned", title="天 days; 最后一柱含更多 the last bar holds all above"),
        alt.X2("to:Q"),
        alt.Y("firms:Q", title="企业数 firms"),
    )
    return Picture(
        "缓冲天数",
        "Buffer days",
        "主账户日均余额可支撑的天数。虚线为公开中位数 27 天。",
        "Days that the main account's average balance would last. Broken line: the published median of 27.",
        alt.layer(bars, _rule(27, "x")),
    )


def _digits(con: duckdb.DuckDBPyConnection) -> Picture:
    digit, shares = np.arange(1, 10), first_digits(amounts(con))
    world, law = pd.DataFrame({"digit": digit, "share": shares}), pd.DataFrame({"digit": digit, "share": BENFORD})
    bars = alt.Chart(world).mark_bar(size=22).encode(alt.X("digit:O", title="首位数字 first digit"), _share("share"))
    points = alt.Chart(law).mark_tick(color=PUBLISHED, thickness=3, size=28).encode(alt.X("digit:O"), _share("share"))
    return Picture(
        "首位数字",
        "First digits of operating amounts",
        "柱为本世界经营性流水金额，横线为本福特定律。",
        "Bars: amounts of operating lines in this world. Dashes: Benford's law.",
        alt.layer(bars, points),
    )


def _tail(con: duckdb.DuckDBPyConnection) -> Picture:
    size = np.sort(sales(con))[::-1]
    rows = pd.DataFrame({"sales": size, "rank": np.arange(1, len(size) + 1)})
    spread = np.unique(np.geomspace(1, len(rows), 300).astype(int)) - 1
    rows, log = rows.iloc[spread], alt.Scale(type="log", nice=False)
    points = alt.Chart(rows[rows["sales"] > 1e5]).mark_circle(size=14)
    points = points.encode(
        alt.X("sales:Q", scale=log, title="全部月份收入（元，对数） income of all months, yuan, log").axis(
            format="~s", tickCount=5
        ),
        alt.Y("rank:Q", scale=log, title="名次（对数） rank, log").axis(format="~s", tickCount=4),
    )
    return Picture(
        "规模尾部",
        "Sales against rank",
        "右下段近于直线即为重尾；公开的尾部指数约为 1 至 2。",
        "A straight lower right end is a heavy tail; published tail exponents are about 1 to 2.",
        points,
    )


def _season(con: duckdb.DuckDBPyConnection) -> Picture:
    rows = con.execute(
        "with m as (select e.industry, month(i.month) m, sum(i.income)::double v from t_income i join enterprise e "
        "using (enterprise_id) where list_contains(?, e.industry) group by all) "
        "select industry, m, v / avg(v) over (partition by industry) v from m",
        [list(SHOWN_TRADES)],
    ).df()
    names = {industry.code: f"{industry.code} {industry.zh}" for industry in INDUSTRIES}
    rows["trade"] = rows["industry"].map(names)
    lines = alt.Chart(rows).mark_line(point=alt.OverlayMarkDef(size=18), strokeWidth=1.6)
    lines = lines.encode(
        alt.X("m:O", title="月份 calendar month"),
        alt.Y("v:Q", title="指数，全年平均为 1 index, mean 1").scale(zero=False),
        alt.Color("trade:N"),
    )
    return Picture(
        "季节",
        "Seasons",
        "六个行业各月收入：春节停工、农业收获、开学缴费。",
        "Income of six trades: the stop at Spring Festival, harvest, fees at the start of school terms.",
        lines,
    )


def _path(income: pd.DataFrame, money: pd.DataFrame, month: pd.Series) -> Picture:
    month = month[(month >= 18) & (month < income.shape[1])]
    parts = []
    for name, table in (("收入 income", income), ("账户资金 money in accounts", money)):
        values = path_to_default(table.loc[month.index].to_numpy(), month.to_numpy())
        parts.append(pd.DataFrame({"to": np.arange(-18, 1), "ratio": values, "what": name}))
    lines = alt.Chart(pd.concat(parts)).mark_line(point=alt.OverlayMarkDef(size=18), strokeWidth=1.6)
    lines = lines.encode(
        alt.X("to:Q", title="距违约月数 months to default"),
        alt.Y("ratio:Q", title="与上年同月之比 ratio to a year earlier"),
        alt.Color("what:N"),
    )
    return Picture(
        "违约前的路径",
        "The way to default",
        "中位数。虚线：公开研究所见异常约提前 12 个月出现。违约在首笔欠款满 90 天时认定，"
        "多数企业此前已停业，故末三个月为零。",
        "Medians. Broken line: published lead of abnormal accounts, 12 months. Default is dated 90 days after the "
        "first unpaid instalment; most firms have closed by then, so the last three months are nought.",
        alt.layer(lines, _rule(-12, "x")),
    )


def _vintage(con: duckdb.DuckDBPyConnection) -> Picture:
    rows = con.execute(
        "select strftime(date_trunc('quarter', disbursed_on), '%y') || 'Q' || quarter(disbursed_on) q, "
        "avg(coalesce(defaulted_on - disbursed_on <= 548, false)::int) d from t_loan "
        "where disbursed_on <= date '2024-06-30' group by 1 order by 1"
    ).df()
    bars = alt.Chart(rows).mark_bar(size=18)
    bars = bars.encode(
        alt.X("q:O", title="放款季度 quarter of disbursement").axis(labelFontSize=9),
        _share("d", "18 个月内违约 defaulted"),
    )
    return Picture(
        "按放款季度的违约",
        "Default by vintage",
        "放款后 18 个月内违约的贷款占比。虚线：每年 1.5% 与 4% 折合 18 个月。",
        "Share of loans in default within 18 months. Broken lines: 1.5 and 4 % a year over 18 months.",
        alt.layer(bars, _rule(0.0225, "y"), _rule(0.06, "y")),
    )


def _age(con: duckdb.DuckDBPyConnection) -> Picture:
    rows = con.execute(
        "select least(floor((defaulted_on - disbursed_on) / 30.4), 30)::int a, count(*) n from t_loan "
        "where defaulted_on is not null group by 1 order by 1"
    ).df()
    bars = alt.Chart(rows).mark_bar(size=9)
    bars = bars.encode(
        alt.X("a:Q", title="账龄（月） months on book; 30: 及以上 and more").scale(domain=[0, 31]),
        alt.Y("n:Q", title="违约笔数 defaults"),
    )
    return Picture(
        "按账龄的违约",
        "Default by age of the loan",
        "15 个月的高峰：一年期先息后本贷款在到期时还不上本金，再过 90 天认定违约。",
        "The peak at 15 months: one-year loans whose principal, due at the end, is not paid, and 90 days.",
        bars,
    )


def _share(column: str, title: str = "占比 share") -> alt.Y:
    return alt.Y(f"{column}:Q", title=title).axis(format=".0%")
