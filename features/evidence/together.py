"""Who is paid when money comes in that no trade stands behind, and at no other time.

Whatever a sham is called on its way out - wages, claims, a deposit, a transfer - its payees are paid because money
came in. So four things hold of them together. Each is **in step**: nearly all that the firm pays him lies within days
of such a receipt. That says something while most of what the firm pays its suppliers on credit does not. The payers
are in step with them too. And all of them together get what all such receipts came to, less at most taxes and fees.

Neither words nor equal sums are asked for, nor who takes which part, nor how many do.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep
from features.evidence.findings import KEY, daily, during, joined, mostly, runs, while_in
from features.evidence.settings import PER_MILLE, Circular

FIRM = ["enterprise_id"]
OUT = [*FIRM, "out_number"]
LINE = [*FIRM, "number"]


def together(
    receipts: ir.Table,
    bare: ir.Table,
    outgoing: ir.Table,
    others: ir.Table,
    bought: ir.Table,
    settings: Circular,
    keep: Keep,
) -> ir.Table:
    """Lines of payers and payees that come and go together, while they are known to.

    ``receipts`` and ``bare`` are those of ``features.evidence.unbilled``; ``outgoing`` is all that leaves such firms,
    ``others`` what of it goes to no supplier on credit, ``bought`` what pays for purchases on credit.
    """
    most = settings.step_repeats, settings.step_share
    pairs = keep("step_pairs", near(bare, outgoing, FIRM, settings.step_before, settings.step_after))
    calm = keep("step_calm", _calm(outgoing, pairs, bought, settings))
    judged = receipts.filter(receipts.booked_at >= receipts.judged_on).semi_join(bare, FIRM)
    since = judged.group_by(FIRM).agg(judged_on=judged.judged_on.min())
    payees = others.filter(others.nature != "owner").join(since, FIRM)
    payees = payees.filter(payees.booked_at >= payees.judged_on).drop("judged_on")
    hits = while_in(_in_pairs(payees, pairs, "out"), calm, FIRM)
    payees = keep("step_payees", while_in(payees, mostly(payees, hits, *most), KEY))
    pairs = while_in(pairs, payees.select(*FIRM, out_number="number", day="known_from", next_day="known_until"), OUT)
    judged = judged.select(*payees.drop("number", "who").columns)
    hits = _in_pairs(bare, keep("step_of_payees", pairs), "in").select(*judged.columns)
    payers = keep("step_payers", while_in(judged, mostly(judged, hits, *most), KEY))
    payees = payees.select(*judged.columns)
    even = keep("step_even", _even(payers, payees, settings))
    return while_in(payers.union(payees), even, FIRM)


def near(incoming: ir.Table, outgoing: ir.Table, on: list[str], before: int, after: int) -> ir.Table:
    """Lines of both directions that share ``on``, the outgoing ones up to so many days before and after."""
    width = max(before, after) + 1
    ins = incoming.rename({f"in_{name}": name for name in incoming.columns})
    outs = outgoing.rename({f"out_{name}": name for name in outgoing.columns})
    ins = ins.mutate(bucket=(ins.in_day_number // width).cast("int64"), step=ibis.array([-1, 0, 1]).unnest())
    ins = ins.mutate(bucket=(ins.bucket + ins.step).cast("int64")).drop("step")
    outs = outs.mutate(bucket=(outs.out_day_number // width).cast("int64"))
    pairs = ins.join(outs, ["bucket", *(ins[f"in_{name}"] == outs[f"out_{name}"] for name in on)])
    pairs = pairs.mutate(
        enterprise_id="in_enterprise_id",
        away=pairs.out_day_number - pairs.in_day_number,
        known_from="in_known_from",
        known_until="in_known_until",
    )
    pairs = during(pairs.filter(pairs.away.between(-before, after)), pairs.out_known_from, pairs.out_known_until)
    of_lines = ("in_number", "in_cents", "out_number", "out_cents", "out_who")
    return pairs.select(*FIRM, *of_lines, "away", "known_from", "known_until")


def _in_pairs(lines: ir.Table, pairs: ir.Table, side: str) -> ir.Table:
    """Lines of one side while they are in any pair."""
    times = joined(pairs.select(*FIRM, "known_from", "known_until", number=pairs[f"{side}_number"]), LINE)
    return while_in(lines, times.rename(day="known_from", next_day="known_until"), LINE)


def _calm(outgoing: ir.Table, pairs: ir.Table, bought: ir.Table, settings: Circular) -> ir.Table:
    """Days on which it is known that most of what pays for purchases on credit is near no such receipt."""
    rows = outgoing.join(bought.select("line_id", "version", "billed_from"), ["line_id", "version"])
    rows = during(rows, rows.billed_from, rows.known_until)
    lines = rows.select(*LINE, "booked_at", "known_from", "known_until")
    hits = _in_pairs(lines, pairs, "out").select(*lines.columns)
    one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    rows = lines.mutate(hits=none, lines=one).union(hits.mutate(hits=one, lines=none))
    days = daily(rows, FIRM, hits=rows.hits, lines=rows.lines)
    return runs(days, FIRM, days.hits * PER_MILLE <= days.lines * round(settings.step_cover * PER_MILLE))


def _even(payers: ir.Table, payees: ir.Table, settings: Circular) -> ir.Table:
    """Days on which as much is known to have left as came, but for ``step_less`` and ``step_more``."""
    none = ibis.literal(0, "int64")
    rows = payers.mutate(came=payers.cents, left=none).union(payees.mutate(came=none, left=payees.cents))
    days = daily(rows, FIRM, came=rows.came, left=rows.left)
    least, most = (PER_MILLE - round(settings.step_less * PER_MILLE), PER_MILLE + round(settings.step_more * PER_MILLE))
    return runs(days, FIRM, (days.left * PER_MILLE).between(days.came * least, days.came * most) & (days.came > 0))
