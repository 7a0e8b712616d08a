"""Every line and ledger invoice as flows with category, nature and the time during which the label held.

A flow has one row per label version: it holds for dates after ``known_from`` and no longer after
``known_until``. A corrected line closes one version and opens the next; so does the later news that a
counterparty is a related party. Deleting what was known on or after a date leaves the versions before it as
they were, but for a ``known_until`` on or after that date.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.evidence.rules import FlowRules

Facts = Mapping[str, ir.Table]
LABELLED = (
    "line_id",
    "account_id",
    "enterprise_id",
    "booked_at",
    "sequence",
    "direction",
    "category",
    "nature",
    "rule",
    "amount",
    "balance_after",
    "party",
    "known_from",
    "known_until",
)
COLUMNS = (*LABELLED, "income")


def flows(facts: Facts, rules: FlowRules) -> ir.Table:
    """Label versions of all flows; columns as in ``COLUMNS``."""
    named = _with_names(versions(facts["line"], ("line_id",)), facts)
    labelled = rules.label(_with_related(named, facts["related_party"]))
    lines = labelled.mutate(party=labelled.counterparty_id).select(*LABELLED)
    return _with_income(lines.union(_ledger(facts).select(*LABELLED)), rules.cash_haircut).select(*COLUMNS)


def versions(table: ir.Table, key: tuple[str, ...]) -> ir.Table:
    """Add ``known_from`` and ``known_until`` (null while the version still holds) to versioned facts.

    Few facts have a second version, so only those are put in order.
    """
    table = table.mutate(known_from=table.known_at)
    several = table.group_by(list(key)).agg(number=table.count()).filter(lambda t: t.number > 1)
    order = ibis.window(group_by=list(key), order_by="known_from")
    ordered = table.semi_join(several, list(key)).select(*key, "known_from")
    ends = ordered.mutate(known_until=ordered.known_from.lead().over(order))
    on = [*key, "known_from"]
    return table.left_join(ends, on).drop(*(f"{name}_right" for name in on))


def _with_names(lines: ir.Table, facts: Facts) -> ir.Table:
    """A line of a firm that the bank does not know yet is known with the firm."""
    firm = facts["enterprise"]
    first = firm.group_by("enterprise_id").agg(
        firm_name=firm.name.argmin(firm.known_at), firm_known=firm.known_at.min()
    )
    joined = lines.join(first, "enterprise_id")
    joined = joined.mutate(
        known_from=ibis.greatest(joined.known_from, joined.firm_known),
        own_name=(joined.counterparty_name == joined.firm_name).fill_null(False),
    )
    return joined.filter(joined.known_until.isnull() | (joined.known_until > joined.known_from)).drop(
        "firm_name", "firm_known"
    )


def _with_related(lines: ir.Table, related: ir.Table) -> ir.Table:
    """Split a version in two where the counterparty became known as a related party within its time."""
    first = related.group_by("enterprise_id", counterparty_id=related.party_id).agg(since=related.known_at.min())
    joined = lines.left_join(first, ["enterprise_id", "counterparty_id"]).drop(
        "enterprise_id_right", "counterparty_id_right"
    )
    parts = joined.mutate(related=ibis.array([False, True]).unnest())
    parts = parts.filter(
        ibis.ifelse(
            parts.related,
            parts.since.notnull() & (parts.known_until.isnull() | (parts.since < parts.known_until)),
            parts.since.isnull() | (parts.since > parts.known_from),
        )
    )
    return parts.mutate(
        known_from=ibis.ifelse(parts.related, ibis.greatest(parts.known_from, parts.since), parts.known_from),
        known_until=ibis.ifelse(parts.related, parts.known_until, ibis.least(parts.known_until, parts.since)),
    ).drop("since")


def _ledger(facts: Facts) -> ir.Table:
    """Invoices of firms with an invoice ledger: sales come in, purchases go out, red letters go back."""
    account = facts["account"]
    ledger = account.filter(account.kind == "invoice_ledger")
    ledger = ledger.group_by("enterprise_id").agg(account_id=ledger.account_id.min(), since=ledger.known_at.min())
    invoices = versions(facts["invoice"], ("invoice_id",)).join(ledger, "enterprise_id")
    red = invoices.gross < 0
    return invoices.mutate(
        line_id=invoices.invoice_id,
        booked_at=invoices.issued_on,
        sequence=ibis.literal(0, "int64"),
        direction=ibis.ifelse(red, ibis.ifelse(invoices.direction == "in", "out", "in"), invoices.direction),
        category=ibis.literal("other_counterparty"),
        nature=ibis.ifelse(red, "refund", "operating"),
        rule=ibis.literal("ledger_invoice"),
        amount=invoices.gross.abs().cast("decimal(18,2)"),
        balance_after=ibis.null("decimal(18,2)"),
        party=invoices.counterparty_id,
        known_from=ibis.greatest(invoices.known_from, invoices.since),
    ).filter(lambda t: t.known_until.isnull() | (t.known_until > t.known_from))


def _with_income(flow: ir.Table, cash_haircut: float) -> ir.Table:
    """Add ``income``, what the flow adds to true operating income, in yuan to the cent."""
    kept = (flow.amount.cast("float64") * (1 - cash_haircut)).round(2).cast("decimal(18,2)")
    earned = (flow.direction == "in") & (flow.nature == "operating")
    return flow.mutate(
        income=ibis.cases(
            (earned & (flow.category == "cash"), kept),
            (earned, flow.amount),
            ((flow.direction == "out") & (flow.nature == "refund"), -flow.amount),
            else_=ibis.literal(0, "decimal(18,2)"),
        ).cast("decimal(18,2)")
    )
