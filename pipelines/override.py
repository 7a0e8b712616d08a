"""Overrides (人工改判): who decided otherwise than the system, on the record, and what came of it."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import pandas as pd

from features.errors import PolicyError
from models.intervals import wilson
from models.override import KINDS, Overrides, overridden
from pipelines.access import access
from pipelines.record import Draft, Event, Record
from pipelines.settings import checked

ACTION, AS_DECIDED = "override", "withdrawn"


def override(decision_id: str, limit: float, *, role: str, reason: str, note: str, staff: str) -> Event:
    """Put on the record that ``staff`` decided otherwise; the decision itself stays as it is.

    Parameters
    ----------
    limit : yuan of new money that was decided on instead; 0 declines.
    role, reason : a name and a code of ``conf/overrides.yaml``; what the role is called stands in ``access.yaml``.
    note : the reason in words.

    Raises
    ------
    RecordError
        When the decision is not on the record, or its event was changed.
    PolicyError
        When role or reason are not known, words are missing, nothing would change, or the role may not decide so.
    """
    settings = checked(Overrides, "overrides.yaml")
    powers, called, why = settings.role(role), access().role(role), settings.reason(reason)
    if not note.strip():
        raise PolicyError(
            "改判除理由代码外还须用文字说明：--note",
            "an override needs its reason in words beside the code: --note TEXT",
        )
    with Record() as record, record.holding() as append:  # two at once would each follow from what stood before both
        event = record.decision(decision_id)
        decision = event.content["decision"]
        stands = [earlier.content["limit"] for earlier in overrides_of(record, decision_id)]
        kind = overridden(decision, stands[-1] if stands else decision["limit"], limit, (called.zh, called.en), powers)
        payload = {
            "kind": kind,
            "limit": limit,
            "system": {name: decision[name] for name in ("admitted", "referral", "limit", "policy")},
            "role": {"name": role, "zh": called.zh, "en": called.en},
            "reason": why.model_dump(),
            "note": note.strip(),
            "settings": settings.version,
        }
        draft = Draft(
            staff=staff, action=ACTION, enterprise_id=event.enterprise_id, subject=decision_id, payload=payload
        )
        return append(draft)[0]


def overrides_of(record: Record, decision_id: str) -> list[Event]:
    """The overrides of a decision, in order; the last one holds."""
    with closing(record.events(action=ACTION, subject=decision_id)) as found:
        return list(found)


def override_figures(record: Record, model: str, asked: pd.DataFrame) -> dict[str, Any]:
    """Number, reasons and outcomes of the overrides of a model's decisions, beside decisions that stood.

    An application that was decided on several times counts once, by its last override or else its last decision.

    Parameters
    ----------
    model : its name; decisions of any version count.
    asked : ``application_id`` and ``default`` of the applications whose outcome is known.

    Returns
    -------
    ``stood`` with ``n, known, bad, observed, low, high``, and lists ``kinds`` and ``reasons`` of the same with ``zh``
    and ``en``, the most first; shares are None where no outcome is known. Nothing where the record holds no override.
    """
    told = {event.subject: event.content for event in record.events(action=ACTION)}
    told = {number: content for number, content in told.items() if content["kind"] != AS_DECIDED}
    table = pd.DataFrame(_rows(record.events(action="decision"), model, told), columns=["about", "kind", "reason"])
    if not told or not table["kind"].astype(bool).any():
        return {}
    table = table.assign(whose=table["kind"] != "").sort_values("whose", kind="stable")
    outcome = asked.set_index("application_id")["default"].astype(float)
    table = table.drop_duplicates("about", keep="last").assign(bad=lambda t: t["about"].map(outcome))
    texts = {content["reason"]["code"]: (content["reason"]["zh"], content["reason"]["en"]) for content in told.values()}
    return {
        "stood": _came(table.loc[~table["whose"], "bad"]),
        "kinds": _groups(table[table["whose"]], "kind", KINDS),
        "reasons": _groups(table[table["whose"]], "reason", texts),
    }


def _rows(decisions: Iterable[Event], model: str, told: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What each decision is about, the application or else itself, and how and why it was overridden."""
    for event in decisions:
        content, by = event.content, told.get(event.subject)
        if content["decision"]["model"] == model:
            about = content.get("application") or event.subject
            yield (about, by["kind"], by["reason"]["code"]) if by else (about, "", "")


def _groups(table: pd.DataFrame, by: str, texts: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    rows = [
        {"zh": texts[str(name)][0], "en": texts[str(name)][1], **_came(part["bad"])} for name, part in table.groupby(by)
    ]
    return sorted(rows, key=lambda row: -int(row["n"]))


def _came(bad: pd.Series) -> dict[str, Any]:
    known, defaults = int(bad.notna().sum()), int(bad.sum())
    low, high = wilson(defaults, known) if known else (None, None)
    observed = defaults / known if known else None
    return {"n": len(bad), "known": known, "bad": defaults, "observed": observed, "low": low, "high": high}
