"""The month's use of firms' data: who was queried with which consent, and what came of it, against the query log.

The monthly count of a bank's use of the cash-flow platform, as the case of the rural banks of Shandong reports it:
firms queried, admitted, lent to, the amount, and its share of inclusive lending. The month is that of the bank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from features.engine import connected
from features.sources.cells import BANK_TIME
from pipelines.consent import CREDIT, Versions, fault, versions
from pipelines.override import ACTION as OVERRIDE
from pipelines.periods import period
from pipelines.record import Event, Record
from pipelines.settings import institution
from pipelines.store import Store

Consents = Mapping[str, Mapping[str, Versions]]
ANSWERS = ("decision", OVERRIDE)
INCLUSIVE = Decimal(10_000_000)  # total credit of one borrower up to which lending is inclusive (普惠小微), yuan
TEXTS = {
    "queries": ("查询笔数", "queries"),
    "refused": ("因无授权被拒笔数", "queries refused for want of consent"),
    "without_consent": ("无授权查询笔数（应为零）", "queries without consent (must be none)"),
    "decisions_without_query": ("无查询记录的决策（应为零）", "decisions without a query on the record (must be none)"),
    "post_loan_firms": ("贷后查询企业数", "firms queried after the loan"),
    "queried": ("贷前查询企业数", "firms queried for a loan"),
    "authorised": ("其中：已授权", "of them with consent"),
    "admitted": ("其中：已准入（含转人工审查）", "of them admitted, referred to a person among them"),
    "drawn": ("其中：已用信", "of them lent to"),
    "loans": ("发放笔数", "loans paid out"),
    "amount": ("发放金额（元）", "amount paid out (yuan)"),
    "inclusive_share": ("普惠小微占比", "share of inclusive lending"),
    "unsecured_share": ("信用贷款占比", "share of unsecured lending"),
}


@dataclass(frozen=True, kw_only=True)
class Usage:
    """One institution's month; shares are of the amount paid out, none without loans. Words in ``TEXTS``."""

    institution: str
    month: str
    queries: int
    refused: int
    without_consent: int
    decisions_without_query: int
    post_loan_firms: int
    queried: int
    authorised: int
    admitted: int
    drawn: int
    loans: int
    amount: Decimal
    inclusive_share: float | None
    unsecured_share: float | None

    def json(self) -> dict[str, Any]:
        """The published shape."""
        return {**asdict(self), "amount": f"{self.amount:.2f}"}


def usage(store: Store, month: str, record: Record) -> list[Usage]:
    """The month of each institution on the record, or of our own when nothing was asked.

    A cohort are the distinct firms queried for a loan in the month; of it those with a live consent, those of them that
    the last decision of the month admits (a person's, where one decided otherwise), and those of them that were paid a
    loan from their query to the month's end. Loans are told as the month knew them, so that its table stays: one that
    becomes known after its month is in none, hence loans must be ingested before the month is out.

    Parameters
    ----------
    store : Store
    month : ``YYYY-MM``.
    record : the query log.

    Raises
    ------
    WindowError
        When the month is not written as ``YYYY-MM``.
    """
    first, end = period("month", month)
    events = [event for event in record.events() if first <= _day(event) < end]
    consents = versions(store, {event.enterprise_id for event in events})
    loans = _loans(store, end)
    names = sorted({_institution(event) for event in events}) or [institution()]
    return [
        _of(name, month, [event for event in events if _institution(event) == name], consents, loans, first, end)
        for name in names
    ]


