"""Counterparties of a question: how many, how concentrated, who came, who stayed and who went."""

import ibis
import ibis.expr.types as ir

from features.knowledge import MONTHS, known_months

SIDES = ("inflow", "outflow")
# Months before the date, first and last, over which trade with each party is netted.
SPANS = {
    "quarter": (1, 3),
    "half": (1, 6),
    "half_before": (7, 12),
    "year": (1, 12),
    "year_before": (13, 24),
    "ever_before": (7, MONTHS),
}
TOP = 10
MEASURES = (
    "parties_3m",
    "parties_6m",
    "parties_12m",
    "top1_share_6m",
    "top1_share_12m",
    "top3_share_12m",
    "top5_share_6m",
    "top5_share_12m",
    "hhi_6m",
    "hhi_12m",
    "retained_share_6m",
    "retained_share_12m",
    "lost_share_6m",
    "lost_share_12m",
    "new_share_6m",
    "top10_overlap_24m",
    "both_sides_share_12m",
)


def parties(party: ir.Table, population: ir.Table) -> ir.Table:
    """One row a question with a ``base_<feature>`` column for each measure and side; null without any party."""
    shares = _measures(_both_sides(_ranked(_amounts(party, population))))
    return shares.group_by("row").agg(
        **{
            f"base_{_named(measure, side)}": ibis.ifelse(shares.side == side, shares[measure], None).max()
            for side in SIDES
            for measure in MEASURES
        }
    )


def _named(measure: str, side: str) -> str:
    """``top1_share_12m`` of ``inflow`` is ``top1_share_inflow_12m``."""
    stem, window = measure.rsplit("_", 1)
    return f"{stem}_{side}_{window}"


def _amounts(party: ir.Table, population: ir.Table) -> ir.Table:
    """Net trade with each party in each span, never below nothing."""
    seen = known_months(party, population)

    def within(first: int, last: int) -> ir.Value:
        net = ibis.ifelse((seen.offset >= first) & (seen.offset <= last), seen.amount, None).sum().fill_null(0)
        return ibis.greatest(net.cast("decimal(18,2)"), ibis.literal(0, "decimal(18,2)"))

    return seen.group_by("row", "side", "party").agg(**{name: within(*span) for name, span in SPANS.items()})


def _ranked(amount: ir.Table) -> ir.Table:
    """Add each party's place in three spans, the largest first, and the squares of its shares.

    Shares are rounded so that their squares add up the same in any order.
    """
    side = ibis.window(group_by=["row", "side"])

    def square(span: str) -> ir.Value:
        share = amount[span].cast("float64") / amount[span].sum().over(side).cast("float64").nullif(0.0)
        return (share * share).round(14).cast("decimal(18,14)")

    def place(span: str) -> ir.Value:
        order = ibis.window(group_by=["row", "side"], order_by=[ibis.desc(span), "party"])
        return ibis.row_number().over(order)

    places = {f"{span}_place": place(span) for span in ("half", "year", "year_before")}
    return amount.mutate(**places, half_square=square("half"), year_square=square("year"))


def _both_sides(amount: ir.Table) -> ir.Table:
    """Add whether a party both pays and is paid in the year."""
    pair = ibis.window(group_by=["row", "party"])
    return amount.mutate(both=ibis.ifelse(amount.year > 0, 1, 0).sum().over(pair) == len(SIDES))


def _measures(amount: ir.Table) -> ir.Table:
    none = ibis.literal(0, "decimal(18,2)")

    def of(span: str, condition: ir.BooleanValue) -> ir.Value:
        return ibis.ifelse(condition, amount[span], none).sum()

    def traded(span: str) -> ir.Value:
        return ibis.ifelse(amount[span] > 0, 1, 0).sum().cast("float64")

    def was(span: str) -> ir.BooleanValue:
        return amount[span] > 0

    top = (amount.year_place < TOP) & was("year")
    sums = amount.group_by("row", "side").agg(
        **{span: amount[span].sum() for span in SPANS},
        parties_3m=traded("quarter"),
        parties_6m=traded("half"),
        parties_12m=traded("year"),
        half1=of("half", amount.half_place < 1),
        half5=of("half", amount.half_place < 5),
        year1=of("year", amount.year_place < 1),
        year3=of("year", amount.year_place < 3),
        year5=of("year", amount.year_place < 5),
        half_square=amount.half_square.sum(),
        year_square=amount.year_square.sum(),
        stayed_half=of("half", was("half_before")),
        stayed_year=of("year", was("year_before")),
        gone_half=of("half_before", ~was("half")),
        gone_year=of("year_before", ~was("year")),
        new_half=of("half", ~was("ever_before")),
        largest=ibis.ifelse(top, 1, 0).sum().cast("float64"),
        still=ibis.ifelse(top & (amount.year_before_place < TOP) & was("year_before"), 1, 0).sum().cast("float64"),
        on_both=of("year", amount.both),
    )

    def share(part: str, whole: str, of: str | None = None) -> ir.Value:
        """``part`` over ``whole``, where there is something in ``of``."""
        ratio = sums[part].cast("float64") / sums[whole].cast("float64").nullif(0.0)
        return ibis.ifelse((sums[whole] > 0) & (sums[of or whole] > 0), ratio, None)

    return sums.select(
        "row",
        "side",
        "parties_3m",
        "parties_6m",
        "parties_12m",
        top1_share_6m=share("half1", "half"),
        top1_share_12m=share("year1", "year"),
        top3_share_12m=share("year3", "year"),
        top5_share_6m=share("half5", "half"),
        top5_share_12m=share("year5", "year"),
        hhi_6m=ibis.ifelse(sums.half > 0, sums.half_square.cast("float64"), None),
        hhi_12m=ibis.ifelse(sums.year > 0, sums.year_square.cast("float64"), None),
        retained_share_6m=share("stayed_half", "half", "half_before"),
        retained_share_12m=share("stayed_year", "year", "year_before"),
        lost_share_6m=share("gone_half", "half_before"),
        lost_share_12m=share("gone_year", "year_before"),
        new_share_6m=share("new_half", "half", "ever_before"),
        top10_overlap_24m=share("still", "largest", "year_before"),
        both_sides_share_12m=share("on_both", "year"),
    )
