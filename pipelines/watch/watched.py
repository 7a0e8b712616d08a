"""What is read of firms with loans of ours: features and the course of their loans, firm by month."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from features.catalogue import CATALOGUE
from features.engine import connected, register, run
from features.errors import PolicyError
from features.knowledge import of_stretch
from features.post_loan import by_firm, live_loans
from features.proceeds import evidence
from models.monitoring import Monitoring
from pipelines import settings
from pipelines.features import compute
from pipelines.panel import rules
from pipelines.store import Store
from pipelines.watch.kept import KEY, Kept, filled

if TYPE_CHECKING:
    from features.engine import Backend

MONITORING = "monitoring.yaml"
LOANS = ("loans", "balance", "committed", "dpd", "utilisation", "overdue_share", "principal_months")
OWN = ("dpd", "overdue_share", "utilisation", "due_cover", "misused_share", "returned_share", "bridged_share")
MOVES = ("income_yoy_12m", "top10_overlap_inflow_24m", "hhi_inflow_12m", "late_instalments_12m")
USES = {
    "misused_share": ("property", "securities", "lending"),
    "returned_share": ("payee", "owner"),
    "bridged_share": ("bridge",),
}
COVER = "balance_lowest_min_3m"  # what there was at the least to pay the next instalment with
OF_FIRM = ("enterprise", "loan", "instalment")
BOOK_MEMORY = "1GB"  # instalments of the whole book by month are many rows; what has no room is spilled
FIRMS_A_BATCH = 1000  # read at once: what is held does not grow with the book
FOLLOWED = ("loan_id", "enterprise_id", "since", "until")
LARGE_REPAYMENT = 0.3  # of what was paid out: a repayment that firms borrow for


def current_monitoring() -> Monitoring:
    """The settings in ``conf/monitoring.yaml``, every signal of which is measured of something that is there.

    Raises
    ------
    PolicyError
        Naming the file, the key, what was expected and what was found.
    """
    monitoring = settings.checked(Monitoring, MONITORING)
    for signal in monitoring.signals:
        if signal.of not in CATALOGUE and signal.of not in OWN:
            raise PolicyError(
                f"信号“{signal.name}”所测的“{signal.of}”既不是特征，也不是 {'、'.join(OWN)} 之一",
                f"signal '{signal.name}' is measured of '{signal.of}', which is neither a feature of the catalogue "
                f"nor one of {', '.join(OWN)}",
                settings.conf_path(MONITORING),
            )
    return monitoring


def months_of(as_of: date) -> list[date]:
    """The dates whose months a run looks at: the same day of the month back to January of the year before.

    The first is the same for every run of a year, so that what a month's run says of the month before is what the run
    of that month said.

    >>> [str(day) for day in months_of(date(2025, 3, 1))][::7]
    ['2024-01-01', '2024-08-01', '2025-03-01']
    """
    last = pd.Period(as_of, "M")
    first = pd.Period(year=as_of.year - 1, month=1, freq="M")
    return [date(m.year, m.month, min(as_of.day, m.days_in_month)) for m in pd.period_range(first, last, freq="M")]


def borrowers(store: Store, months: Sequence[date]) -> pd.DataFrame:
    """``enterprise_id`` and ``live`` of firms with a loan of ours that ran in one of the months; live on the last."""
    with connected(memory=BOOK_MEMORY) as backend:
        facts = store.facts(backend)
        loans = live_loans(facts, list(months)).select("enterprise_id", "as_of")
        last = ibis.literal(months[-1])
        found = loans.group_by("enterprise_id").agg(live=(loans.as_of == last).any()).order_by("enterprise_id")
        firms: pd.DataFrame = found.to_pandas()
    return firms


def live(store: Store, firms: Sequence[str], months: Sequence[date]) -> pd.DataFrame:
    """``as_of, loan_id, enterprise_id`` of the loans of these firms that run in the months, in a fixed order."""
    with connected() as backend:
        loans = live_loans(of_stretch(store.facts(backend), OF_FIRM, firms), list(months))
        rows = loans.select("as_of", "loan_id", "enterprise_id").order_by("as_of", "loan_id").to_pandas()
    found: pd.DataFrame = rows[rows["enterprise_id"].isin(list(firms))].reset_index(drop=True)
    return found.assign(as_of=pd.to_datetime(found["as_of"]))


def batches(firms: Iterable[str]) -> Iterator[list[str]]:
    """The firms in stretches of ``FIRMS_A_BATCH``, in the order of their numbers."""
    ordered = sorted(firms)
    return (ordered[start : start + FIRMS_A_BATCH] for start in range(0, len(ordered), FIRMS_A_BATCH))


def read_firms(
    store: Store,
    firms: Sequence[str],
    months: Sequence[date],
    monitoring: Monitoring,
    ready: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a firm and month, in this order: features, the course of its loans, and its industry.

    Parameters
    ----------
    store : Store
    firms : in the order of their numbers; all of them are read.
    months : dates, the oldest first.
    monitoring : how proceeds are followed.
    ready : features of some of the firms on some of the dates that were computed already.

    Returns
    -------
    DataFrame
        ``enterprise_id, as_of``, the features that signals and limits read, ``LOANS``, ``OWN``, ``live``, ``industry``.
    """
    asked = pd.DataFrame(
        {"enterprise_id": np.repeat(list(firms), len(months)), "as_of": pd.to_datetime(list(months) * len(firms))}
    )
    kept = kept_features(store, monitoring)
    ready = asked.head(0).reindex(columns=[*KEY, *kept.columns]) if ready is None else ready
    rows = kept.rows(
        asked, lambda few: filled(few, ready, kept.columns, lambda rest: compute(store, rest, names=kept.columns))
    )
    with connected() as backend:
        facts = store.facts(backend)
        own = of_stretch(facts, OF_FIRM, firms)
        course = by_firm(live_loans(own, list(months))).to_pandas()
        industry = _industries(own, months[-1])
        found = _evidence(backend, facts, own, months, monitoring)
    course["as_of"] = pd.to_datetime(course["as_of"])
    rows = rows.merge(course, "left", ["enterprise_id", "as_of"]).copy()
    rows["live"] = rows["loans"].notna()
    rows["industry"] = rows["enterprise_id"].map(industry).astype("object").fillna("")
    rows["due_cover"] = rows[COVER] / rows["due_soon"].where(rows["due_soon"] > 0)
    return rows.assign(**_shares(rows, found, monitoring))


