"""Every line and ledger invoice as flows with category, nature and the time during which the label held.

A flow has one row per label version: it holds for dates after ``known_from`` and no longer after
``known_until``. A corrected line closes one version and opens the next; so does the later news that a
counterparty is a related party. Deleting what was known on or after a date leaves the versions before it as
they were, but for a ``known_until`` on or after that date.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.engine import Keep, as_one
from features.evidence.accomplice import accomplice
from features.evidence.circular import circular
from features.evidence.coupled import answered
from features.evidence.currency import domestic, yuan
from features.evidence.findings import given, stretches
from features.evidence.habit import habit
from features.evidence.parties import bare, folded, holders, name_key, party_key, relations
from features.evidence.parts import in_parts, traded
from features.evidence.recorded import recorded
from features.evidence.rules import CONFIDENCE, LABEL, FlowRules
from features.evidence.sham import sham
from features.evidence.unbilled import unbilled
from features.evidence.versions import versions
from features.evidence.wallet import withdrawn

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
    "confidence",
    "amount",
    "balance_after",
    "party",
    "known_from",
    "known_until",
)
INCOME = ("income", "income_low", "income_high", "billed")
COLUMNS = (*LABELLED, *INCOME)
LEDGER_RULE = "ledger_invoice"


def flows(facts: Facts, rules: FlowRules, keep: Keep = as_one) -> ir.Table:
    """Label versions of all flows; columns as in ``COLUMNS``.

    ``keep`` may store the labels by single lines and what several lines together change of them.
    """
    return with_income(found(labels(facts, rules, keep), facts, rules, keep), rules).select(*COLUMNS)


def labels(facts: Facts, rules: FlowRules, keep: Keep) -> ir.Table:
    """Label versions by the rules for single lines, columns as in ``LABELLED``."""
    line = facts["line"]
    read = rules.read(domestic(versions(line, ("line_id",)), facts["account"]), line, keep)
    known = _of_known_firms(read, facts["enterprise"])
    parted = _with_parties(known, facts, keep)
    return keep("labels", rules.label(parted).select(*LABELLED))


def found(labelled: ir.Table, facts: Facts, rules: FlowRules, keep: Keep) -> ir.Table:
    """Label versions of all flows by what is found of ``labels``; columns as in ``LABELLED``."""
    trade = keep("part_lines", traded(labelled, rules.circular))
    rounds = circular(labelled, rules.circular, keep).union(in_parts(trade, rules.circular, keep))
    every = ibis.union(
        rounds,
        keep("accomplice", accomplice(labelled, rounds)),
        answered(trade, rules.circular, keep),
        sham(labelled, rules.circular, keep),
        unbilled(labelled, facts["invoice"], rules.circular, keep),
        keep("recorded", recorded(labelled, facts)),
        keep("withdrawn", withdrawn(labelled, rules)),
        keep("habit", habit(labelled)),
    )
    held = keep("findings", stretches(every))
    return _with_findings(labelled, held).select(*LABELLED).union(_ledger(facts).select(*LABELLED))


def _of_known_firms(lines: ir.Table, firm: ir.Table) -> ir.Table:
    """A line of a firm that the bank does not know yet is known with the firm; name and form are the first known."""
    first = firm.group_by("enterprise_id").agg(
        firm_name=firm.name.argmin(firm.known_at),
        firm_known=firm.known_at.min(),
        sole=firm.sole_proprietor.argmin(firm.known_at).fill_null(False),
    )
    joined = lines.join(first.mutate(firm_name=bare(folded(first.firm_name))), "enterprise_id")
    own = (joined.bare_name != "") & (joined.bare_name == joined.firm_name)
    return joined.mutate(
        known_from=ibis.greatest(joined.known_from, joined.firm_known),
        own_name=own | (joined.counterparty_id == joined.enterprise_id).fill_null(False),
        match=ibis.coalesce(joined.counterparty_id, name_key(joined.bare_name)),
        party=party_key(joined.counterparty_id, joined.bare_name, joined.counterparty_account),
    ).drop("firm_name", "firm_known")


def _with_parties(lines: ir.Table, facts: Facts, keep: Keep) -> ir.Table:
    """Cut each version at the news of its parties and say whether they are the firm, its owner, or related.

    Each join gives a line the stretches of one party's timeline, so that it stays in one pass over the lines and
    only lines of a party with news are cut.
    """
    accounts = keep("holders", holders(facts["account"]))
    related = keep("relations", relations(facts["related_party"]))
    for prefix, on, news in (
        ("stands", ("enterprise_id", "account_id"), accounts),
        ("faces", ("enterprise_id", "counterparty_account"), accounts),
        ("relation", ("enterprise_id", "match"), related),
    ):
        lines = _cut(lines, on, news.rename({f"{prefix}_{name}": name for name in news.columns}))
    return lines.mutate(**{name: flag.fill_null(False) for name, flag in _flags(lines).items()})


def _cut(lines: ir.Table, on: tuple[str, ...], news: ir.Table) -> ir.Table:
    """The stretches of each line's party; the columns of ``news`` are key, values, ``since`` and ``before``."""
    keys = news.columns[: len(on)]
    since, before = news.columns[-2:]
    lines = lines.left_join(news, list(zip(on, keys, strict=True))).drop(*keys)
    lines = lines.mutate(
        known_from=ibis.greatest(lines.known_from, lines[since]),
        known_until=ibis.least(lines.known_until, lines[before]),
    ).drop(since, before)
    return lines.filter(lines.known_until.isnull() | (lines.known_until > lines.known_from))


