"""``monitor``: the month's watch list, classes, signals and limit actions of all live loans."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.common import ALERT, AsOf, Staff, StoreFolder, open_store, staff_name, watched

if TYPE_CHECKING:
    from pipelines.monitor import Monitored

REFUSALS_SHOWN = 10
Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="输出目录 folder for the tables (Parquet) and the page")
]
Budget = Annotated[
    float | None,
    typer.Option(
        "--budget", metavar="SHARE", min=0.0, max=1.0, help="名单占在贷企业比例 share of live firms on the list"
    ),
]


def monitor(as_of: AsOf, out: Out, budget: Budget = None, store: StoreFolder = None, staff: Staff = None) -> None:
    """贷后监测 Watch all live loans as of a date: whose risk is rising, what to do, which limits move.

    写出 watch_list、signals、signal_quality、limit_actions、classes（Parquet）与 watch_list.html，
    有在用贷后模型时另有 drift、migrations、vintages、model_standing.json。
    只读取有贷后检查有效授权的企业，查询均记入记录。中断后再运行即接续。有红色信号以 4 结束。
    Writes watch_list, signals, signal_quality, limit_actions and classes (Parquet) and watch_list.html; with a
    post-loan model in use also drift, migrations, vintages and model_standing.json. Reads only firms with a live
    consent for post-loan checks; every query is recorded. A killed run goes on where it stopped. Ends with 4 when a
    red signal stands.
    """
    from pipelines.monitor import monitor as run

    done = run(open_store(store), as_of, out, staff_name(staff), budget, watched)
    show(done, as_of)
    _tell(list(done.refused.values()))
    print(f"sme-credit: {done.page}", file=sys.stderr)
    if done.red:
        raise typer.Exit(ALERT)


def show(done: "Monitored", as_of: date) -> None:
    """The month in three lines."""
    figures = done.metrics
    print(f"截至 as of {as_of}: {figures['firms']:.0f} 户在贷 live firms, {figures['loans']:.0f} 笔 loans")
    print(
        f"预警名单 on the list {figures['watch']:.0f}, 催收 collection {figures['collection']:.0f}; "
        f"红 red {figures['red']:.0f}, 橙 orange {figures['orange']:.0f}, 黄 yellow {figures['yellow']:.0f}"
    )
    print(
        f"额度 limits: 增 raise {figures['limit_raise']:.0f}, 压降 reduce {figures['limit_reduce']:.0f}, "
        f"冻结 freeze {figures['limit_freeze']:.0f}"
    )


def _tell(refused: list[str]) -> None:
    """Why firms were not read, on standard error: the first of them and how many more there are.

    >>> import contextlib
    >>> with contextlib.redirect_stderr(sys.stdout):
    ...     _tell([f"firm {n}: no consent" for n in range(12)])  # doctest: +ELLIPSIS
    未读取 not read: firm 0: no consent
    ...
    未读取 not read: firm 9: no consent
    未读取 not read: 另有 2 户，均在记录中 and 2 more, each on the record
    """
    for reason in refused[:REFUSALS_SHOWN]:
        print(f"未读取 not read: {reason}", file=sys.stderr)
    if (more := len(refused) - REFUSALS_SHOWN) > 0:
        print(f"未读取 not read: 另有 {more} 户，均在记录中 and {more} more, each on the record", file=sys.stderr)
