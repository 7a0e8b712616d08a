"""``demo``: the whole journey, embedded, on simulated firms."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.common import stepped
from serving.cli.monitor import show

if TYPE_CHECKING:
    from pipelines.demo import Journey

Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="输出目录 folder; default $SME_CREDIT_HOME")]


def demo(out: Out = None) -> None:
    """演示 The whole journey on simulated firms: simulate, train, validate, promote, ingest, score, monitor."""
    import os

    # Embedded: everything stays under one folder, whatever servers the environment names.
    for name in ("MLFLOW_TRACKING_URI", "DATABASE_URL"):
        os.environ.pop(name, None)
    if out:
        os.environ["SME_CREDIT_HOME"] = str(out.resolve())
    from pipelines.demo import STEPS, journey
    from pipelines.record import Record
    from pipelines.settings import home

    with stepped("demo", STEPS) as progress, Record() as record:
        made = journey(home(), record, progress)
    _show(made, out)


def _called(out: Path | None) -> str:
    """How to run a command of one's own on what the demo made."""
    command = sys.argv[0] if Path(sys.argv[0]).name == "sme-credit" else "sme-credit"
    return command if out is None else f"SME_CREDIT_HOME={shlex.quote(str(out))} {command}"


def _show(made: "Journey", out: Path | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from pipelines.demo import AS_OF

    heads = (
        "企业\nfirm",
        "决定\ndecision",
        "额度（元）\nlimit, yuan",
        "期限（月）\nmonths",
        "年利率\nrate",
        "违约概率\nPD",
        "决定因素\ndecided by",
    )
    table = Table(*heads, box=SIMPLE_HEAD)
    table.columns[-1].overflow = "fold"  # Chinese has no spaces to break at
    for answer in made.scored.answers:
        table.add_row(*_row(answer.decision))
    Console(width=110).print(table)
    found = made.validated.figures["samples"]["by_firm"]
    print(
        f"模型 model   credit-limit v{made.trained.version}，学自模拟企业 learned from simulated firms: "
        f"{made.trained.rows:,} 笔 loans, {made.trained.bad} 违约 defaults; 留出 held-out AUC {found['auc']:.3f} "
        f"({found['low']:.3f} – {found['high']:.3f})，模拟 simulated"
    )
    print(
        f"授权 consent {len(made.scored.answers)} 户已决定 firms decided on, {len(made.scored.refused)} "
        "户无有效授权 refused for want of it"
    )
    print(f"验证 dossier {made.validated.out}")
    print(f"报告 report  {made.report}")
    print()
    show(made.month, AS_OF)
    print(f"贷后 watch   {made.month.page}")
    said = made.scored.answers[0].decision
    print(f"继续 go on   {_called(out)} score --as-of {said.as_of} --enterprise {said.enterprise_id}")


def _row(decision: Any) -> tuple[str, ...]:
    answer = "转人工 refer" if decision.referral else "准入 admit" if decision.admitted else "不予准入 decline"
    return (
        decision.enterprise_id,
        answer,
        f"{decision.limit:,.0f}",
        str(decision.term_months or "—"),
        f"{decision.annual_rate:.2%}" if decision.annual_rate is not None else "—",
        f"{decision.pd:.1%}",
        f"{decision.reasons[0].zh}\n{decision.reasons[0].en}",
    )
