"""Consent: which firms have agreed to a query on a date, and what is wanting where they have not.

A consent is live on a date when its latest version known by that date covers the purpose, the date lies within its
validity, and it has not been revoked by then. A query for a loan is asked today, whatever date it names: once a
revocation is known and in force, the consent covers no earlier date either (Personal Information Protection Law, Art.
15). A check after the loan is judged by its date alone, so that a month can be run again.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from features.engine import connected
from features.errors import ConsentError
from features.knowledge import newest
from features.sources.cells import BANK_TIME
from pipelines.store import Store

if TYPE_CHECKING:
    from ibis.expr.types import Table

PURPOSES = {
    "01": ("贷前调查", "pre-loan investigation"),
    "02": ("审查", "review"),
    "03": ("贷后检查", "post-loan check"),
}
CREDIT = ("01", "02")  # purposes of a query for a loan
NONE_KNOWN = ("该日之前没有已知的授权", "none is known by that date")


def ask(
    store: Store, enterprise_ids: Sequence[str], as_of: date, purpose: str
) -> tuple[dict[str, str], dict[str, ConsentError]]:
    """Sort the firms into those with a live consent, with its number, and the others, with the refusal in words.

    Of several live consents the longest is named. Nothing but the consent table is read.
    """
    known: dict[str, list[dict[str, Any]]] = {firm: [] for firm in enterprise_ids}
    for row in _latest(store, enterprise_ids, as_of):
        known[row["enterprise_id"]].append(row)
    live = {firm: number for firm, rows in known.items() if (number := _live(rows, as_of, purpose))}
    refused = {firm: _refusal(firm, rows, as_of, purpose) for firm, rows in known.items() if firm not in live}
    return live, refused


def _live(rows: Sequence[dict[str, Any]], as_of: date, purpose: str) -> str:
    """The number of the longest consent that covers the purpose on the date; empty when none does."""
    covering = [(row["valid_to"], row["consent_id"]) for row in rows if not fault(row, as_of, purpose)]
    return str(max(covering)[1]) if covering else ""


def _refusal(enterprise_id: str, rows: Sequence[dict[str, Any]], as_of: date, purpose: str) -> ConsentError:
    """Firm, date, purpose, what was found and what is needed."""
    zh, en = PURPOSES[purpose]
    faults = [found for row in rows if (found := fault(row, as_of, purpose))] or [NONE_KNOWN]
    return ConsentError(
        f"企业 {enterprise_id} 在 {as_of} 没有有效授权（目的 {purpose} {zh}）：{'；'.join(zh for zh, _ in faults)}，"
        "请先取得当日有效、未撤销的该目的授权，并以 consent 表导入",
        f"Firm {enterprise_id} has no live consent on {as_of} for purpose {purpose} ({en}): "
        f"{'; '.join(en for _, en in faults)}. Needed: a consent for this purpose, valid on that date and not "
        "revoked, ingested as table consent.",
    )


def fault(row: dict[str, Any], as_of: date, purpose: str) -> tuple[str, str] | None:
    """Why one consent does not cover the purpose on the date, in both languages; none when it does.

    >>> row = {"consent_id": "C1", "purpose": "01", "valid_from": date(2025, 1, 1), "valid_to": date(2025, 12, 31),
    ...        "revoked_on": None}
    >>> fault(row, date(2025, 12, 31), "01"), fault(row, date(2026, 1, 1), "01")
    (None, ('授权 C1 已于 2025-12-31 到期', 'C1 ended on 2025-12-31'))
    """
    name, revoked = row["consent_id"], row["revoked_on"]
    withdrawn = row.get("withdrawn_on") if purpose in CREDIT else None
    if row["purpose"] != purpose:
        return f"授权 {name} 的目的为 {row['purpose']}", f"{name} is for purpose {row['purpose']}"
    if revoked is not None and revoked <= as_of:
        return f"授权 {name} 已于 {revoked} 撤销", f"{name} was revoked on {revoked}"
    if withdrawn is not None:
        return f"授权 {name} 现已撤销（{withdrawn}）", f"{name} is revoked by now ({withdrawn})"
    if as_of < row["valid_from"]:
        return f"授权 {name} 自 {row['valid_from']} 起生效", f"{name} begins on {row['valid_from']}"
    if row["valid_to"] < as_of:
        return f"授权 {name} 已于 {row['valid_to']} 到期", f"{name} ended on {row['valid_to']}"
    return None


def _latest(store: Store, enterprise_ids: Sequence[str], as_of: date) -> list[dict[str, Any]]:
    """The latest version known by the date of each consent of these firms, by number, and when it was revoked since."""
    import ibis

    now = datetime.now(BANK_TIME).date()
    with connected() as backend:
        consent: Table = store.facts(backend)["consent"]
        asked = ibis.memtable({"enterprise_id": list(enterprise_ids)}, schema={"enterprise_id": "string"})
        told = consent.semi_join(asked, "enterprise_id")
        gone = newest(told, ["consent_id"]).filter(lambda t: t.revoked_on <= now)
        known = newest(told.filter(told.known_at <= as_of), ["consent_id"])
        known = known.left_join(gone.select("consent_id", withdrawn_on="revoked_on"), "consent_id")
        rows: list[dict[str, Any]] = known.order_by("consent_id").to_pyarrow().to_pylist()
    return rows
