"""What several lines of a firm together say of each of them: money that goes round, and transfers without a name.

Only the firm's own lines are read. A **returned** payment goes back to its payer within days; a payer whose money is
**passed on** again and again, at nearly the same amount, is no customer whoever gets it next: that is how the firms of
a ring look from inside, whatever its length, and how an owner's money comes back as a sale. A **paired** transfer
leaves one account of the firm and arrives in another on the same or the next day, neither line naming anybody.
Proceeds **come back** when a large part of a loan goes to somebody never paid before and soon arrives from somebody who
never paid before (受托回流).

A finding holds from the day on which the last line that proves it is known until the first of them is corrected. A
payer counts as one of ``passed on`` from the day on which enough of its payments known by then had gone on.
"""

import ibis
import ibis.expr.types as ir

from features.engine import Keep, as_one
from features.evidence.alike import alike, sized
from features.evidence.findings import found, proven
from features.evidence.layered import layered
from features.evidence.settings import PER_MILLE, Circular

TRADE, OWNER, LOAN = "trade", "owner", "loan"


def circular(labels: ir.Table, settings: Circular, keep: Keep = as_one) -> ir.Table:
    """Findings on the lines that go round, in the shape of ``features.evidence.findings``.

    ``labels`` are label versions by the rules for single lines. ``keep`` may store the legs and pairs, which are read
    several times.
    """
    legs = keep("legs", legs_of(labels, settings))
    trade = legs.filter(legs.role == TRADE)
    named = trade.filter(trade.party.notnull())
    incoming, outgoing = _sides(named)
    pairs = keep("pairs", _near(incoming, outgoing, settings.days, settings.kept))
    owner = legs.filter(legs.role == OWNER)
    to_owner = _near(incoming, owner, settings.owner_days, settings.owner_kept)
    to_owner = to_owner.filter((to_owner.out_booked_at >= to_owner.booked_at) & (to_owner.out_cents <= to_owner.cents))
    back = pairs.filter(pairs.party == pairs.out_party)
    onward = keep("onward", pairs.union(to_owner))
    through = onward.join(_pass_through(incoming, onward, settings), ["enterprise_id", "party"])
    through = through.mutate(since=ibis.greatest(through.since, through.proven)).drop("proven")
    came_back = _came_back(labels, legs, settings, keep)
    unnamed = _sides(trade.filter(trade.party.isnull()))
    paired = _near(*unnamed, days=1, kept=settings.kept)
    paired = paired.filter(paired.account_id != paired.out_account_id)
    slowly = layered(named, settings, keep)
    return keep(
        "circular",
        ibis.union(
            _both(_reversed(back), "reversed"),
            _both(back, "returned"),
            _both(through, "passed-on"),
            _both(came_back, "came-back"),
            _both(paired, "paired"),
            slowly,
            distinct=True,
        ),
    )


def legs_of(labels: ir.Table, settings: Circular) -> ir.Table:
    """The lines that may go round: trade, what owners take, and loans that are paid out."""
    operating = (labels.nature == "operating") & (labels.category == "other_counterparty")
    role = ibis.cases(
        (operating & (labels.amount >= settings.least), TRADE),
        ((labels.nature == "owner") & (labels.direction == "out"), OWNER),
        ((labels.nature == "financing") & (labels.direction == "in") & (labels.amount >= settings.loan_least), LOAN),
    )
    columns = ("line_id", "account_id", "enterprise_id", "booked_at", "sequence", "direction", "nature", "party")
    rows = labels.select(*columns, "amount", "known_from", "known_until", role=role)
    return sized(rows.filter(rows.role.notnull()))


def _sides(legs: ir.Table) -> tuple[ir.Table, ir.Table]:
    return legs.filter(legs.direction == "in"), legs.filter(legs.direction == "out")


def _near(incoming: ir.Table, outgoing: ir.Table, days: int, kept: float) -> ir.Table:
    """Pairs of ``alike`` lines, with from when and until when both are known."""
    pairs = alike(incoming, outgoing, days, kept)
    return pairs.select(
        *("line_id", "account_id", "enterprise_id", "booked_at", "sequence", "party", "cents"),
        *(f"out_{name}" for name in ("line_id", "account_id", "booked_at", "sequence", "party", "cents", "nature")),
        since=ibis.greatest(pairs.known_from, pairs.out_known_from),
        until=ibis.least(pairs.known_until, pairs.out_known_until),
    )


