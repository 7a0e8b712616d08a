"""The answer as a few lines for a terminal."""

from collections.abc import Mapping
from typing import Any

from pipelines.report.page import leg_label
from pipelines.report.words import EFFECTS, answer, percent, wan, yuan


def decision_text(decision: Mapping[str, Any]) -> str:
    """The decision in lines: the answer, the figures, every leg, reasons, gaps."""
    said = answer(decision)
    limit, term, rate = decision["limit"], decision["term_months"] or "-", decision["annual_rate"]
    lines = [
        f"{decision['enterprise_id']}  截至 as of {decision['as_of']}  {said['zh']} {said['en']}",
        f"  额度 limit {yuan(limit)} ({wan(limit)})  期限 term {term} 月  年利率 rate {percent(rate)}",
        f"  等级 grade {decision['grade']}  评分 score {decision['score']:.0f}  违约率 PD {percent(decision['pd'])}",
    ]
    for leg in decision["legs"]:
        lines.append(
            f"  {'*' if leg['name'] == decision['binding_leg'] else ' '} {leg_label(leg['name'])}: {wan(leg['value'])}"
        )
    for reason in decision["reasons"]:
        zh, en, _ = EFFECTS[reason["effect"]]
        lines.append(f"  {zh} {en}: {reason['zh']} {reason['en']}")
    lines += [f"  数据缺口 gap: {gap['zh']} {gap['en']}" for gap in decision["data_gaps"]]
    lines.append(f"  模型 model {decision['model']} v{decision['version']}  政策 policy {decision['policy']}")
    return "\n".join(lines)
