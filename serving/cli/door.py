"""The door of the command line: whether the person at it may do what was typed, asked in one place for all commands."""

from typing import Any

import typer
from typer.core import TyperCommand

from serving.cli.common import staff_name
from serving.cli.words import headed

NAMES = ("staff", "approver", "validator")  # parameters that say under whose name something is done


class Guarded(TyperCommand):
    """A command that asks, once its options are read and before anything else is, whether the person may.

    Before one reads every firm of a store, that goes on the record.
    """

    def get_help(self, ctx: Any) -> str:
        """The text of ``--help``."""
        return headed(super().get_help(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run the command, or refuse it; where people are named it acts under the person's own name."""
        from pipelines.access import BULK, access, admit, noted, user
        from pipelines.record import OS_USER, Vouched

        names = [ctx.params[name] for name in NAMES if ctx.params.get(name)]
        person = names[0] if names else staff_name(None)
        if (rights := access()).people:
            person = Vouched(user(), OS_USER)
            admit(rights, person, act(ctx), names, ctx.params.get("role"))
            ctx.params |= {name: person for name in NAMES if name in ctx.params}
        if act(ctx) in BULK:
            noted(person, act(ctx), ctx.params)
        return super().invoke(ctx)


def act(ctx: Any) -> str:
    """The command as it is typed after ``sme-credit``: ``audit verify``."""
    words: list[str] = []
    while ctx.parent is not None:
        words.insert(0, ctx.info_name)
        ctx = ctx.parent
    return " ".join(words)


def guard(app: typer.Typer) -> None:
    """Put every command of the application, in its groups too, behind the door."""
    for command in app.registered_commands:
        command.cls = Guarded
    for group in app.registered_groups:
        if group.typer_instance:
            guard(group.typer_instance)
