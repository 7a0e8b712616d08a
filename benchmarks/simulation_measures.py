"""The figures of a simulated world: read from a store and its truth, put beside what is published."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.simulation_auc import aucs, oracle_auc
from simulation.realism import BENFORD, Measure, against_last_year, buffer_days, first_digits, no_sign, tail_index


def open_store(store: Path) -> duckdb.DuckDBPyConnection:
    """Views over the tables and the truth of a store."""
    con = duckdb.connect()
    for table in ("line", "account_month", "loan", "application", "enterprise"):
        con.read_parquet(f"{store}/{table}/**/*.parquet", hive_partitioning=False).create_view(table)
    for table in ("line", "loan", "firm", "income", "state", "ring"):
        con.read_parquet(f"{store}/truth/{table}.parquet").create_view(f"t_{table}")
    return con


def panel(con: duckdb.DuckDBPyConnection, what: str) -> pd.DataFrame:
    """Firm x month of one column of the true incomes, in yuan."""
    rows = con.table("t_income").project(f"enterprise_id, month, {what}::double v").df()
    return rows.pivot(index="enterprise_id", columns="month", values="v").sort_index(axis=1)


def firms_of(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The truth about each firm."""
    return con.execute("select * from t_firm").df().set_index("enterprise_id")


def default_month(con: duckdb.DuckDBPyConnection, income: pd.DataFrame) -> pd.Series:
    """Column number of the month of each firm's first default."""
    first = con.execute(
        "select enterprise_id, date_trunc('month', min(defaulted_on))::timestamp d from t_loan "
        "where defaulted_on is not null group by 1"
    ).df()
    place = {month: k for k, month in enumerate(pd.to_datetime(income.columns))}
    return first.set_index("enterprise_id")["d"].map(lambda d: place.get(pd.Timestamp(d), len(place)))


def flow_measures(con: duckdb.DuckDBPyConnection) -> list[Measure]:
    """What the flows look like."""
    days, size, digits = buffers(con), sales(con), first_digits(amounts(con))
    top = con.execute(
        "select median(s) from (select max(v) / sum(v) s from (select l.enterprise_id, l.counterparty_id, "
        "sum(l.amount)::double v from line l join t_line t using (line_id) where t.kind in ('sale', 'service_sale') "
        "and l.counterparty_id is not null group by all) group by enterprise_id having count(*) > 1)"
    ).fetchone()[0]  # type: ignore[index]
    blank = con.execute(
        "select avg((summary is null or (summary in ('转账', '往来款', '其他', '网上支付', '跨行汇款') "
        "and t.nature not in ('own_transfer', 'owner', 'related_party', 'financing', 'wash')))::int) "
        "from line join t_line t using (line_id)"
    ).fetchone()[0]  # type: ignore[index]
    jpmc = "JPMorgan Chase Institute, Cash is King (2016), SSRN 2966127"
    return [
        Measure("缓冲天数中位数", "median buffer days", float(np.median(days)), "27", jpmc, 20, 34),
        Measure(
            "缓冲不足 15 天的企业",
            "share with under 15 days",
            float(np.mean(days < 15)),
            "about 0.25-0.50",
            jpmc,
            0.2,
            0.5,
        ),
        Measure(
            "首位数字偏离",
            "largest gap to Benford's law",
            float(np.abs(digits - BENFORD).max()),
            "0",
            "Benford",
            0,
            0.04,
        ),
        Measure("规模尾部指数", "tail exponent of yearly sales", tail_index(size), "1-2", "Axtell 2001", 0.9, 2.6),
        Measure("最大客户占比中位数", "median share of the largest customer", float(top), "-", "assumption", 0.15, 0.6),
        Measure("摘要空白或误导", "summaries blank or misleading", float(blank), "0.15", "design", 0.10, 0.18),
    ]


