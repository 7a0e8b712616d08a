"""``audit``: look after the record."""

import sys
from typing import Annotated

import typer

from serving.cli.common import ALERT, Staff, staff_name
from serving.cli.words import Group

Head = Annotated[
    str,
    typer.Option(
        "--head", metavar="HASH", help="已留存的哈希 a hash noted from an earlier run, which must still be there"
    ),
]

Decision = Annotated[str, typer.Argument(metavar="DECISION_ID", help="决策编号 the number of the decision")]
Limit = Annotated[float, typer.Option("--limit", metavar="YUAN", help="改为 new money decided on instead; 0 declines")]
Role = Annotated[str, typer.Option("--role", metavar="NAME", help="角色 a role of conf/overrides.yaml")]
Reason = Annotated[str, typer.Option("--reason", metavar="CODE", help="理由 a reason of conf/overrides.yaml")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="说明 the reason in words")]


group = typer.Typer(cls=Group, no_args_is_help=True)


@group.callback()
def audit() -> None:
    """审计 The record of queries and decisions."""


@group.command()
def verify(head: Head = "") -> None:
    """校验链 Walk the chain of events from the first to the last and name the first that is broken.

    打印事件数与末位哈希，请另存，日后以 --head 核对末尾是否被截断。再核对各模型的在用版本与末次
    上线或回退。完整以 0 结束，断开或缺少该事件以 4 结束。只读，不留事件。
    Prints the number of events and the last hash: note it elsewhere, and a later run with --head shows whether the
    end was cut off. Then compares the last promotion or rollback of each model with its champion in the registry.
    Ends with 0 when the chain is whole, with 4 when it is broken or lacks such an event. The record is only read, so
    that an auditor needs no right to write; the look itself leaves no event.
    """
    from features.errors import CreditError
    from pipelines.promote import unrecorded
    from pipelines.record import Record

    with Record(read_only=True) as record:
        fault, last, place = record.verify(head), record.head(), record.place
        if fault:
            print(f"断裂 Broken: {fault}")
            raise typer.Exit(ALERT)
        print(f"完整 Whole: {last.id if last else 0} events, last hash {last.hash if last else '-'}")
        print(f"sme-credit: the record at {place}", file=sys.stderr)
        try:
            lost = unrecorded(record)
        except CreditError as error:
            print(f"sme-credit: 未与模型登记库核对 not compared with the registry of models: {error}", file=sys.stderr)
            return
    for model, version in lost.items():
        print(
            f"缺少事件 Missing: {model} 的在用版本 {version} 没有上线或回退记录，下一次 promote 或 rollback 会补记。"
            f"the champion of {model} is version {version}, of which no promotion or rollback tells; the next of "
            "either records it."
        )
    if lost:
        raise typer.Exit(ALERT)


@group.command()
def override(decision: Decision, limit: Limit, role: Role, reason: Reason, note: Note, staff: Staff = None) -> None:
    """人工改判 Put on the record that a person decided otherwise than the system.

    原决策不变；写入后不可更改，只能再次改判。额度不得超过未列入 conf/overrides.yaml 中该角色可越过的限额腿。
    The decision stays as it is; what is written cannot be changed, only followed by another override. No role lends
    beyond the legs of the limit that conf/overrides.yaml does not name for it.
    """
    from pipelines.override import override as write
    from pipelines.report.text import override_text

    event = write(decision, limit, role=role, reason=reason, note=note, staff=staff_name(staff))
    print(override_text(event))
