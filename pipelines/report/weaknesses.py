"""What the figures of a validation themselves say against relying on the model, in both languages."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipelines.report.places import segment_name

PSI_BOUND = 0.25
FEW_DEFAULTS = 100
SHOWN = 6
AGED = "企业年限 years "  # of segments, the bands of age alone are bare numbers


def weaknesses(figures: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Chinese and English, one pair a weakness."""
    samples, data = figures["samples"], figures["data"]
    if figures["about"]["simulated"]:
        yield (
            "全部数据为模拟数据，结论不能用于真实客户。",
            "All data are simulated: nothing here is evidence of real firms.",
        )
    times = figures.get("shifted_odds", 1.0)
    if times != 1:
        yield (
            f"在用违约概率按长期违约率平移，其几率为本报告所检验概率的 {times:.2f} 倍，平移本身未经检验。",
            f"Probabilities in use are moved to a long-run rate, to {times:.2f} times the odds of those judged here; "
            "the shift itself is not tested.",
        )
    if "by_time_and_firm" not in samples:
        yield (
            "时间切分一侧的结果不足十例，未做时间外检验。",
            "Fewer than ten outcomes on a side of the cut: not tested out of time.",
        )
    if data["bad"] < FEW_DEFAULTS:
        yield f"违约仅 {data['bad']} 例，各区间较宽。", f"Only {data['bad']} defaults: every interval is wide."
    if data["mostly_missing"]:
        number = data["mostly_missing"]
        yield f"{number} 个特征过半缺失。", f"{number} features are missing in more than half of the rows."
    moved = [row for row in figures["stability"]["features"] if row["psi"] > max(PSI_BOUND, row["chance"])][:SHOWN]
    if moved:
        zh, en = "、".join(row["zh"] for row in moved), "; ".join(row["en"] for row in moved)
        yield f"随时间移动明显的特征：{zh}。", f"Features that moved much over time: {en}."
    off = [
        f"{AGED if dim == 'age' else ''}{segment_name(dim, row['segment'])}"
        for dim, rows in figures["segments"].items()
        for row in rows
        if row.get("holds") is False
    ]
    if off:
        zh, en = "、".join(off), ", ".join(off)
        yield (
            f"预测违约率落在区间之外的分组：{zh}。",
            f"Segments whose mean PD lies outside the interval of what came: {en}.",
        )
    lot = figures.get("refused", {}).get("by_lot")
    if lot and not lot["holds"]:
        yield (
            "随机放款的结果不在被拒申请的假定区间内。",
            "What came of applications lent to by lot lies outside the bounds assumed for the refused.",
        )
    yield figures["about"]["unseen"]
