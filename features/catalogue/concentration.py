"""From whom and to whom: concentration is not monotone in risk, losing partners is."""

from typing import Literal

from features.catalogue.feature import Feature
from features.catalogue.grammar import Direction, plain

Side = Literal["inflow", "outflow"]


def _share(name: str, window: int, direction: Direction, zh: str, en: str, unit: str = "share") -> Feature:
    return plain(
        name, "concentration", direction, unit, f"近{window}个月{zh}", f"{en}, last {window} months", window=window,
        level="lines", missing="unknown: no identified counterparty in the window",
    )  # fmt: skip


def _features(side: Side, zh: str, en: str) -> tuple[Feature, ...]:
    return (
        _share(f"parties_{side}_6m", 6, 0, f"{zh}数量", f"number of {en}", "parties"),
        _share(f"parties_{side}_12m", 12, -1, f"{zh}数量", f"number of {en}", "parties"),
        _share(f"top1_share_{side}_12m", 12, 0, f"最大{zh}占比", f"share of the largest of the {en}"),
        _share(f"top5_share_{side}_12m", 12, 0, f"前五大{zh}占比", f"share of the five largest {en}"),
        _share(f"hhi_{side}_12m", 12, 0, f"{zh}集中度（赫芬达尔指数）", f"Herfindahl index of {en}", "index"),
        _share(f"retained_share_{side}_6m", 6, -1, f"老{zh}占比", f"share of trade with {en} of the half-year before"),
        _share(f"lost_share_{side}_6m", 6, 1, f"{zh}流失占比", f"share of the half-year before with {en} now gone"),
    )


FEATURES = (*_features("inflow", "客户", "customers"), *_features("outflow", "供应商", "suppliers"))
