"""``income``: the waterfall from gross inflow to true operating income."""

from typing import Annotated

import typer

from serving.cli.common import AsOf, StoreFolder, open_store

Enterprise = Annotated[str, typer.Option("--enterprise", metavar="ID", help="企业编号 the firm")]
Json = Annotated[bool, typer.Option("--json", help="JSON")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("income")(income)


def income(enterprise: Enterprise, as_of: AsOf, json: Json = False, store: StoreFolder = None) -> None:
    """真实经营收入 From gross inflow to true operating income, the last twelve months before a date."""
    opened = open_store(store)
    import json as encoder

    from pipelines.differences import differing, differing_text
    from pipelines.income import TEXTS
    from pipelines.income import income as run

    steps, differ = run(opened, enterprise, as_of), differing(opened, enterprise, as_of)
    if json:
        told = {name: str(value) for name, value in steps.items()} | {"statistics_differ": differ}
        print(encoder.dumps(told, ensure_ascii=False, default=str))
        return
    for name, value in steps.items():
        if value or name in ("gross_inflow", "income"):
            zh, en = TEXTS[name]
            print(f"{value:>18,.2f}  {zh} {en}")
    for line in differing_text(differ):
        print(line)
