"""Where the firm stands among firms of its industry and of its region in the same month.

A month that is bad for all of a trade says little of one firm of it. So a few features are told once more as the distance to
the median of like firms, in units of their quartile range, which bears heavy tails and needs no law of distribution.
"""

from typing import Final, Literal

from features.catalogue import level, liquidity, public_payments, stability, trend
from features.catalogue.feature import Feature, Number, Row, Text, divide
from features.catalogue.grammar import OWN

FAMILY: Final = "peers"
Group = Literal["industry", "region"]
# With fewer firms the quartiles are those of a handful. Fixed here and not in ``conf/``, because a model that was trained
# with another number would read another feature under the same name. Assumption.
FEWEST = 10
EARNS = "income_mean_12m"  # nothing of it, and a firm that is known is nobody's peer
# What is compared: all with the industry; with the region what hangs on a place, its markets and its tax office.
PLACE = (EARNS, "income_yoy_3m", "income_last3_to_12m", "tax_to_income_12m")
COMPARED = (*PLACE, "income_cv_12m", "margin_12m", "utility_to_income_12m", "buffer_days_6m")
BY: dict[Group, tuple[str, ...]] = {"industry": COMPARED, "region": PLACE}
# The monthly quantities that their formulas read, by table of the panel, and how many months back.
READ = {
    "flow": (("income", "net_operating", "outflow_tax", "outflow_utility", "outflow_total"), 15),
    "balance": (("balance_average",), 6),
}
WORDS: dict[Group, tuple[str, str, str]] = {
    "industry": ("行业", "所属大类与门类", "its division and of its section"),
    "region": ("地区", "所在市与所在省", "its city and of its province"),
}


def _among(base: Feature, group: Group) -> Feature:
    zh, where_zh, where_en = WORDS[group]

    def distance(row: Row) -> Number:
        column = f"base_{group}_{base.name}"
        return divide(row[base.name] - row[f"{column}_middle"], row[f"{column}_range"])

    return Feature(
        name=f"{group}_distance_{base.name}", family=FAMILY, window=base.window, unit="quartile ranges",
        direction=base.direction, level=base.level,
        missing=Text(
            f"未知：该值或{zh}未知，或{where_zh}中有该值的企业均不足{FEWEST}家，或各家无差异",
            f"unknown: the value or the {group} is, or fewer than {FEWEST} firms of {where_en} have one, or none differ",
        ),
        zh=f"{base.zh}与同{zh}企业同月中位数之距", en=f"{base.en}, against firms of the {group} in the same month", source=OWN,
        formula=distance, after=(base.name,),
    )  # fmt: skip


_BASE = {f.name: f for family in (level, liquidity, public_payments, stability, trend) for f in family.FEATURES}
FEATURES = tuple(_among(_BASE[name], group) for group, names in BY.items() for name in names)
