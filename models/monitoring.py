"""How live loans are watched, as data: classes, signals, watch list and limit actions, checked key by key."""

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from models.checked import Part
from models.monitoring_parts import ClassRules, ListRules, ProceedsRules, RaiseRules, Signal
from models.policy_parts import Share, Text


class Monitoring(Part):
    """The whole of ``conf/monitoring.yaml``. Frozen: a change is a new version with its own approver and date."""

    version: Text
    approver: Text
    effective_from: date
    misuse_share: Share
    proceeds: ProceedsRules
    classes: ClassRules
    signals: Annotated[tuple[Signal, ...], Field(min_length=1)]
    watch_list: ListRules
    increase: RaiseRules

    @model_validator(mode="after")
    def _consistent(self) -> "Monitoring":
        names = [signal.name for signal in self.signals]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"signals 名称不重复，现“{twice[0]}”重复。signals: each name once, found '{twice[0]}' twice"
            )
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """What the signals are measured of, each once, in order."""
        return tuple(dict.fromkeys(signal.of for signal in self.signals))
