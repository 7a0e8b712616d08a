"""The page of the catalogue, made from the catalogue."""

from itertools import groupby

from features.catalogue import CATALOGUE, EVERY
from features.catalogue.feature import FAMILIES, UNITS, Feature
from features.loan_behaviour import BEHAVIOUR

HEAD = """# 特征目录 Feature catalogue

此页由 `features/catalogue` 生成，请勿手改。This page is made from `features/catalogue` by
`python -m pipelines.documents`; do not edit it.

A feature is computed from facts known before the date of its row. Windows are whole calendar months before the month of that
date; 0 is a stock on the date. Risk: `+` a higher value means more risk, `-` less, blank without an argument for either.
Level: `statistics` where monthly statistics of the platform are enough, `lines` where account lines are needed, `public`
where bills, filings or contributions are, which a firm may keep back ([ADR 0016](adr/0016-what-a-firm-may-keep-back.md)), `register`
for other facts, `question` for what was asked.
"""
TABLE = """| 特征 feature | 中文 | English | 窗口 window | 单位 unit | 风险 risk | 缺失 missing | 层级 level |
|---|---|---|---|---|---|---|---|
"""
AFTER = """## behaviour 用信后表现

Of a live loan since its disbursement, beside the features above: what `post-loan-risk` reads (`features/loan_behaviour.py`).
"""
APART = """## health 交易对手健康度

Of counterparties who are customers of the bank too. Not in the matrix unless `conf/counterparties.yaml` permits it, and never
in a reason ([ADR 0012](adr/0012-health-of-counterparties.md)).
"""
RISK = {1: "+", 0: "", -1: "-"}


def markdown() -> str:
    """The page: a table a family, in the order of the catalogue."""
    parts = [HEAD, f"{len(CATALOGUE)} features.\n"]
    for family, features in groupby(CATALOGUE.values(), key=lambda feature: feature.family):
        parts.append(f"## {family} {FAMILIES[family].zh}\n\n{TABLE}{''.join(_row(feature) for feature in features)}")
    apart = (feature for name, feature in EVERY.items() if name not in CATALOGUE)
    parts.append(f"{APART}\n{TABLE}{''.join(_row(feature) for feature in apart)}")
    parts.append(f"{AFTER}\n{TABLE}{''.join(_row(feature) for feature in BEHAVIOUR.values())}")
    return "\n".join(parts)


def _row(feature: Feature) -> str:
    cells = (
        f"`{feature.name}`",
        feature.zh,
        feature.en,
        str(feature.window),
        f"{UNITS[feature.unit]}<br>{feature.unit}",
        RISK[feature.direction],
        "<br>".join(feature.missing),
        feature.level,
    )
    return f"| {' | '.join(cells)} |\n"
