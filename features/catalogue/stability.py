"""How steadily it flows."""

from typing import Final

from features.catalogue.grammar import floor_share, gap_months, months_where, peak_share, silent, variation

S: Final = "stability"

FEATURES = (
    variation("income", 6),
    variation("income", 12),
    variation("inflow_total", 12),
    variation("outflow_total", 6, direction=0),
    variation("outflow_total", 12, direction=0),
    variation("inflow_operating", 12),
    variation("outflow_operating", 12, direction=0),
    variation("lines_inflow", 12),
    gap_months("income", 12, family="stability"),
    gap_months("inflow_total", 12, family="stability"),
    months_where(
        "deficit_months", "net_operating", 6, "stability", 1, lambda v: v < 0, "为负的月数", "months below zero"
    ),
    months_where(
        "deficit_months", "net_operating", 12, "stability", 1, lambda v: v < 0, "为负的月数", "months below zero"
    ),
    months_where(
        "deficit_months", "net_operating", 24, "stability", 1, lambda v: v < 0, "为负的月数", "months below zero"
    ),
    variation("income", 24),
    variation("inflow_total", 6),
    variation("inflow_total", 24),
    variation("outflow_operating", 6, direction=0),
    variation("outflow_operating", 24, direction=0),
    variation("net_operating", 12),
    variation("net_operating", 24),
    variation("lines_inflow", 6),
    variation("lines_outflow", 12, direction=0),
    variation("active_days", 12),
    variation("inflow_platform", 12, direction=0),
    variation("fixed_costs", 12),
    gap_months("income", 6, S),
    gap_months("income", 24, S),
    gap_months("outflow_operating", 12, S),
    gap_months("inflow_platform", 12, S, 0),
    silent("income"),
    silent("inflow_total"),
    silent("outflow_operating"),
    *(peak_share(subject, 12) for subject in ("income", "outflow_operating", "lines_inflow")),
    *(peak_share(subject, 24) for subject in ("income", "outflow_operating")),
    *(floor_share(subject, 12) for subject in ("income", "lines_inflow", "active_days")),
    floor_share("income", 24),
    floor_share("outflow_operating", 12, direction=0),
)
