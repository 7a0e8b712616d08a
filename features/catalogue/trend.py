"""Where it is going: growth is not monotone in risk, a falling balance is."""

from features.catalogue.grammar import recent, same_period, slope

FEATURES = (
    slope("income", 6),
    slope("income", 12),
    slope("outflow_total", 12),
    slope("net_operating", 12),
    slope("balance_average", 6, direction=-1),
    slope("balance_average", 12, direction=-1),
    recent("income", 3, 12),
    recent("net_operating", 3, 12),
    recent("lines_inflow", 3, 12),
    recent("balance_average", 3, 12, direction=-1),
    same_period("income", 3),
    same_period("income", 12),
    same_period("outflow_operating", 12),
)
