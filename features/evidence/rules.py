"""Ordered rules that give a line its category and nature; the first rule that fits decides."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from features.contract.words import CATEGORIES, DIRECTIONS, NATURES
from features.errors import PolicyError

TEXTS = ("direction", "channel", "summary", "counterparty_name")
FLAGS = ("own_name", "related")
SAID = "said_"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. Every condition that is given must hold; texts are regular expressions, case ignored.

    ``own_name`` fits when the counterparty bears the firm's own name, ``related`` when it is a related party.
    """

    id: str
    category: str
    nature: str
    direction: str = ""
    channel: str = ""
    summary: str = ""
    counterparty: str = ""
    own_name: bool = False
    related: bool = False

    def __post_init__(self) -> None:
        for field, allowed in (("category", CATEGORIES), ("nature", NATURES), ("direction", ("", *DIRECTIONS))):
            if getattr(self, field) not in allowed:
                raise PolicyError(
                    f"flow rule '{self.id}': {field} is '{getattr(self, field)}', expected one of {', '.join(allowed)}"
                )
        for field in ("channel", "summary", "counterparty"):
            try:  # by the rules of RE2, the library that the engine uses too: no look-around, no back-references
                pc.match_substring_regex(pa.array([""]), getattr(self, field))
            except (TypeError, pa.ArrowInvalid) as error:
                raise PolicyError(f"flow rule '{self.id}': {field} is not a regular expression ({error})") from error

    def fits(self, lines: ir.Table) -> ir.BooleanValue:
        """The condition over wordings: ``TEXTS`` without nulls and ``FLAGS``."""
        parts = [ibis.literal(True)]
        if self.direction:
            parts.append(lines.direction == self.direction)
        for column, pattern in (
            ("channel", self.channel),
            ("summary", self.summary),
            ("counterparty_name", self.counterparty),
        ):
            if pattern:
                parts.append(lines[column].re_search(f"(?i){pattern}"))
        if self.own_name:
            parts.append(lines.own_name)
        if self.related:
            parts.append(lines.related)
        return ibis.and_(*parts)


@dataclass(frozen=True)
class FlowRules:
    """The rules of one version, with the share of a cash deposit that does not count as income."""

    version: str
    cash_haircut: float
    rules: tuple[Rule, ...]

    @property
    def digest(self) -> str:
        """Short hash of everything that decides a label."""
        return sha256(repr((self.cash_haircut, self.rules)).encode()).hexdigest()[:12]

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "FlowRules":
        """Read the content of ``conf/flow_rules.yaml``.

        Raises
        ------
        PolicyError
            When a key is unknown or missing, a code is not in the contract, or an id stands twice.
        """
        known = {f.name for f in fields(Rule)}
        rules = []
        for number, entry in enumerate(content.get("rules") or (), start=1):
            keys = set(entry) if isinstance(entry, Mapping) else set()
            unknown, missing = keys - known, {"id", "category", "nature"} - keys
            if unknown or missing:
                raise PolicyError(
                    f"flow_rules.yaml: rule {number} has unknown keys {sorted(unknown)} and lacks {sorted(missing)}; "
                    f"allowed are {', '.join(sorted(known))}"
                )
            rules.append(Rule(**entry))
        ids = [rule.id for rule in rules]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice or not rules:
            raise PolicyError(f"flow_rules.yaml: rules must be given and ids must be unique, found twice: {twice}")
        haircut = content.get("cash_haircut")
        if not isinstance(haircut, int | float) or not 0 <= haircut <= 1:
            raise PolicyError(f"flow_rules.yaml: cash_haircut is {haircut}, expected a share between 0 and 1")
        return cls(str(content.get("version", "")), float(haircut), tuple(rules))

    def label(self, lines: ir.Table) -> ir.Table:
        """Add ``rule``, ``category`` and ``nature``; a line that no rule fits is ``unknown``.

        Patterns are matched once for each distinct wording, not for each line.
        """
        worded = lines.mutate(**{f"{SAID}{c}": lines[c].fill_null("") for c in TEXTS})
        keys = [*(f"{SAID}{c}" for c in TEXTS), *FLAGS]
        wordings = worded.select(keys).distinct()
        decided = self._decide(wordings.rename({c: f"{SAID}{c}" for c in TEXTS}))
        decided = decided.rename({f"{SAID}{c}": c for c in TEXTS})
        return worded.join(decided, keys).drop(*(f"{SAID}{c}" for c in TEXTS))

    def _decide(self, wordings: ir.Table) -> ir.Table:
        number = ibis.cases(*((rule.fits(wordings), i) for i, rule in enumerate(self.rules)), else_=len(self.rules))
        staged = wordings.mutate(rule_number=number)
        chosen = [*self.rules, Rule(id="none", category="other_counterparty", nature="unknown")]

        def pick(field: str) -> ir.Value:
            return ibis.cases(
                *((staged.rule_number == i, getattr(rule, field)) for i, rule in enumerate(chosen)), else_=None
            )

        return staged.mutate(rule=pick("id"), category=pick("category"), nature=pick("nature")).drop("rule_number")
