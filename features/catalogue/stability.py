"""How steadily it flows."""

from typing import Final

from features.catalogue.grammar import floor_share, gap_months, months_where, peak_share, silent, variation

S: Final = "stability"

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
)
