"""Consent: which firms have agreed to a query on a date, and what is wanting where they have not.

A consent is live on a date when its latest version known by that date covers the purpose, the date lies within its
validity, and it has not been revoked: by that date, and for a loan by the day of asking too, whatever date is asked
about (Personal Information Protection Law, Art. 15). A check after the loan is judged by its date alone, so that a
month can be run again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from features.engine import connected
from features.errors import ConsentError
from features.sources.cells import BANK_TIME
from pipelines.store import Store

PURPOSES = {
    "01": ("贷前调查", "pre-loan investigation"),
    "02": ("审查", "review"),
    "03": ("贷后检查", "post-loan check"),
}
CREDIT = ("01", "02")  # purposes of a query for a loan
NONE_KNOWN = ("该日之前没有已知的授权", "none is known by that date")
Versions = Sequence[Mapping[str, Any]]  # of one consent, the earliest known first


def ask(
    store: Store, enterprise_ids: Sequence[str], as_of: date, purpose: str
) -> tuple[dict[str, str], dict[str, ConsentError]]:
    """Sort the firms into those with a live consent, with its number, and the others, with the refusal in words.

    Of several live consents the longest is named. Nothing but the consent table is read.
    """
    today = datetime.now(BANK_TIME).date()
    known = versions(store, enterprise_ids)
    live, refused = {}, {}
    for firm in enterprise_ids:
        of_firm = known.get(firm, {})
        faults = {number: fault(told, as_of, purpose, today) for number, told in of_firm.items()}
        covering = [number for number, found in faults.items() if found is None]
        if covering:
            live[firm] = max(covering, key=lambda number: (_by(of_firm[number], as_of)["valid_to"], number))
        else:
            refused[firm] = _refusal(firm, [found for found in faults.values() if found], as_of, purpose)
    return live, refused


def _refusal(enterprise_id: str, faults: Sequence[tuple[str, str]], as_of: date, purpose: str) -> ConsentError:
    """Firm, date, purpose, what was found and what is needed."""
    zh, en = PURPOSES[purpose]
    found = faults or [NONE_KNOWN]
    return ConsentError(
        f"企业 {enterprise_id} 在 {as_of} 没有有效授权（目的 {purpose} {zh}）：{'；'.join(zh for zh, _ in found)}，"
        "请先取得当日有效、未撤销的该目的授权，并以 consent 表导入",
        f"Firm {enterprise_id} has no live consent on {as_of} for purpose {purpose} ({en}): "
        f"{'; '.join(en for _, en in found)}. Needed: a consent for this purpose, valid on that date and not "
        "revoked, ingested as table consent.",
    )


def fault(told: Versions, as_of: date, purpose: str, asked_on: date) -> tuple[str, str] | None:
    """Why one consent does not cover a query, in both languages; none when it does.

    Parameters
    ----------
    told : the versions of the consent that there were when it was asked.
    as_of : the date that is asked about.
    purpose : one of ``PURPOSES``.
    asked_on : the day of asking.

    >>> told = [{"consent_id": "C1", "purpose": "01", "valid_from": date(2025, 1, 1), "valid_to": date(2025, 12, 31),
    ...          "revoked_on": None, "known_at": date(2025, 1, 1)}]
    >>> fault(told, date(2025, 12, 31), "01", date(2026, 2, 1)), fault(told, date(2026, 1, 1), "01", date(2026, 2, 1))
    (None, ('授权 C1 已于 2025-12-31 到期', 'C1 ended on 2025-12-31'))
    """
    if not told:
        return NONE_KNOWN
    name, first = told[0]["consent_id"], told[0]["known_at"]
    if as_of < first:
        return f"授权 {name} 自 {first} 起方为已知", f"{name} is known from {first} on"
    row = _by(told, as_of)
    until = max(as_of, asked_on) if purpose in CREDIT else as_of
    revoked = _by(told, until)["revoked_on"]
    if row["purpose"] != purpose:
        return f"授权 {name} 的目的为 {row['purpose']}", f"{name} is for purpose {row['purpose']}"
    if revoked is not None and revoked <= until:
        return f"授权 {name} 已于 {revoked} 撤销", f"{name} was revoked on {revoked}"
    if as_of < row["valid_from"]:
        return f"授权 {name} 自 {row['valid_from']} 起生效", f"{name} begins on {row['valid_from']}"
    if row["valid_to"] < as_of:
        return f"授权 {name} 已于 {row['valid_to']} 到期", f"{name} ended on {row['valid_to']}"
    return None


def _by(told: Versions, day: date) -> Mapping[str, Any]:
    """The latest version known by a day, when the first was."""
    return [row for row in told if row["known_at"] <= day][-1]


def versions(store: Store, enterprise_ids: Collection[str]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """All versions of the consents of some firms that the store holds, by firm and number, the earliest known first."""
    import ibis

    with connected() as backend:
        asked = ibis.memtable({"enterprise_id": list(enterprise_ids)}, schema={"enterprise_id": "string"})
        told = store.facts(backend)["consent"].semi_join(asked, "enterprise_id").order_by("consent_id", "known_at")
        rows: list[dict[str, Any]] = told.to_pyarrow().to_pylist()
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        found.setdefault(row["enterprise_id"], {}).setdefault(row["consent_id"], []).append(row)
    return found
