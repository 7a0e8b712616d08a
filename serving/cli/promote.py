"""``promote`` and ``rollback``: which version of a model answers."""

from typing import Annotated

import typer

from serving.cli.common import Model, Staff, staff_name

Version = Annotated[str, typer.Argument(metavar="VERSION", help="版本 number of the registered version")]
Approver = Annotated[str, typer.Option("--approver", metavar="NAME", help="审批人 who answers for the promotion")]


def promote(model: Model, version: Version, approver: Approver) -> None:
    """上线 Make a registered version the champion; who approved it and when stays on it."""
    from pipelines.promote import promote as run

    print(run(model, version, approver))


def rollback(model: Model, staff: Staff = None) -> None:
    """回退 Make the champion before the present one champion again."""
    from pipelines.promote import rollback as run

    print(run(model, staff_name(staff)))
