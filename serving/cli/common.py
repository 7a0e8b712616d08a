"""Options that several commands share, and how a date or a staff name is read."""

import getpass
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from serving.cli.words import wrong

if TYPE_CHECKING:
    from pipelines.periods import Kind
    from pipelines.store import Store

ALERT = 4
T = TypeVar("T")


def read_date(text: str) -> date:
    """The date that was typed."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise wrong(
            f"{text!r} 不是日期，应为 YYYY-MM-DD，如 2025-06-30",
            f"{text!r} is not a date; expected YYYY-MM-DD, as 2025-06-30",
        ) from error


def read_period(kind: "Kind") -> Callable[[str], str]:
    """Reads the name of a month or quarter that was typed."""

    def read(text: str) -> str:
        from features.errors import WindowError
        from pipelines.periods import period

        try:
            period(kind, text)
        except WindowError as error:
            raise wrong(error.zh, error.en) from error
        return text

    return read


def read_model(text: str) -> str:
    """The name of a model that was typed."""
    from pipelines.modelling.recipes import RECIPES

    refuse_other(text, RECIPES, "MODEL")
    return text


AsOf = Annotated[
    date,
    typer.Option("--as-of", parser=read_date, metavar="DATE", help="决策日 the date of the decision, YYYY-MM-DD"),
]
Model = Annotated[str, typer.Argument(parser=read_model, metavar="MODEL", help="模型 credit-limit or post-loan-risk")]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出 JSON on standard output")]
StoreFolder = Annotated[
    Path | None, typer.Option("--store", metavar="STORE", help="数据目录 the store; default $SME_CREDIT_HOME/store")
]
Staff = Annotated[
    str | None,
    typer.Option("--staff", metavar="NAME", help="经办人 who asks; default $SME_CREDIT_STAFF or the system user"),
]


def staff_name(given: str | None) -> str:
    """The name that goes on the record."""
    return given or os.environ.get("SME_CREDIT_STAFF") or getpass.getuser()


def open_store(folder: Path | None) -> "Store":
    """The store named on the command line, or the default one; it must be there."""
    from pipelines.settings import store_path
    from pipelines.store import MANIFEST, Store

    root = folder or store_path()
    if not root.is_dir():
        raise wrong(
            f"没有数据目录 {root}，请运行 sme-credit ingest 或 sme-credit demo 建立",
            f"{root} is not a folder; fill a store with `sme-credit ingest` or `sme-credit demo`",
        )
    if not (root / MANIFEST).is_file():
        raise wrong(
            f"数据目录 {root} 为空，请运行 sme-credit ingest 或 sme-credit simulate 导入",
            f"{root} holds no facts; fill it with `sme-credit ingest` or `sme-credit simulate`",
        )
    return Store(root)


@contextmanager
def stepped(label: str, steps: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """What tells a bar on standard error which of the steps of a job begins."""
    from pipelines.progress import shown

    with shown() as bar:
        task = bar.add_task(label, total=len(steps))
        yield lambda step: bar.update(task, completed=steps.index(step), description=f"{label}: {step}")


def refuse_name(path: Path | None, *ends: str, option: str = "--out") -> None:
    """Refuse the name of a file to write, where one is given, that does not end as it must."""
    if path is not None and (path.suffix not in ends or path.is_dir()):
        raise wrong(
            f"{path} 应为以 {' 或 '.join(ends)} 结尾的文件名",
            f"{path}: expected a name that ends in {' or '.join(ends)}",
            option,
        )


def refuse_other(name: str, known: Iterable[str], option: str) -> None:
    """Refuse a name that is not among those known."""
    if name not in (names := list(known)):
        raise wrong(f"'{name}' 不是 {'、'.join(names)} 之一", f"'{name}'; expected one of {', '.join(names)}", option)


def watched(items: Sequence[T], label: str) -> Iterator[T]:
    """The items one by one, with a progress bar on standard error when a person looks on."""
    from pipelines.progress import shown

    with shown() as bar:
        yield from bar.track(items, description=label)
