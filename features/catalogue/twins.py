"""Features that rank firms nearly alike (rank correlation above 0.99 on simulated firms), and why both stay.

A pair that is not here is a copy and goes. ``python -m benchmarks.twins STORE`` looks for pairs.
"""

PART = "one is a part of a ratio or leg that names it"
ALIKE = "simulated regions differ by chance alone; in real ones a whole place does well or badly"
RARE = "hardly a simulated firm has any: how much, how heavy, how often"
TWINS: dict[frozenset[str], str] = {
    frozenset(pair): why
    for *pair, why in (
        ("income_mean_12m", "income_sum_12m", "legs and ratios speak of a year, reasons of a month"),
        ("income_mean_3m", "inflow_operating_mean_3m", "before and after the haircut on cash and refunds"),
        ("income_mean_12m", "inflow_operating_mean_12m", "before and after the haircut on cash and refunds"),
        ("income_sum_12m", "inflow_operating_mean_12m", "before and after the haircut on cash and refunds"),
        ("income_mean_12m", "revenue_ex_vat_sum_12m", "with VAT by payment, and without it by sale"),
        ("income_sum_12m", "revenue_ex_vat_sum_12m", "with VAT by payment, and without it by sale"),
        ("inflow_operating_mean_12m", "revenue_ex_vat_sum_12m", "with VAT by payment, and without it by sale"),
        ("income_cv_12m", "inflow_operating_cv_12m", "before and after the haircut on cash and refunds"),
        ("inflow_total_mean_6m", "outflow_total_mean_6m", PART),
        ("inflow_total_mean_12m", "outflow_total_mean_12m", PART),
        ("balance_average_mean_6m", "balance_closing_mean_6m", "a month's end can be dressed, its average hardly"),
        ("buffer_days_12m", "lowest_to_outflow_12m", "what lies there on average, and at the worst"),
        ("outflow_tax_mean_12m", "outflow_tax_sum_12m", PART),
        ("dues_sum_12m", "dues_paid_sum_12m", PART),
        ("dues_paid_share_12m", "unpaid_dues", "as a share of what was due, and what is still open"),
        ("dues_paid_share_12m", "unpaid_dues_days", "as a share of what was due, and how long it is open"),
        ("unpaid_dues", "unpaid_dues_days", "how much is open, and for how long"),
        ("late_instalments_12m", "days_past_due_max_12m", "how often, and how late at the worst"),
        ("guaranteed", "guaranteed_to_income", PART),
        ("outflow_court_sum_12m", "outflow_court_to_income_12m", RARE),
        ("outflow_court_sum_12m", "outflow_court_months_12m", RARE),
        ("outflow_court_to_income_12m", "outflow_court_months_12m", RARE),
        ("bridged_months_12m", "bridged_to_outflow_financing_12m", RARE),
        ("bridged_months_24m", "bridged_to_outflow_financing_24m", RARE),
        ("came_back_months_12m", "came_back_to_inflow_financing_12m", RARE),
        ("income_yoy_3m", "region_distance_income_yoy_3m", ALIKE),
        ("income_last3_to_12m", "region_distance_income_last3_to_12m", ALIKE),
    )
}