def _day(event: Event) -> date:
    """The day of the event in the bank's calendar."""
    at = datetime.strptime(event.at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return at.astimezone(BANK_TIME).date()


def _institution(event: Event) -> str:
    return str(event.content.get("institution") or institution())


def _admits(event: Event) -> bool:
    """Whether the firm was admitted, by the system or by a person who decided otherwise."""
    content = event.content
    return bool(content["limit"] if event.action == OVERRIDE else content["decision"]["admitted"])


def _of(
    name: str,
    month: str,
    events: Sequence[Event],
    consents: Consents,
    loans: pd.DataFrame,
    first: date,
    end: date,
) -> Usage:
    queries = _queries([event for event in events if event.action == "query"], consents)
    refused = [event for event in events if event.action == "query_refused"]
    answers = {event.enterprise_id: _admits(event) for event in events if event.action in ANSWERS}  # the last of a firm
    asked = queries[queries["purpose"].isin(CREDIT)]
    began = asked.groupby("enterprise_id")["day"].min()
    authorised = set(asked.loc[asked["covered"], "enterprise_id"])
    admitted = {firm for firm in authorised if answers.get(firm)}
    paid = (
        loans[(loans["disbursed_on"] >= first) & (loans["disbursed_on"] < end)] if name == institution() else loans[:0]
    )
    since = paid["enterprise_id"].map(began)
    drawn = admitted & set(paid.loc[since.notna() & (paid["disbursed_on"] >= since), "enterprise_id"])
    seen = [set(queries["enterprise_id"]), {event.enterprise_id for event in events if event.action == "decision"}]
    return Usage(
        institution=name,
        month=month,
        queries=len(queries),
        refused=len(refused),
        without_consent=int((~queries["covered"]).sum()),
        decisions_without_query=len(seen[1] - seen[0]),
        post_loan_firms=queries.loc[~queries["purpose"].isin(("", *CREDIT)), "enterprise_id"].nunique(),
        queried=len(set(began.index) | {e.enterprise_id for e in refused if e.content.get("purpose") in CREDIT}),
        authorised=len(authorised),
        admitted=len(admitted),
        drawn=len(drawn),
        loans=len(paid),
        amount=sum(paid["principal"], Decimal(0)),
        inclusive_share=_share(paid, paid["total"].map(lambda total: total <= INCLUSIVE) & paid["small"]),
        unsecured_share=_share(paid, paid["secured"].map(lambda secured: secured is False)),
    )


def _share(paid: pd.DataFrame, which: pd.Series) -> float | None:
    """Share of the amount in the loans told by ``which``."""
    whole = sum(paid["principal"], Decimal(0))
    return float(sum(paid.loc[which.astype(bool), "principal"], Decimal(0)) / whole) if whole else None


def _queries(events: Sequence[Event], consents: Consents) -> pd.DataFrame:
    """Each query with whether the consent that it names covered it, by what was known on the day of asking.

    One that does not say what for, or of which date, as old records may not, shows no consent.
    """
    rows = []
    for event in events:
        day, asked = _day(event), event.content
        told = consents.get(event.enterprise_id, {}).get(event.subject, ())
        then = [row for row in told if row["known_at"] <= day]
        purpose, as_of = asked.get("purpose", ""), asked.get("as_of")
        covered = bool(purpose and as_of) and fault(then, date.fromisoformat(str(as_of)), purpose, day) is None
        rows.append((event.enterprise_id, day, purpose, covered))
    return pd.DataFrame(rows, columns=["enterprise_id", "day", "purpose", "covered"]).astype({"covered": bool})


def _loans(store: Store, end: date) -> pd.DataFrame:
    """Loans paid out before ``end``: latest version known by then, the borrower's total of running limits, and size."""
    names = ["loan_id", "enterprise_id", "principal", "committed", "disbursed_on", "secured", "closed_on",
             "written_off_on", "known_at"]  # fmt: skip
    loans = _rows(store, "loan", names)
    loans = (
        loans[loans["known_at"] < end].sort_values("known_at", kind="stable").drop_duplicates("loan_id", keep="last")
    )
    loans = loans[loans["disbursed_on"] < end]
    running = loans[loans["closed_on"].isna() & loans["written_off_on"].isna()]
    total = running.groupby("enterprise_id")["committed"].agg(_total)
    firms = _rows(store, "enterprise", ["enterprise_id", "size_class", "sole_proprietor", "known_at"])
    firms = firms[firms["known_at"] < end].sort_values("known_at", kind="stable")
    firms = firms.drop_duplicates("enterprise_id", keep="last").set_index("enterprise_id")
    small = firms["size_class"].isin(("micro", "small")) | firms["sole_proprietor"].map(lambda sole: sole is True)
    of = loans["enterprise_id"]
    totals = of.map(total).where(of.isin(total.index), loans["committed"])
    return loans.assign(total=totals, small=of.map(small).fillna(False).astype(bool))


def _total(amounts: pd.Series) -> Decimal:
    return sum(amounts.tolist(), Decimal(0))


def _rows(store: Store, table: str, names: list[str]) -> pd.DataFrame:
    """Columns of a table as Python values: dates, decimals, and none where nothing is known."""
    with connected() as backend:
        found = store.facts(backend)[table].select(*names).to_pyarrow()
    return pd.DataFrame({name: pd.Series(found[name].to_pylist(), dtype="object") for name in names})
