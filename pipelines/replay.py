"""Replay a decision: compute it again from the store and the model version on record, and say what differs."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.catalogue import EVERY
from features.catalogue.health import FAMILY as HEALTH
from features.errors import ArtifactError
from features.evidence.rules import FlowRules
from models.artefact import code_fingerprint
from models.decide import decide
from models.manual_card import NAME
from pipelines.basis import found, peers_in, rules_in
from pipelines.features import ASKED, compute, compute_by
from pipelines.manual_card import again_by_hand
from pipelines.override import overrides_of
from pipelines.panel import RULES, rules, rules_in_force
from pipelines.record import Draft, Event, Record, canonical
from pipelines.score import UnknownEnterpriseError, enterprises, feature_rows, run_of
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
    """What became of a decision computed again.

    Attributes
    ----------
    taken : features that were not computed again but taken as recorded, so that they say nothing.
    store_changed : facts were added since.
    rules_then : the flow rules of the decision where others are in force; empty else. It is computed again by those of
        the decision, but for one from before the record held their text (``rules_lost``).
    code_then : release and digest of the code that decided where this is another; empty else.
    overrides : what people decided instead, in order: no part of what is computed again.
    """

    decision_id: str
    enterprise_id: str
    as_of: str
    differences: list[Difference]
    taken: list[str]
    store_changed: bool
    rules_then: str
    rules_lost: bool
    code_then: str
    overrides: list[Event]

    @property
    def equal(self) -> bool:
        """True when every feature that was computed and every part of the decision came out to the last bit."""
        return not self.differences


def replay(store: Store, decision_id: str, staff: str) -> Replay:
    """Recompute the features as of the decision's date by its flow rules, load the model version it names, and compare.

    The replay itself looks at the firm's data and so goes on the record, before it does.

    Raises
    ------
    RecordError
        When the decision is not on the record, or its event or what it rests on was changed.
    UnknownEnterpriseError
        When the store does not hold the firm.
    ArtifactError
        When the model version is gone or altered, or is another.
    PolicyError
        When this release does not read the settings of the decision.
    """
    with Record() as record:
        event, overrides = record.decision(decision_id), overrides_of(record, decision_id)
        recorded = event.content
        holds = found(record, recorded.get("basis", ()))
        record.append(
            Draft(staff=staff, action="replay", enterprise_id=event.enterprise_id, subject=decision_id, payload={})
        )
    if event.enterprise_id not in enterprises(store, date.fromisoformat(recorded["as_of"])):
        raise UnknownEnterpriseError(
            f"{store.root} 中没有企业 {event.enterprise_id}，请以 --store 指定作出决策时的数据目录",
            f"{store.root} holds no firm {event.enterprise_id}; name the store of the decision: --store STORE",
        )
    decider = _decider(recorded, holds)
    now, kept = rules(), RULES[0] in holds
    by = rules_in(holds) if kept else now
    features, taken = _features(store, event, holds, by if by.digest != now.digest else None)
    decision = decider(features)[0].model_dump(mode="json")
    rules_then = recorded.get("flow_rules", "")
    others = by.digest != now.digest if kept else rules_then not in ("", rules_in_force())
    return Replay(
        decision_id=decision_id,
        enterprise_id=event.enterprise_id,
        as_of=recorded["as_of"],
        differences=[
            *compare(_without(recorded["features"], taken), _without(feature_rows(features)[0], taken), "features"),
            *compare(recorded["decision"], {name: decision.get(name) for name in recorded["decision"]}, "decision"),
        ],
        taken=taken,
        store_changed=store.content_hash != recorded["store"],
        rules_then=rules_then if others else "",
        rules_lost=others and not kept,
        code_then=_code_of(recorded) if recorded.get("code", "") != code_fingerprint()[:12] else "",
        overrides=overrides,
    )


def _code_of(recorded: Mapping[str, Any]) -> str:
    """Release and digest of the code that decided; decisions of before 0.2.0 hold no release."""
    return f"{recorded.get('release', '')} {recorded.get('code', '')}".strip()


def _features(
    store: Store, event: Event, holds: Mapping[str, Any], by: FlowRules | None
) -> tuple[pd.DataFrame, list[str]]:
    """The features of then, and the names of those taken as recorded.

    These are features that the catalogue no longer has, and by rules that are no longer in force (``by``) those of
    counterparties' health, since the record does not hold how other firms stood.
    """
    asked, told = _question(event), event.content["features"]
    names = [name for name in EVERY if name in told and not (by and EVERY[name].family == HEALTH)]
    features = compute_by(store, asked, names, by, peers_in(holds)) if by else compute(store, asked, names=names)
    taken = [name for name in told if name not in names]
    return features.assign(**{name: math.nan if told[name] is None else told[name] for name in taken}), taken


def _without(features: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in features.items() if name not in names}


def _question(event: Event) -> pd.DataFrame:
    """What was asked, by the record: an application that came in later, on the same day even, is another question."""
    asked = {name: event.content["features"].get(name) for name in ASKED}
    return pd.DataFrame([{"enterprise_id": event.enterprise_id, "as_of": event.content["as_of"], **asked}])


def _decider(recorded: Mapping[str, Any], holds: Mapping[str, Any]) -> "Callable[[pd.DataFrame], list[Decision]]":
    """The model version or the manual card that a recorded decision names."""
    decision = recorded["decision"]
    name, version = decision["model"], decision["version"]
    if name == NAME:
        return partial(again_by_hand, recorded=decision, holds=holds)
    model = load_version(name, version)
    if (then := recorded.get("run", run_of(model))) != run_of(model):
        raise ArtifactError(
            f"模型 {name} 的版本 {version} 不是作出决策的那个（训练 {run_of(model)}，当时为 {then}），请恢复 MLflow",
            f"model {name} version {version} is not the one that decided (of run {run_of(model)}, then of {then}); "
            "restore the MLflow of then",
        )
    return partial(decide, model=model)


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
