"""From whom and to whom: concentration is not monotone in risk, losing partners is."""

from features.catalogue.grammar import plain

SIDES = (("inflow", "客户", "customers", "流入"), ("outflow", "供应商", "suppliers", "流出"))
NOBODY = "unknown: no identified counterparty in the window"

FEATURES = tuple(
    plain(name, "concentration", direction, unit, zh, en, window=window, level="lines", missing=missing)
    for side, zh_side, en_side, zh_flow in SIDES
    for name, direction, unit, window, missing, zh, en in (
        (f"parties_{side}_6m", 0, "parties", 6, "unknown: no flow", f"近6个月{zh_side}数量", f"{en_side}, last 6 months"),
        (f"parties_{side}_12m", -1, "parties", 12, "unknown: no flow", f"近12个月{zh_side}数量", f"{en_side}, last 12 months"),
        (f"top1_share_{side}_12m", 0, "share", 12, NOBODY, f"近12个月最大{zh_side}占比", f"share of the largest of the {en_side}, last 12 months"),
        (f"top5_share_{side}_12m", 0, "share", 12, NOBODY, f"近12个月前五大{zh_side}占比", f"share of the five largest {en_side}, last 12 months"),
        (f"hhi_{side}_12m", 0, "index", 12, NOBODY, f"近12个月{zh_flow}集中度（赫芬达尔指数）", f"Herfindahl index of {en_side}, last 12 months"),
        (f"retained_share_{side}_6m", -1, "share", 6, NOBODY, f"近6个月来自老{zh_side}的占比", f"share of the last 6 months with {en_side} of the 6 before"),
        (f"lost_share_{side}_6m", 1, "share", 6, NOBODY, f"此前6个月{zh_side}中已流失的占比", f"share of the 6 months before with {en_side} now gone"),
    )
)  # fmt: skip
