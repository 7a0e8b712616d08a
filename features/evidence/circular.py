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

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import ibis
import ibis.expr.types as ir

from features.errors import PolicyError

# In the order in which they decide: the finding that needs the least belief first. How sure each is, is an assumption.
FINDINGS = (
    ("returned", "other_counterparty", "wash", 0.95),
    ("passed-on", "other_counterparty", "wash", 0.9),
    ("came-back", "other_counterparty", "wash", 0.85),
    ("paired", "own_account", "own_transfer", 0.9),
)
RETURNED, PASSED_ON, CAME_BACK, PAIRED = range(len(FINDINGS))
PER_MILLE = 1000


@dataclass(frozen=True, kw_only=True)
class Circular:
    """What counts as going round.

    ``least`` is in yuan; ``kept`` is the largest share of a sum that may be lost or added on its way, ``owner_kept``
    when it goes on to the owner; ``days`` and ``owner_days`` how long it may stay; ``repeats`` payments of a payer, and
    ``share`` of all its payments, must have gone on. Of a loan, ``loan_least`` yuan and the share ``loan_share`` are a
    large part; ``loan_days`` is how long it may stay away and ``loan_kept`` what may be lost on the way.
    """

    least: int = 2_000
    kept: float = 0.005
    days: int = 3
    owner_kept: float = 0.02
    owner_days: int = 20
    repeats: int = 2
    share: float = 0.5
    loan_least: int = 100_000
    loan_share: float = 0.3
    loan_days: int = 30
    loan_kept: float = 0.02

    def __post_init__(self) -> None:
        for name in ("kept", "owner_kept", "share", "loan_share", "loan_kept"):
            if not 0 <= getattr(self, name) <= 1:
                raise PolicyError(
                    f"flow_rules.yaml: circular.{name} is {getattr(self, name)}, expected a share between 0 and 1"
                )
        for name in ("least", "days", "owner_days", "repeats", "loan_least", "loan_days"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise PolicyError(
                    f"flow_rules.yaml: circular.{name} is {getattr(self, name)}, expected a whole number of 1 or more"
                )

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "Circular":
        """Read the key ``circular`` of ``conf/flow_rules.yaml``.

        Raises
        ------
        PolicyError
            When a key is unknown or a value is out of its range.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(content) - known):
            raise PolicyError(
                f"flow_rules.yaml: circular has unknown keys {unknown}; allowed are {', '.join(sorted(known))}"
            )
        return cls(**content)


PLAIN = Circular()


def findings(labels: ir.Table, circular: Circular) -> ir.Table:
    """Stretches of the lines that go round: ``line_id, finding, since, before``.

    ``labels`` are label versions by the rules for single lines. ``finding`` is a place in ``FINDINGS``, null while none
    holds; stretches of a line have neither gap nor overlap and ``since`` and ``before`` are null where time is open.
    """
    operating = labels.filter((labels.nature == "operating") & (labels.category == "other_counterparty"))
    large = _legs(operating.filter(operating.amount >= circular.least))
    named = large.filter(large.party.notnull())
    incoming, outgoing = _sides(named)
    owner = _legs(labels.filter((labels.nature == "owner") & (labels.direction == "out")))
    pairs = _near(incoming, outgoing, circular.days, circular.kept)
    to_owner = _near(incoming, owner, circular.owner_days, circular.owner_kept)
    to_owner = to_owner.filter((to_owner.out_booked_at >= to_owner.booked_at) & (to_owner.out_cents <= to_owner.cents))
    back = pairs.filter(pairs.party == pairs.out_party)
    through = pairs.union(to_owner)
    through = through.join(_pass_through(incoming, through, circular), ["enterprise_id", "party"])
    through = through.mutate(since=ibis.greatest(through.since, through.proven)).drop("proven")
    came_back = _came_back(labels, incoming, outgoing, circular)
    unnamed = _sides(large.filter(large.party.isnull()))
    paired = _near(*unnamed, days=1, kept=circular.kept)
    paired = paired.filter(paired.account_id != paired.out_account_id)
    found = ibis.union(
        _both(back, RETURNED), _both(through, PASSED_ON), _both(came_back, CAME_BACK), _both(paired, PAIRED)
    )
    return _stretches(found.filter(found.until.isnull() | (found.until > found.since)))


def named(finding: ir.IntegerValue, place: int) -> ir.Value:
    """A field of ``FINDINGS`` by its place; null when there is no finding."""
    return ibis.cases(*((finding == number, each[place]) for number, each in enumerate(FINDINGS)))


def _legs(lines: ir.Table) -> ir.Table:
    day = lines.booked_at.delta(ibis.date("1970-01-01"), unit="day").cast("int64")
    cents = (lines.amount * 100).cast("int64")
    columns = ("line_id", "account_id", "enterprise_id", "booked_at", "direction", "nature", "party")
    return lines.select(*columns, "amount", "known_from", "known_until", day=day, cents=cents)


def _sides(legs: ir.Table) -> tuple[ir.Table, ir.Table]:
    return legs.filter(legs.direction == "in"), legs.filter(legs.direction == "out")


def _near(incoming: ir.Table, outgoing: ir.Table, days: int, kept: float) -> ir.Table:
    """Pairs of one firm within ``days`` whose amounts differ by at most the share ``kept``.

    The join is on firm and a stretch of days, each incoming line standing in its own and both its neighbours.
    """
    outgoing = outgoing.rename({f"out_{name}": name for name in outgoing.columns})
    outgoing = outgoing.mutate(bucket=(outgoing.out_day // (days + 1)).cast("int64"))
    here = (incoming.day // (days + 1)).cast("int64")
    spread = incoming.mutate(here=here, step=ibis.array([-1, 0, 1]).unnest())
    spread = spread.mutate(bucket=(spread.here + spread.step).cast("int64"))
    pairs = spread.join(outgoing, [spread.enterprise_id == outgoing.out_enterprise_id, "bucket"])
    off = (pairs.out_cents - pairs.cents).abs() * PER_MILLE
    near = ((pairs.out_day - pairs.day).abs() <= days) & (off <= pairs.cents * round(kept * PER_MILLE))
    pairs = pairs.filter(near)
    return pairs.select(
        *(name for name in ("line_id", "account_id", "enterprise_id", "booked_at", "party", "cents")),
        *(f"out_{name}" for name in ("line_id", "account_id", "booked_at", "party", "cents", "nature")),
        since=ibis.greatest(pairs.known_from, pairs.out_known_from),
        until=ibis.least(pairs.known_until, pairs.out_known_until),
    )


def _pass_through(incoming: ir.Table, pairs: ir.Table, circular: Circular) -> ir.Table:
    """Payers whose money does not stay, and the day ``proven`` from which that is known."""
    key = ["enterprise_id", "party"]
    matched = pairs.group_by(*key, "line_id").agg(seen=pairs.since.min())
    paid = incoming.semi_join(matched, key)
    paid = paid.group_by(*key, "line_id").agg(seen=paid.known_from.min())
    one, nothing = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    news = matched.select(*key, "seen", gone=one, paid=nothing).union(paid.select(*key, "seen", gone=nothing, paid=one))
    days = news.group_by(*key, "seen").agg(gone=news.gone.sum(), paid=news.paid.sum())
    so_far = ibis.cumulative_window(group_by=key, order_by="seen")
    days = days.mutate(gone=days.gone.sum().over(so_far), paid=days.paid.sum().over(so_far))
    enough = (days.gone >= circular.repeats) & (days.gone * PER_MILLE >= days.paid * round(circular.share * PER_MILLE))
    enough_days = days.filter(enough)
    return enough_days.group_by(key).agg(proven=enough_days.seen.min())


def _came_back(labels: ir.Table, incoming: ir.Table, outgoing: ir.Table, circular: Circular) -> ir.Table:
    """Pairs that take a large part of a loan away and bring it back, between parties that were strangers until then."""
    outgoing, incoming = (side.filter(side.amount >= circular.loan_least) for side in (outgoing, incoming))
    pairs = _near(incoming, outgoing, circular.loan_days, circular.loan_kept)
    pairs = pairs.filter((pairs.out_booked_at <= pairs.booked_at) & (pairs.out_cents >= pairs.cents))
    lent = labels.filter((labels.nature == "financing") & (labels.direction == "in"))
    lent = _legs(lent.filter(lent.amount >= circular.loan_least))
    lent = lent.select(
        "enterprise_id", lent_on="booked_at", lent="cents", lent_from="known_from", lent_until="known_until"
    )
    pairs = pairs.join(lent, "enterprise_id")
    away = pairs.out_booked_at.delta(pairs.lent_on, unit="day")
    large = pairs.out_cents * PER_MILLE >= pairs.lent * round(circular.loan_share * PER_MILLE)
    pairs = pairs.filter((away >= 0) & (away <= circular.loan_days) & large & (pairs.out_cents <= pairs.lent))
    pairs = pairs.mutate(
        since=ibis.greatest(pairs.since, pairs.lent_from), until=ibis.least(pairs.until, pairs.lent_until)
    ).drop("lent_on", "lent", "lent_from", "lent_until")
    pairs = _strangers(pairs, labels, "line_id", "party")
    return _strangers(pairs, labels, "out_line_id", "out_party")


def _strangers(pairs: ir.Table, labels: ir.Table, line: str, party: str) -> ir.Table:
    """Pairs with a party of which nothing but this line was known on the day ``since``."""
    parties = pairs.select("enterprise_id", party=pairs[party]).distinct()
    known = labels.select("enterprise_id", "party", "line_id", "known_from").semi_join(
        parties, ["enterprise_id", "party"]
    )
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


def _both(pairs: ir.Table, finding: int) -> ir.Table:
    """Both lines of each pair; what the owner got stays the owner's."""
    number = ibis.literal(finding, "int64")
    trade = pairs.filter(pairs.out_nature == "operating")
    return pairs.select("line_id", "since", "until", finding=number).union(
        trade.select("since", "until", line_id="out_line_id", finding=number).select(
            "line_id", "since", "until", "finding"
        )
    )


def _stretches(found: ir.Table) -> ir.Table:
    """Cut each line's time where any finding begins or ends; the first finding that holds in a stretch decides."""
    one = found.group_by("line_id", "finding", "since", "until").agg()
    edges = one.select("line_id", at="since").union(
        one.filter(one.until.notnull()).select("line_id", at="until"), distinct=True
    )
    edges = edges.distinct()
    order = ibis.window(group_by="line_id", order_by="at")
    told = edges.mutate(before=edges["at"].lead().over(order))
    held = told.join(one, "line_id")
    held = held.filter((held.since <= held["at"]) & (held.until.isnull() | (held.until > held["at"])))
    first = held.group_by("line_id", "at").agg(finding=held.finding.min())
    told = told.left_join(first, ["line_id", "at"]).select("line_id", "finding", since=told["at"], before="before")
    unknown = edges.group_by("line_id").agg(before=edges["at"].min())
    unknown = unknown.select("line_id", "before", finding=ibis.null("int64"), since=ibis.null("date")).select(
        "line_id", "finding", "since", "before"
    )
    return told.union(unknown)
