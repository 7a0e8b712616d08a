"""``replay``: compute a recorded decision again and say whether it comes out the same."""

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
    """重放决策 Compute a recorded decision again from the same facts and the same model version.

    逐位相等以 0 结束，有差异以 4 结束。
    Ends with 0 when everything is equal to the last bit, with 4 when something differs.
    """
    from pipelines.replay import replay as compute_again

    result = compute_again(open_store(store), decision_id, staff_name(staff))
    _say(result)
    if not result.equal:
        raise typer.Exit(ALERT)


def _say(result: "Replay") -> None:
    from pipelines.report.text import override_text

    what = f"decision {result.decision_id}, firm {result.enterprise_id}, as of {result.as_of}"
    if result.equal:
        print(f"一致 Equal: {what}: every feature and the decision come out the same.")
    else:
        print(f"不一致 Different: {what}: {len(result.differences)} figures differ.")
    for difference in result.differences:
        print(f"  {difference.name}: recorded {difference.recorded!r}, now {difference.recomputed!r}")
    if result.store_changed:
        print("数据目录已有新增 The store has changed since the decision.")
    if result.rules_then:
        print(
            f"流水规则已变：决策时为 {result.rules_then}，请将 SME_CREDIT_CONF 指向含该版本的目录后重放。"
            f"The flow rules have changed: the decision was made by {result.rules_then}; "
            "replay with SME_CREDIT_CONF at a folder that holds them."
        )
    for event in result.overrides:
        print(override_text(event))