def buffers(con: duckdb.DuckDBPyConnection) -> np.ndarray:
    """Buffer days of every main account."""
    rows = con.execute(
        "with o as (select account_id, sum(amount)::double / count(distinct date_trunc('month', booked_at)) v "
        "from line where direction = 'out' and account_id like '%A' group by 1), b as (select account_id, "
        "avg(average_balance)::double v from account_month where account_id like '%A' group by 1) "
        "select b.v b, o.v o from b join o using (account_id)"
    ).df()
    return buffer_days(rows["b"].to_numpy(), rows["o"].to_numpy())


def sales(con: duckdb.DuckDBPyConnection) -> np.ndarray:
    """True income of every firm over the whole window."""
    rows = con.execute("select sum(income)::double v from t_income group by enterprise_id having sum(income) > 0").df()
    return rows["v"].to_numpy()


def amounts(con: duckdb.DuckDBPyConnection) -> np.ndarray:
    """A sample of operating amounts."""
    rows = con.execute(
        "select amount::double v from t_line where nature = 'operating' using sample 200000 rows (reservoir, 1)"
    )
    return rows.df()["v"].to_numpy()


def credit_measures(con: duckdb.DuckDBPyConnection) -> list[Measure]:
    """Admission and default."""
    admitted = con.execute("select avg((outcome <> 'declined')::int) from application").fetchone()[0]  # type: ignore[index]
    yearly = con.execute(
        "with x as (select l.loan_id, l.defaulted_on, l.disbursed_on, "
        "least(coalesce(l.defaulted_on, date '2025-12-31'), "
        "coalesce(v.closed_on, date '2025-12-31')) u from t_loan l join (select loan_id, max(closed_on) closed_on "
        "from loan group by 1) v using (loan_id)) "
        "select count(defaulted_on) / (sum(greatest(u - disbursed_on, 0)) / 365.0) from x"
    ).fetchone()[0]  # type: ignore[index]
    return [
        Measure(
            "准入率", "admission share", float(admitted), "4,247 of over 10,000", "Shandong RCBs to 2025-03", 0.35, 0.55
        ),
        Measure(
            "年违约率", "defaults a loan-year", float(yearly), "0.015-0.04", "target of the base world", 0.015, 0.04
        ),
    ]


def sign_measures(
    con: duckdb.DuckDBPyConnection, income: pd.DataFrame, money: pd.DataFrame, firms: pd.DataFrame
) -> list[Measure]:
    """How many defaults could be seen coming."""
    month = default_month(con, income)
    month = month[(month >= 18) & (month < income.shape[1])]
    sound = firms.index[firms["died_on"].isna() & firms["defaulted_on"].isna()]
    usual = _ratios(income, money, sound, np.resize(month.to_numpy(), len(sound)))
    silent = no_sign(_ratios(income, money, month.index, month.to_numpy()), usual)
    calm = no_sign(usual, usual)
    cause = firms.loc[month.index, "cause"]
    blind = cause.isin(["sudden", "strategic"]).mean()
    target = "at least 0.30"
    return [
        Measure(
            "违约前三个月无迹象",
            "defaults with no sign three months before",
            float(silent.mean()),
            target,
            "target of the base world",
            0.3,
            0.7,
        ),
        Measure(
            "正常企业无迹象", "sound firms with no sign on the same dates", float(calm.mean()), "-", "control", 0.5, 1
        ),
        Measure("突发或主观违约占比", "defaults by sudden end or will", float(blind), "-", "truth", 0.1, 0.5),
    ]


def _ratios(income: pd.DataFrame, money: pd.DataFrame, who: pd.Index, at: np.ndarray) -> np.ndarray:
    return against_last_year(income.loc[who].to_numpy(), money.loc[who].to_numpy(), at)


def model_measures(store: Path) -> list[Measure]:
    """How well default can be told."""
    static, plain, n = aucs(store)
    goal = "target of the base world"
    return [
        Measure("静态信息 AUC", f"AUC of static facts (n={n})", static, "0.55-0.72", goal, 0.55, 0.72),
        Measure("全部特征 AUC", "AUC of a plain model on all features", plain, "under 0.88", goal, 0.65, 0.88),
        Measure("全知者 AUC", "AUC of the oracle", oracle_auc(), "-", "nested futures", 0.75, 0.97),
    ]
