"""``replay``: compute a recorded decision again and say whether it comes out the same."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.common import ALERT, Staff, StoreFolder, open_store, staff_name

if TYPE_CHECKING:
    from pipelines.replay import Replay


def replay(
    decision_id: Annotated[str, typer.Argument(metavar="DECISION_ID", help="决策编号 the number of the decision")],
    store: StoreFolder = None,
    staff: Staff = None,
) -> None:
    """重放决策 Compute a recorded decision again from the same facts, flow rules and model version.

    逐位相等以 0 结束，有差异或有未能重算的以 4 结束。
    Ends with 0 when everything is equal to the last bit, with 4 when something differs or cannot be computed again.
    """
    from pipelines.replay import replay as compute_again

    result = compute_again(open_store(store), decision_id, staff_name(staff))
    _say(result)
    if not result.equal or result.taken:
        raise typer.Exit(ALERT)


def _say(result: "Replay") -> None:
    from pipelines.report.text import override_text

    what = f"decision {result.decision_id}, firm {result.enterprise_id}, as of {result.as_of}"
    if result.equal:
        every = f"every feature but {len(result.taken)}" if result.taken else "every feature"
        print(f"一致 Equal: {what}: {every} and the decision come out the same.")
    else:
        print(f"不一致 Different: {what}: {len(result.differences)} figures differ.")
    for note in _notes(result):
        print(note)
    for difference in result.differences:
        print(f"  {difference.name}: 记录 recorded {difference.recorded!r}, 现在 now {difference.recomputed!r}")
    for event in result.overrides:
        print(override_text(event))


def _notes(result: "Replay") -> Iterator[str]:
    """What has changed since the decision, and what that means for the answer."""
    if result.taken:
        names = ", ".join(result.taken)
        yield f"未重算、取自记录的特征 Not computed again but taken as recorded, so not compared: {names}"
    if result.rules_lost:
        yield (
            f"流水规则已变：决策时为 {result.rules_then}，记录未存其内容，本次按现行规则计算；请将 SME_CREDIT_CONF "
            f"指向含该版本的目录后重放。The flow rules have changed: the decision was made by {result.rules_then}, of "
            "which the record holds no text, and this is by those in force; replay with SME_CREDIT_CONF at a folder "
            "that holds them."
        )
    elif result.rules_then:
        yield (
            f"流水规则已变，本次按决策时的 {result.rules_then} 计算，同业数据取自记录。The flow rules have changed: "
            f"this is by those of the decision, {result.rules_then}, with the figures of peers that the record holds."
        )
    if result.code_then:
        yield (
            f"程序已变，决策时为 {result.code_then}。Features and models are computed by other code than that of the "
            f"decision, {result.code_then}."
        )
    if result.store_changed:
        yield (
            "数据目录已非决策时的状态：此后有新增，或非同一目录 The store is not in the state of the decision: facts "
            "were added since, or it is another store."
        )
