"""Replay a decision: compute it again from the store and the model version on record, and say what differs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.catalogue import EVERY
from models.decide import decide
from models.manual_card import NAME
from pipelines.features import ASKED, compute
from pipelines.manual_card import again_by_hand
from pipelines.override import overrides_of
from pipelines.panel import rules_in_force
from pipelines.record import Draft, Event, Record, canonical
from pipelines.score import feature_rows
from pipelines.store import Store
from pipelines.tracking import load_version

if TYPE_CHECKING:
    from models.decision import Decision


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One figure that came out otherwise."""

    name: str
    recorded: Any
    recomputed: Any


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What became of a decision computed again; ``store_changed`` when facts were added since.

    It is computed again by the flow rules in force; ``rules_then`` are those of the decision where they are others,
    empty where it names none. ``overrides`` are what people decided instead, in order: no part of what is computed
    again.
    """

    decision_id: str
    enterprise_id: str
    as_of: str
    differences: list[Difference]
    store_changed: bool
    rules_then: str
    overrides: list[Event]

    @property
    def equal(self) -> bool:
        """True when every feature and every part of the decision came out to the last bit."""
        return not self.differences


def replay(store: Store, decision_id: str, staff: str) -> Replay:
    """Recompute the features as of the decision's date, load the model version it names, and compare.

    The replay itself looks at the firm's data and so goes on the record, before it does.

    Raises
    ------
    RecordError
        When the decision is not on the record, or its event was changed.
    ArtifactError
        When the model version is gone or altered.
    """
    with Record() as record:
        event, overrides = record.decision(decision_id), overrides_of(record, decision_id)
        record.append(
            Draft(staff=staff, action="replay", enterprise_id=event.enterprise_id, subject=decision_id, payload={})
        )
    recorded = event.content
    rules_then = recorded.get("flow_rules", "")
    decider = _decider(recorded["decision"])
    features = compute(store, _question(event), names=[name for name in EVERY if name in recorded["features"]])
    return Replay(
        decision_id=decision_id,
        enterprise_id=event.enterprise_id,
        as_of=recorded["as_of"],
        differences=[
            *compare(recorded["features"], feature_rows(features)[0], "features"),
            *compare(recorded["decision"], decider(features)[0].model_dump(mode="json"), "decision"),
        ],
        store_changed=store.content_hash != recorded["store"],
        rules_then=rules_then if rules_then != rules_in_force() else "",
        overrides=overrides,
    )


def _question(event: Event) -> pd.DataFrame:
    """What was asked, by the record: an application that came in later, on the same day even, is another question."""
    asked = {name: event.content["features"].get(name) for name in ASKED}
    return pd.DataFrame([{"enterprise_id": event.enterprise_id, "as_of": event.content["as_of"], **asked}])


def _decider(recorded: Mapping[str, Any]) -> "Callable[[pd.DataFrame], list[Decision]]":
    """The model version or the manual card that a recorded decision names."""
    if recorded["model"] == NAME:
        return partial(again_by_hand, recorded=recorded)
    return partial(decide, model=load_version(recorded["model"], recorded["version"]))


def compare(recorded: Any, recomputed: Any, name: str) -> list[Difference]:
    """The leaves in which two JSON values differ; numbers must agree to the last bit.

    >>> compare({"a": 0.3, "b": [1, 2]}, {"a": 0.1 + 0.2, "b": [1, 2]}, "x")
    [Difference(name='x.a', recorded=0.3, recomputed=0.30000000000000004)]
    """
    if isinstance(recorded, dict) and isinstance(recomputed, dict):
        names = sorted({*recorded, *recomputed})
        pairs = [(f"{name}.{key}", recorded.get(key), recomputed.get(key)) for key in names]
    elif isinstance(recorded, list) and isinstance(recomputed, list) and len(recorded) == len(recomputed):
        pairs = [(f"{name}[{n}]", *pair) for n, pair in enumerate(zip(recorded, recomputed, strict=True))]
    else:
        same = canonical(recorded) == canonical(recomputed)
        return [] if same else [Difference(name=name, recorded=recorded, recomputed=recomputed)]
    return [difference for label, left, right in pairs for difference in compare(left, right, label)]
