"""``ingest``: read a source into the store and say what became of its rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.common import StoreFolder, read_date, refuse_other

if TYPE_CHECKING:
    from pipelines.credibility import Credibility
    from pipelines.ingest import Report

Source = Annotated[
    str, typer.Option("--source", metavar="KIND", help="来源 kind of source: contract, camt053, statement:auto ...")
]
Place = Annotated[Path, typer.Argument(metavar="PATH", help="文件或文件夹 file or folder to read")]
Firm = Annotated[
    str | None, typer.Option("--enterprise", metavar="ID", help="企业编号 the firm, where the file lacks it")
]
Account = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="账户编号 the account, where the file lacks it")
]
KnownAt = Annotated[
    date | None,
    typer.Option(
        "--known-at",
        parser=read_date,
        metavar="DATE",
        help="获知日期 when the bank learned it, where the file lacks it, YYYY-MM-DD",
    ),
]


def ingest(
    path: Place,
    source: Source,
    enterprise: Firm = None,
    account: Account = None,
    known_at: KnownAt = None,
    store: StoreFolder = None,
) -> None:
    """导入数据 Read files into the store: clean rows are kept, the others quarantined with their reason.

    整个文件不合数据契约以 3 结束，不作任何改动；同一来源重复导入亦不改动。
    A file that as a whole breaks the contract ends with 3 and changes nothing; the same source twice neither.
    """
    from pipelines import ingest as job
    from pipelines.kinds import kinds
    from pipelines.settings import store_path
    from pipelines.store import Store

    refuse_other(source, kinds(), "--source")
    with _bar() as progress:
        report = job.ingest(
            Store(store or store_path()),
            source,
            path,
            enterprise=enterprise,
            account=account,
            known_at=known_at,
            progress=progress,
        )
    for note in report.notes:
        typer.echo(note, err=True)
    print("\n".join(lines(report)))


def lines(report: "Report") -> Iterator[str]:
    """The report as printed."""
    if report.already_ingested:
        yield "已导入过，未作改动 already ingested, nothing changed"
    kept, taken = sum(report.kept.values()), sum(report.quarantined.values())
    yield f"读入 rows in      {report.rows_in:>12,}"
    yield f"保留 kept         {kept:>12,}  {_listed(report.kept)}"
    yield f"隔离 quarantined  {taken:>12,}  {_listed(report.quarantined)}"
    for fault in report.faults:
        yield f"  {fault}"
    if taken:
        yield f"隔离区 quarantine  {report.quarantine}"
    if report.credibility is not None:
        yield from _credibility(report.credibility)
        if report.kept.get("line") and report.credibility.components.get("conflicting_line_share"):
            yield "注意：这些日期已存的流水有未在本表列示的；若为同一流水的另一种导出，将重复计入"
            yield "  mind: lines stored of its days are not in it; were they the same in another form, they count twice"
    yield f"质量报告 data docs  {report.docs}"


def _credibility(found: "Credibility") -> Iterator[str]:
    """Points of 100, a dash where too little could be judged, then each component as the catalogue calls it."""
    from features.catalogue import CATALOGUE
    from pipelines.credibility import SUFFIX
    from pipelines.report.words import number

    score = "—" if found.score is None else f"{found.score:.0f}"
    yield f"可信度 credibility {score:>10} / 100"
    for name, value in found.components.items():
        told = CATALOGUE[name + SUFFIX]
        words = f"{told.zh.removeprefix('近12个月')} {told.en.removesuffix(', last 12 months')}"
        yield f"  {words}: {number(value, told.unit)}"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {rows:,}" for name, rows in counts.items())


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    from pipelines.progress import shown

    with shown(TextColumn("{task.description} {task.completed:,.0f}"), BarColumn(), TimeElapsedColumn()) as bar:
        task = bar.add_task("ingest", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        yield show
