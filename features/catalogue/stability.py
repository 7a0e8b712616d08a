"""How steadily it flows."""

from features.catalogue.grammar import gap_months, months_where, variation

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
)