def _reversed(back: ir.Table) -> ir.Table:
    """A payment that comes back whole on its own day to the account that it left was booked in error."""
    same = (back.account_id == back.out_account_id) & (back.booked_at == back.out_booked_at)
    return back.filter(same & (back.cents == back.out_cents) & (back.out_sequence < back.sequence))


def _pass_through(incoming: ir.Table, pairs: ir.Table, settings: Circular) -> ir.Table:
    """Payers whose money does not stay, and the day ``proven`` from which that is known."""
    key = ["enterprise_id", "party"]
    return proven(
        pairs.select(*key, "line_id", seen="since"),
        incoming.select(*key, "line_id", seen="known_from"),
        key,
        settings.repeats,
        settings.share,
    )


def away_and_back(legs: ir.Table, settings: Circular) -> ir.Table:
    """Pairs of ``legs_of`` that take a large part of a loan away and bring it back."""
    lent = legs.filter(legs.role == LOAN)
    lent = lent.select(
        "enterprise_id", lent_on="booked_at", lent="cents", lent_from="known_from", lent_until="known_until"
    )
    large = legs.filter((legs.role == TRADE) & legs.party.notnull() & (legs.amount >= settings.loan_least))
    incoming, outgoing = _sides(large.semi_join(lent, "enterprise_id"))
    pairs = _near(incoming, outgoing, settings.loan_days, settings.loan_kept)
    pairs = pairs.filter((pairs.out_booked_at <= pairs.booked_at) & (pairs.out_cents >= pairs.cents))
    pairs = pairs.join(lent, "enterprise_id")
    away = pairs.out_booked_at.delta(pairs.lent_on, unit="day")
    much = pairs.out_cents * PER_MILLE >= pairs.lent * round(settings.loan_share * PER_MILLE)
    pairs = pairs.filter((away >= 0) & (away <= settings.loan_days) & much & (pairs.out_cents <= pairs.lent))
    return pairs.mutate(
        since=ibis.greatest(pairs.since, pairs.lent_from), until=ibis.least(pairs.until, pairs.lent_until)
    ).drop("lent_on", "lent", "lent_from", "lent_until")


def _came_back(labels: ir.Table, legs: ir.Table, settings: Circular, keep: Keep) -> ir.Table:
    """Pairs that take a large part of a loan away and bring it back, between parties that were strangers until then."""
    pairs = keep("away_and_back", away_and_back(legs, settings))
    return strangers(strangers(pairs, labels, "line_id", "party"), labels, "out_line_id", "out_party")


def strangers(pairs: ir.Table, labels: ir.Table, line: str, party: str) -> ir.Table:
    """Pairs with a party of which nothing but this line was known on the day ``since``."""
    parties = pairs.select("enterprise_id", party=pairs[party]).distinct()
    known = labels.semi_join(parties, ["enterprise_id", "party"])
    known = known.group_by("enterprise_id", "party", "line_id").agg(known_from=known.known_from.min())
    # Of the lines of a party the first two that were known are enough: one of them is another than this.
    order = ibis.window(group_by=["enterprise_id", "party"], order_by=["known_from", "line_id"])
    known = known.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place < 2).drop("place")
    known = known.rename(their_firm="enterprise_id", their_party="party", their_line="line_id", their_from="known_from")
    met = pairs.join(
        known,
        [
            pairs.enterprise_id == known.their_firm,
            pairs[party] == known.their_party,
            pairs[line] != known.their_line,
            known.their_from <= pairs.since,
        ],
    )
    return pairs.anti_join(
        met.select("line_id", "out_line_id", "since").distinct(), ["line_id", "out_line_id", "since"]
    )


def _both(pairs: ir.Table, name: str) -> ir.Table:
    """Both lines of each pair; what the owner got stays the owner's."""
    trade = pairs.filter(pairs.out_nature == "operating")
    return found(pairs, name).union(found(trade.select("since", "until", line_id="out_line_id"), name))
