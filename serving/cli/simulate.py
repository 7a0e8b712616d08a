"""``simulate``: make a world of small firms whose truth is known."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.common import refuse_other

Enterprises = Annotated[int, typer.Option("--enterprises", min=1, metavar="N", help="企业数 number of firms")]
Months = Annotated[int, typer.Option("--months", min=1, max=108, metavar="M", help="月数 months, the last is 2025-12")]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="S", help="随机种子 the same seed gives the same bytes")]
Out = Annotated[Path, typer.Option("--out", metavar="STORE", help="存储目录 folder of the store to write")]
Variant = Annotated[str, typer.Option("--variant", metavar="NAME", help="情景 calm, base or stressed")]
Futures = Annotated[
    int, typer.Option("--futures", min=0, metavar="K", help="平行未来数 futures lived for the oracle's odds; slow")
]


def simulate(
    enterprises: Enterprises, months: Months, seed: Seed, out: Out, variant: Variant = "base", futures: Futures = 0
) -> None:
    """模拟 Make a world of small firms: the tables into a store, the truth beside them under truth/."""
    from pipelines.progress import shown
    from pipelines.simulate import simulate_into
    from pipelines.store import Store
    from simulation import VARIANTS

    refuse_other(variant, VARIANTS, "--variant")
    store = Store(out)
    with shown() as bar:
        task = bar.add_task("模拟 simulate", total=months)
        simulate_into(store, enterprises, months, seed, variant, futures, lambda done: bar.update(task, completed=done))
    print(
        f"{out}: {store.rows('enterprise')} enterprises, {store.rows('line')} lines, {store.rows('loan')} loan versions"
    )