def kept_features(store: Store, monitoring: Monitoring) -> Kept:
    """The features that signals and limits read, of earlier runs."""
    needed = {*monitoring.columns, *MOVES, COVER}
    return Kept.of(store, "features", [name for name in CATALOGUE if name in needed])


def _industries(facts: Mapping[str, ibis.Table], as_of: date) -> Mapping[str, str]:
    """The letter of each firm's industry as known before the date."""
    firm = facts["enterprise"]
    known = firm.filter((firm.known_at < as_of) & firm.industry.notnull())
    found = known.group_by("enterprise_id").agg(letter=known.industry.argmax(known.known_at).left(1)).to_pandas()
    return dict(zip(found["enterprise_id"], found["letter"], strict=True))


def _evidence(
    backend: "Backend",
    facts: Mapping[str, ibis.Table],
    own: Mapping[str, ibis.Table],
    months: Sequence[date],
    monitoring: Monitoring,
) -> pd.DataFrame:
    """What lines tell of disbursements and of large repayments as each of the dates knew these.

    A loan of which something else was known by a later date is followed once as either: a finding is that of the dates
    from ``since`` to before ``until``.
    """
    first, last = pd.Timestamp(months[0]) - pd.DateOffset(months=monitoring.proceeds.watch_months), months[-1]
    loan, part = own["loan"], own["instalment"]
    loan = loan.mutate(renewal=loan.renewed_from.notnull())
    loan = _as_known(loan, ("loan_id", "enterprise_id"), months, disbursed_on="min", principal="max", renewal="max")
    part = part.mutate(due=part.principal_due)
    part = _as_known(part, ("loan_id", "enterprise_id", "number"), months, due_on="max", due="max")
    fresh = loan.filter(loan.disbursed_on.between(first.date(), last) & ~loan.renewal)
    due = part.filter(part.due_on.between(first.date(), last))
    due = due.join(loan.select("loan_id", since_loan="since", until_loan="until", whole="principal"), "loan_id")
    due = due.mutate(since=ibis.greatest(due.since, due.since_loan), until=ibis.least(due.until, due.until_loan))
    due = due.filter((due.since < due.until) & (due.due > 0))
    due = due.filter(due.due >= LARGE_REPAYMENT * due.whole.cast("float64"))
    loans, of_loans = _followed(backend, "follow_loan", fresh.select(*FOLLOWED, "disbursed_on", "principal"))
    repaid, of_repaid = _followed(backend, "follow_due", due.select(*FOLLOWED, "due_on", principal="due"))
    follow, institutions = monitoring.proceeds.follow, rules().institutions
    found = run(
        backend,
        "proceeds",
        lambda keep: {"evidence": evidence(facts, loans, repaid, follow, institutions, keep)},
        repr((follow, institutions.kinds)),
        reads=(*facts.values(), loans, repaid),
    )
    frame: pd.DataFrame = found["evidence"].to_pandas()
    return frame.rename(columns={"loan_id": "followed"}).join(pd.concat([of_loans, of_repaid]), on="followed")


