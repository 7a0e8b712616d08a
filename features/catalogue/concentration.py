"""From whom and to whom: concentration is not monotone in risk, losing partners is."""

from typing import Literal

from features.catalogue.feature import Feature, Text
from features.catalogue.grammar import Direction, floor_share, mean, plain, variation

Side = Literal["inflow", "outflow"]
NOBODY = Text("未知：窗口内没有可识别的交易对手", "unknown: no identified counterparty in the window")


def _share(name: str, window: int, direction: Direction, zh: str, en: str, unit: str = "share") -> Feature:
    return plain(
        name, "concentration", direction, unit, f"近{window}个月{zh}", f"{en}, last {window} months", window=window,
        level="lines", missing=NOBODY,
    )  # fmt: skip


def _features(side: Side, zh: str, en: str) -> tuple[Feature, ...]:
    return (
        _share(f"parties_{side}_3m", 3, 0, f"{zh}数量", f"number of {en}", "parties"),
        _share(f"parties_{side}_6m", 6, 0, f"{zh}数量", f"number of {en}", "parties"),
        _share(f"parties_{side}_12m", 12, -1, f"{zh}数量", f"number of {en}", "parties"),
        _share(f"top1_share_{side}_6m", 6, 0, f"最大{zh}占比", f"share of the largest of the {en}"),
        _share(f"top1_share_{side}_12m", 12, 0, f"最大{zh}占比", f"share of the largest of the {en}"),
        _share(f"top3_share_{side}_12m", 12, 0, f"前三大{zh}占比", f"share of the three largest {en}"),
        _share(f"top5_share_{side}_6m", 6, 0, f"前五大{zh}占比", f"share of the five largest {en}"),
        _share(f"top5_share_{side}_12m", 12, 0, f"前五大{zh}占比", f"share of the five largest {en}"),
        _share(f"hhi_{side}_6m", 6, 0, f"{zh}集中度（赫芬达尔指数）", f"Herfindahl index of {en}", "index"),
        _share(f"hhi_{side}_12m", 12, 0, f"{zh}集中度（赫芬达尔指数）", f"Herfindahl index of {en}", "index"),
        _share(f"retained_share_{side}_6m", 6, -1, f"老{zh}占比", f"share of trade with {en} of the half-year before"),
        _share(f"lost_share_{side}_6m", 6, 1, f"{zh}流失占比", f"share of the half-year before with {en} now gone"),
        _share(f"retained_share_{side}_12m", 12, -1, f"上年老{zh}占比", f"share of trade with {en} of the year before"),
        _share(f"lost_share_{side}_12m", 12, 1, f"上年{zh}流失占比", f"share of the year before with {en} now gone"),
        _share(f"new_share_{side}_6m", 6, 0, f"新{zh}占比", f"share of trade with {en} never seen before"),
        _share(
            f"top10_overlap_{side}_24m",
            24,
            -1,
            f"前十大{zh}同比重合度",
            f"share of the ten largest {en} of the last year that were so the year before",
        ),
        _share(
            f"both_sides_share_{side}_12m",
            12,
            0,
            f"既付款又收款{zh}占比",
            f"share of trade with {en} who both pay and are paid",
        ),
    )


FEATURES = (
    *_features("inflow", "客户", "customers"),
    *_features("outflow", "供应商", "suppliers"),
    *(mean(subject, 12, "concentration", 0, "parties") for subject in ("customers", "suppliers")),
    *(variation(subject, 12, "concentration") for subject in ("customers", "suppliers")),
    floor_share("customers", 12, "concentration"),
)  # fmt: skip
