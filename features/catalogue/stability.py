"""How steadily it flows."""

from typing import Final

import ibis

from features.catalogue.feature import Feature, Number, Row, Text
from features.catalogue.grammar import OWN, floor_share, gap_months, months_where, peak_share, silent, variation
from features.evidence.festival import WITHIN

S: Final = "stability"


def _restart(row: Row) -> Number:
    """Unknown, not late, where no line shows the weeks: neither the festival's month nor the next has one."""
    shown = row.two("active_days", row["base_since_festival"] - 1.0).sum() > 0
    return ibis.ifelse(shown, row["base_restart_days"].fill_null(float(WITHIN)), None)


FEATURES = (
    *(variation("income", window) for window in (6, 12)),
    variation("inflow_total", 12),
    *(variation("outflow_total", window, direction=0) for window in (6, 12)),
    variation("inflow_operating", 12),
    variation("outflow_operating", 12, direction=0),
    variation("lines_inflow", 12),
    *(gap_months(subject, 12, S) for subject in ("income", "inflow_total")),
    *(
        months_where(
            "deficit_months", "net_operating", window, S, 1, lambda v: v < 0, "为负的月数", "months below zero"
        )
        for window in (6, 12, 24)
    ),
    variation("income", 24),
    *(variation("inflow_total", window) for window in (6, 24)),
    *(variation("outflow_operating", window, direction=0) for window in (6, 24)),
    *(variation("net_operating", window) for window in (12, 24)),
    variation("lines_inflow", 6),
    variation("lines_outflow", 12, direction=0),
    variation("active_days", 12),
    variation("inflow_platform", 12, direction=0),
    variation("fixed_costs", 12),
    *(gap_months("income", window, S) for window in (6, 24)),
    gap_months("outflow_operating", 12, S),
    gap_months("inflow_platform", 12, S, 0),
    *map(silent, ("income", "inflow_total", "outflow_operating")),
    *(peak_share(subject, 12) for subject in ("income", "outflow_operating", "lines_inflow")),
    *(peak_share(subject, 24) for subject in ("income", "outflow_operating")),
    *(floor_share(subject, 12) for subject in ("income", "lines_inflow", "active_days")),
    floor_share("income", 24),
    floor_share("outflow_operating", 12, direction=0),
    Feature(
        name="festival_restart_days",
        family=S,
        window=12,
        unit="days",
        direction=0,
        missing=Text(
            "未知：春节当月与次月没有已知的账户流水",
            "unknown: no account line of the Spring Festival's month and the next is known",
        ),
        level="lines",
        zh=f"春节至恢复向供应商付款的天数（至多{WITHIN}天）",
        en=f"days from the Spring Festival to the first payment to a supplier, at most {WITHIN}",
        source=OWN,
        formula=_restart,
    ),
)
