"""``sme-credit evaluate``: quality on real data, and the ladder on simulated data, by a stated protocol."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.common import refuse_other


def evaluate(
    kind: Annotated[
        str, typer.Argument(help="数据类别 berka, invoices or sba; simulated for a store that simulate made")
    ],
    path: Annotated[Path, typer.Argument(help="数据目录 folder of the data set, or the simulated store")],
    out: Annotated[Path, typer.Option(help="输出目录 folder for metrics.json and predictions.csv")],
) -> None:
    """在真实数据（或模拟数据）上评估 Measure on real data, or the ladder on simulated data."""
    import json

    from pipelines.evaluation import KINDS
    from pipelines.evaluation import evaluate as run

    refuse_other(kind, KINDS, "KIND")
    print(json.dumps(run(kind, path, out), ensure_ascii=False, indent=1))
