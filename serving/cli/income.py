"""``income``: the waterfall from gross inflow to true operating income, and the lines behind it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.common import AsOf, Staff, StoreFolder, open_store, refuse_name, staff_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.income import Income
    from pipelines.income_lines import Line

Enterprise = Annotated[str, typer.Option("--enterprise", metavar="ID", help="企业编号 the firm")]
Json = Annotated[
    bool, typer.Option("--json", help="以 JSON 输出 JSON on standard output; with --lines the lines in it too")
]
Lines = Annotated[
    bool, typer.Option("--lines", help="逐笔 every line behind the figures, with its rule and confidence")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="输出文件 FILE.html: the page; FILE.csv: the lines as a table"),
]


def income(
    enterprise: Enterprise,
    as_of: AsOf,
    json: Json = False,
    lines: Lines = False,
    out: Out = None,
    store: StoreFolder = None,
    staff: Staff = None,
) -> None:
    """真实经营收入 From gross inflow to true operating income, the last twelve months before a date.

    须有该企业的有效授权，查询记入记录。
    Needs a live consent of the firm. The query is recorded.
    """
    refuse_name(out, ".html", ".csv")
    from pipelines.income import asked_income, differing
    from pipelines.income_lines import income_lines
    from pipelines.score import Query

    opened = open_store(store)
    found, event = asked_income(opened, enterprise, Query(as_of=as_of, staff=staff_name(staff)))
    behind = income_lines(opened, enterprise, as_of) if lines or out else []
    _say(found, differing(opened, enterprise, as_of), behind if lines else None, json)
    if out is not None:
        from pipelines.report.files import write_income

        print(f"sme-credit: {write_income(out, opened, found, behind, event)}", file=sys.stderr)


def _say(found: "Income", differ: list[dict[str, Any]], lines: "Sequence[Line] | None", as_json: bool) -> None:
    """Figures, and the lines where they were asked for, on standard output."""
    if as_json:
        import json

        told = found.json() | {"statistics_differ": differ} | ({} if lines is None else {"lines": lines})
        print(json.dumps(told, ensure_ascii=False, default=str))
        return
    from pipelines.report.text import differing_text, income_text, line_text

    print(income_text(found))
    for words in differing_text(differ):
        print(words)
    for line in lines or ():
        print(line_text(line))