def _with_findings(labels: ir.Table, held: ir.Table) -> ir.Table:
    """Give lines the label of what was found of them, while it holds."""
    cut = _cut(labels, ("line_id",), held.rename({f"found_{name}": name for name in held.columns}))
    fields = ((name, given(cut.found_finding, name)) for name in LABEL)
    return cut.mutate(**{name: ibis.coalesce(value.cast(cut[name].type()), cut[name]) for name, value in fields})


def _flags(lines: ir.Table) -> dict[str, ir.BooleanValue]:
    """``FLAGS`` of the rules, null where nothing is known."""
    holds = lines.relation_known & (lines.relation_until.isnull() | (lines.booked_at < lines.relation_until))
    holds = holds.fill_null(False)
    return {
        "own": lines.own_name | (lines.faces_known & ~lines.faces_owner).fill_null(False),
        "owner": (holds & lines.relation_owner).fill_null(False) | (lines.faces_known & lines.faces_owner),
        "related": holds & ~lines.relation_owner,
        "owner_account": lines.stands_known & lines.stands_owner,
        "wallet": lines.stands_known & lines.stands_wallet,
        "shown": lines.faces_known,
    }


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
        rule=ibis.literal(LEDGER_RULE),
        confidence=ibis.literal(1).cast(CONFIDENCE),
        amount=invoices.gross.abs().cast("decimal(18,2)"),
        balance_after=ibis.null("decimal(18,2)"),
        party=invoices.counterparty_id,
        known_from=ibis.greatest(invoices.known_from, invoices.since),
    ).filter(lambda t: t.known_until.isnull() | (t.known_until > t.known_from))


def with_income(flow: ir.Table, rules: FlowRules) -> ir.Table:
    """Add what the flow adds to true operating income, and at least and at most while its label is doubtful.

    In yuan to the cent. Of cash the haircut is open; a doubtful sale may be none; a doubtful inflow that was taken off
    may be a sale; a doubtful refund to a customer may be none. ``billed`` is what of the income is the
    cash of an acceptance that the bank has on record.
    """
    zero = ibis.literal(0, "decimal(18,2)")
    less = yuan((flow.amount * 100).cast("float64") * (1 - rules.cash_haircut))
    kept = ibis.ifelse(flow.category == "cash", less, flow.amount)
    sure = flow.confidence >= rules.doubtful_below
    inflow, sale, back = flow.direction == "in", flow.nature == "operating", refunded(flow)
    by_case = {
        "income": ((inflow & sale, kept), (back, -flow.amount)),
        "income_low": ((inflow & sale & sure, kept), (back, -flow.amount)),
        "income_high": ((inflow & (sale | ~sure), flow.amount), (back & sure, -flow.amount)),
        "billed": ((inflow & sale & (flow.rule == "recorded-bill"), kept),),
    }
    return flow.mutate(
        **{name: ibis.cases(*cases, else_=zero).cast("decimal(18,2)") for name, cases in by_case.items()}
    )


def refunded(flow: ir.Table) -> ir.BooleanValue:
    """Whether a flow gives a customer money back; what the bank itself undoes is none."""
    return (flow.direction == "out") & (flow.nature == "refund") & (flow.category != "account_bank")
