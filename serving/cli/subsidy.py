"""``subsidy``: the quarter's claim table of interest subsidies."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.common import StoreFolder, open_store, read_period, refuse_name

Quarter = Annotated[
    str, typer.Option("--quarter", parser=read_period("quarter"), metavar="YYYYQn", help="季度 the quarter, as 2025Q4")
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE.csv", help="申领表 the table, a row a loan")]


def subsidy(quarter: Quarter, out: Out, store: StoreFolder = None) -> None:
    """贴息申领 What the state owes of a quarter's interest on loans to firms, loan by loan, by conf/subsidies.yaml."""
    refuse_name(out, ".csv")
    from pipelines.subsidy_claims import current_subsidies, write_claims

    claims = write_claims(open_store(store), quarter, out)
    for scheme in current_subsidies().firms:
        of = claims[claims["scheme"] == scheme.name]
        print(
            f"{quarter} {scheme.zh} {scheme.en}: {len(of)} 笔 loans, 贴息 subsidy {of['subsidy'].sum():,.2f} 元, "
            f"中央 central {of['central'].sum():,.2f} 元, 地方 province {of['province'].sum():,.2f} 元"
        )
