"""Counterparties of a question: how many, how concentrated, who stayed and who went."""

import ibis
import ibis.expr.types as ir

from features.knowledge import known_months

SIDES = ("inflow", "outflow")
MEASURES = (
    "parties_6m",
    "parties_12m",
    "top1_share_12m",
    "top5_share_12m",
    "hhi_12m",
    "retained_share_6m",
    "lost_share_6m",
)


def parties(party: ir.Table, population: ir.Table) -> ir.Table:
    """One row a question with a ``base_<feature>`` column for each measure and side; null without any party."""
    shares = _measures(_shares(_amounts(party, population)))
    return shares.group_by("row").agg(
        **{
            f"base_{_named(measure, side)}": shares[measure].max(where=shares.side == side)
            for side in SIDES
            for measure in MEASURES
        }
    )


def _named(measure: str, side: str) -> str:
    """``top1_share_12m`` of ``inflow`` is ``top1_share_inflow_12m``."""
    stem, window = measure.rsplit("_", 1)
    return f"{stem}_{side}_{window}"


def _amounts(party: ir.Table, population: ir.Table) -> ir.Table:
    seen = known_months(party, population)

    def within(first: int, last: int) -> ir.Value:
        net = seen.amount.sum(where=(seen.offset >= first) & (seen.offset <= last)).fill_null(0)
        return ibis.greatest(net.cast("decimal(18,2)"), ibis.literal(0, "decimal(18,2)"))

    return seen.group_by("row", "side", "party").agg(year=within(1, 12), half=within(1, 6), before=within(7, 12))


def _shares(amount: ir.Table) -> ir.Table:
    """Add each party's rank and share; shares are rounded so that their squares add up the same in any order."""
    side = ibis.window(group_by=["row", "side"])
    ranked = ibis.window(group_by=["row", "side"], order_by=[ibis.desc("year"), "party"])
    amount = amount.mutate(total=amount.year.sum().over(side), place=ibis.row_number().over(ranked))
    share = amount.year.cast("float64") / amount.total.cast("float64").nullif(0.0)
    return amount.mutate(square=(share * share).round(14).cast("decimal(18,14)"))


def _measures(amount: ir.Table) -> ir.Table:
    stayed = (amount.before > 0) & (amount.half > 0)
    gone = (amount.before > 0) & (amount.half <= 0)
    sums = amount.group_by("row", "side").agg(
        year=amount.year.sum(),
        half=amount.half.sum(),
        before=amount.before.sum(),
        stayed=amount.half.sum(where=stayed),
        gone=amount.before.sum(where=gone),
        top1=amount.year.sum(where=amount.place < 1),
        top5=amount.year.sum(where=amount.place < 5),
        square=amount.square.sum(),
        parties_6m=ibis.ifelse(amount.half > 0, 1, 0).sum().cast("float64"),
        parties_12m=ibis.ifelse(amount.year > 0, 1, 0).sum().cast("float64"),
    )

    def share(part: str, whole: str) -> ir.Value:
        top = sums[part].cast("float64").fill_null(0.0)
        return ibis.ifelse(sums[whole] > 0, top / sums[whole].cast("float64").nullif(0.0), None)

    return sums.select(
        "row",
        "side",
        "parties_6m",
        "parties_12m",
        top1_share_12m=share("top1", "year"),
        top5_share_12m=share("top5", "year"),
        hhi_12m=ibis.ifelse(sums.year > 0, sums.square.cast("float64"), None),
        retained_share_6m=ibis.ifelse(sums.before > 0, share("stayed", "half"), None),
        lost_share_6m=share("gone", "before"),
    )