def _followed(backend: "Backend", name: str, rows: ibis.Table) -> tuple[ibis.Table, pd.DataFrame]:
    """What is followed, each row under a name of its own in place of ``loan_id``; of which loan and dates that is."""
    found = rows.order_by(rows.columns).to_pyarrow()
    names = pa.array([f"{name} {number}" for number in range(found.num_rows)], pa.string())
    of = found.select(["loan_id", "since", "until"]).to_pandas(date_as_object=False).set_index(names.to_pandas())
    return register(backend, name, found.drop_columns(["since", "until"]).set_column(0, "loan_id", names)), of


def _as_known(rows: ibis.Table, key: Sequence[str], months: Sequence[date], **known: str) -> ibis.Table:
    """Of each ``key`` the ``min`` or ``max`` of columns over what was known, from each date on which it is another."""
    seen = ibis.cases(*((rows.known_at < month, ibis.literal(month)) for month in months), else_=None)
    rows = rows.mutate(since=seen).filter(lambda t: t.since.notnull())
    rows = rows.group_by(*key, "since").agg(**{name: getattr(rows[name], how)() for name, how in known.items()})
    so_far = ibis.window(group_by=key, order_by="since", preceding=None, following=0)
    whole = {name: getattr(rows[name], how)().over(so_far) for name, how in known.items()}
    after = ibis.literal(months[-1] + timedelta(days=1))
    until = rows.since.lead().over(ibis.window(group_by=key, order_by="since")).fill_null(after)
    return rows.mutate(**whole, until=until)


def _shares(rows: pd.DataFrame, found: pd.DataFrame, monitoring: Monitoring) -> dict[str, pd.Series]:
    """Share of a loan that each kind of use took, of the worst loan, as far as it was known on each row's date."""
    keys = rows[["enterprise_id", "as_of"]].reset_index()
    seen = keys.merge(found, "inner", "enterprise_id")
    days = {name: pd.to_datetime(seen[name]) for name in ("on", "known_from", "known_until")}
    held = (days["known_from"] < seen["as_of"]) & ~(days["known_until"] < seen["as_of"])
    held &= (seen["since"] <= seen["as_of"]) & (seen["as_of"] < seen["until"])
    recent = days["on"] >= seen["as_of"] - pd.DateOffset(months=monitoring.proceeds.watch_months)
    seen = seen[held & recent]
    seen = seen.assign(share=seen["amount"].astype("float64") / seen["principal"].astype("float64"))
    shares = {}
    for column, uses in USES.items():
        by_loan = seen[seen["use"].isin(uses)].groupby(["index", "loan_id"])["share"].sum()
        worst = by_loan.groupby("index").max().clip(upper=1.0)
        shares[column] = worst.reindex(range(len(rows))).fillna(0.0).set_axis(rows.index)
    return shares
