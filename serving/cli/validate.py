"""``validate``: measure a registered version, and attach the dossier to it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.common import Model, StoreFolder, open_store, refuse_name, staff_name, stepped

Version = Annotated[str | None, typer.Argument(metavar="VERSION", help="版本 default: the challenger")]
Out = Annotated[Path, typer.Option("--out", metavar="FILE.html", help="验证报告 where the dossier goes")]
Validator = Annotated[
    str | None,
    typer.Option("--validator", metavar="NAME", help="验证人 who validates; default $SME_CREDIT_STAFF or system user"),
]


def validate(
    model: Model, out: Out, version: Version = None, store: StoreFolder = None, validator: Validator = None
) -> None:
    """验证 Measure a version on rows held out, judge it by the gates of conf/validation.yaml, attach the dossier."""
    refuse_name(out, ".html")
    opened = open_store(store)
    from pipelines.validate import STEPS
    from pipelines.validate import validate as run

    with stepped(f"validate {model}", STEPS) as progress:
        done = run(opened, model, version, out, staff_name(validator), progress)
    for gate in done.figures["gates"]:
        said = "未测 not measured" if not gate["measured"] else "通过 passed" if gate["passed"] else "未通过 FAILED"
        print(f"{gate['zh']} {gate['en']}: {gate['found']} ({gate['wanted']}) {said}")
    unmeasured = sum(not gate["measured"] for gate in done.figures["gates"])
    passed = "全部通过 every gate passed" + f", {unmeasured} 项未测 not measured" * bool(unmeasured)
    told = f"未通过 gates failed: {', '.join(done.failed)}" if done.failed else passed
    print(f"{done.model} v{done.version}: {told}; 验证人 validated by {done.figures['about']['validator']}")
    about = done.figures["about"]
    if about["trainer"].casefold() == about["validator"].casefold():
        print(
            f"训练与验证为同一人，据此不能上线。{about['trainer']} trained this version too: it is not promoted on "
            "this validation; another person validates it",
            file=sys.stderr,
        )
    print(f"sme-credit: {done.out}", file=sys.stderr)
