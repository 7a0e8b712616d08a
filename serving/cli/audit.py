"""``audit``: look after the record."""

from typing import Annotated

import typer

from serving.cli.common import ALERT

Head = Annotated[
    str, typer.Option("--head", metavar="HASH", help="a hash noted from an earlier run, which must still be there")
]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="审计 The record of queries and decisions.")
    group.command("verify")(verify)
    group.callback()(_group)
    app.add_typer(group, name="audit")


def _group() -> None:
    """审计 The record of queries and decisions."""


def verify(head: Head = "") -> None:
    """校验链 Walk the chain of events from the first to the last and name the first that is broken.

    Prints the number of events and the last hash: note it elsewhere, and a later run with --head shows whether the
    end was cut off. Ends with 0 when the chain is whole, with 4 when it is broken.
    """
    from pipelines.record import Record

    with Record() as record:
        fault, last = record.verify(head), record.head()
    if fault:
        print(f"断裂 Broken: {fault}")
        raise typer.Exit(ALERT)
    print(f"完整 Whole: {last.id if last else 0} events, last hash {last.hash if last else '-'}")
