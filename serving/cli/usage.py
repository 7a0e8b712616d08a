"""``usage``: the month's queries, admissions and loans per institution, reconciled with the query log."""

from typing import Annotated

import typer

from serving.cli.common import ALERT, AsJson, StoreFolder, open_store, read_period

Month = Annotated[
    str,
    typer.Option(
        "--month", parser=read_period("month"), metavar="YYYY-MM", help="月份 the month, in the bank's calendar"
    ),
]


def usage(month: Month, as_json: AsJson = False, store: StoreFolder = None) -> None:
    """使用统计 The month per institution: firms queried, authorised, admitted, lent to, and queries without consent.

    有无授权查询或无查询记录的决策时以 4 结束。
    Ends with 4 when a query had no consent, or a decision no query.
    """
    from pipelines.record import Record
    from pipelines.usage import TEXTS
    from pipelines.usage import usage as count

    opened = open_store(store)
    with Record(read_only=True) as record:
        counted = count(opened, month, record)
    if as_json:
        import json

        print(json.dumps([one.json() for one in counted], ensure_ascii=False))
    else:
        for one in counted:
            print(f"{one.institution} {one.month}")
            for name, (zh, en) in TEXTS.items():
                print(f"  {zh} {en}: {_said(name, getattr(one, name))}")
    if any(one.without_consent or one.decisions_without_query for one in counted):
        raise typer.Exit(ALERT)


def _said(name: str, value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.1%}"
    return f"{value:,.2f}" if name == "amount" else str(value)
