"""The health of the firm's customers and suppliers who are customers of the bank too.

A customer that fails does not pay, and a supplier that fails does not deliver. But these firms consented to no use of
their data for another's application, so that these features stand apart from the catalogue: they are computed only where
the bank has permitted it (``conf/counterparties.yaml``), and no reason and no counterfactual names them.
"""

from typing import Final, Literal

from features.catalogue.feature import Feature, Text
from features.catalogue.grammar import Direction, plain

FAMILY: Final = "health"
Side = Literal["inflow", "outflow"]
# Failures travel along trade credit from those who owe to those who are owed.
SOURCE = Text(
    "Jacobson 与 von Schedvin，《商业信用与企业倒闭的传导》，Econometrica 第83卷，2015年",
    "Jacobson and von Schedvin, Trade credit and the propagation of corporate failure, Econometrica 83, 2015",
)
SIDES: dict[Side, tuple[str, str]] = {
    "inflow": ("客户", "sales of the year to customers"),
    "outflow": ("供应商", "purchases of the year from suppliers"),
}
# Fixed here and not in ``conf/``, because a model that was trained with another number would read another feature under
# the same name. Assumption: the fall at which a warning on inflow is yellow.
FALLEN = -0.3


def _share(side: Side, name: str, direction: Direction, zh: str, en: str) -> Feature:
    who, trade = SIDES[side]
    return plain(
        f"partners_{name}_{side}_12m", FAMILY, direction, "share", f"近12个月{zh.format(who)}",
        f"{en.format(trade)}, last 12 months", window=12, level="lines", source=SOURCE,
        missing=Text("未知：没有此类往来，或本行对其中各家均不掌握此项", "unknown: no such trade, or the bank knows this of none of them"),
    )  # fmt: skip


Told = tuple[str, Direction, str, str]
KNOWN: Told = ("known_share", 0, "与本行{}往来占比", "share of {} of the bank's")
PAST_DUE: Told = (
    "past_due_share",
    1,
    "本行{}中逾期超过30天者占比",
    "share of {} of the bank's who are more than 30 days past due",
)
FALLEN_SHARE: Told = (
    "fallen_share",
    1,
    "本行{}中收入同比下降三成者占比",
    "share of {} of the bank's whose income has fallen",
)
UNCOVERED: Told = (
    "uncovered_share",
    1,
    "本行{}中经营现金流不足偿债者占比",
    "share of {} of the bank's who cannot serve debt",
)
CHANGE: Told = ("income_change", -1, "本行{}收入同比加权平均", "weighted change of income in {} of the bank's")

FEATURES = (
    *(_share("inflow", *told) for told in (KNOWN, PAST_DUE, FALLEN_SHARE, UNCOVERED, CHANGE)),
    *(_share("outflow", *told) for told in (KNOWN, PAST_DUE, FALLEN_SHARE)),
)
