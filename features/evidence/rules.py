"""Ordered rules that give a line its category and nature; the first rule that fits decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any

import ibis
import ibis.expr.types as ir

from features.contract.words import CATEGORIES, DIRECTIONS, NATURES
from features.engine import Keep, as_one
from features.errors import PolicyError
from features.evidence.parties import NO_INSTITUTIONS, Institutions, bare, check_pattern, fits, folded
from features.evidence.settings import PLAIN, Circular, check_share
from features.evidence.vat import UNTAXED, Vat

FLAGS = ("own", "owner", "related", "owner_account", "wallet", "sole", "shown")
WORDS = ("channel", "summary")
LABEL = ("rule", "category", "nature", "confidence")
CONFIDENCE = "decimal(3,2)"
BITS = 62
Part = Callable[["Rule", ir.Table], list[ir.BooleanValue]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. Every condition that is given must hold; texts are regular expressions, case ignored.

    ``institution`` is a kind of ``conf/institutions.yaml``. ``own`` fits when the counterparty is the firm itself,
    ``owner`` when it is its owner, a manager or a relative, ``related`` when it is another related party, and
    ``owner_account`` when the line stands on an account that the owner holds, ``wallet`` when on one at a payment
    platform, ``sole`` when the firm is a sole proprietor, and ``shown`` when the counterparty's account is one of the
    firm's or its owner's that the bank knows.
    ``confidence`` is how sure the rule is of the nature, from 0 to 1.
    """

    id: str
    category: str
    nature: str
    direction: str = ""
    channel: str = ""
    summary: str = ""
    counterparty: str = ""
    institution: str = ""
    own: bool = False
    owner: bool = False
    related: bool = False
    owner_account: bool = False
    wallet: bool = False
    sole: bool = False
    shown: bool = False
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for field, allowed in (("category", CATEGORIES), ("nature", NATURES), ("direction", ("", *DIRECTIONS))):
            if getattr(self, field) not in allowed:
                raise PolicyError(
                    f"流水规则“{self.id}”的 {field} 为“{getattr(self, field)}”，应为 {'、'.join(allowed)} 之一",
                    f"flow rule '{self.id}': {field} is '{getattr(self, field)}', expected one of {', '.join(allowed)}",
                )
        for field in (*WORDS, "counterparty"):
            check_pattern(f"flow rule '{self.id}': {field}", getattr(self, field))
        check_share(f"flow rule '{self.id}': confidence", self.confidence)

    def by_words(self, lines: ir.Table) -> list[ir.BooleanValue]:
        """Conditions over ``channel`` and ``summary`` without nulls."""
        return [fits(lines[name], getattr(self, name)) for name in WORDS if getattr(self, name)]

    def by_name(self, lines: ir.Table) -> list[ir.BooleanValue]:
        """Conditions over the folded name and its institution."""
        name = [fits(lines.folded_name, self.counterparty)] if self.counterparty else []
        return name + ([lines.institution == self.institution] if self.institution else [])

    def by_party(self, lines: ir.Table) -> list[ir.BooleanValue]:
        """Conditions over ``direction`` and ``FLAGS``."""
        side = [(lines.direction == self.direction).fill_null(False)] if self.direction else []
        return side + [lines[name] for name in FLAGS if getattr(self, name)]


@dataclass(frozen=True)
class FlowRules:
    """The rules of one version, with the share of a cash deposit that does not count as income.

    A line whose label is less sure than ``doubtful_below`` is doubtful.
    """

    version: str
    cash_haircut: float
    rules: tuple[Rule, ...]
    institutions: Institutions = NO_INSTITUTIONS
    circular: Circular = PLAIN
    doubtful_below: float = 0.0
    statistics: tuple[Rule, ...] = ()
    vat: Vat = UNTAXED

    @property
    def digest(self) -> str:
        """Short hash of everything that decides a label or an amount."""
        shares = (self.cash_haircut, self.doubtful_below, self.vat)
        decides = (shares, self.rules, self.institutions.kinds, self.circular, self.statistics)
        return sha256(repr(decides).encode()).hexdigest()[:12]

    @classmethod
    def parse(cls, content: Mapping[str, Any], institutions: Mapping[str, Any] | None = None) -> "FlowRules":
        """Read the content of ``conf/flow_rules.yaml`` and of ``conf/institutions.yaml``.

        Raises
        ------
        PolicyError
            When a key is unknown or missing, a code is not in the contract, or an id stands twice.
        """
        named = Institutions.parse(institutions) if institutions is not None else NO_INSTITUTIONS
        kinds = ("", *(each.kind for each in named.kinds))
        known = {f.name for f in fields(Rule)}
        rules = []
        for number, entry in enumerate(content.get("rules") or (), start=1):
            keys = set(entry) if isinstance(entry, Mapping) else set()
            unknown, missing = keys - known, {"id", "category", "nature"} - keys
            if unknown or missing:
                raise PolicyError(
                    f"第 {number} 条规则多出键 {sorted(unknown)}，缺少 {sorted(missing)}，可用的有 "
                    f"{'、'.join(sorted(known))}",
                    f"rule {number} has unknown keys {sorted(unknown)} and lacks {sorted(missing)}; allowed are "
                    f"{', '.join(sorted(known))}",
                    "flow_rules.yaml",
                )
            rules.append(Rule(**entry))
            if rules[-1].institution not in kinds:
                raise PolicyError(
                    f"流水规则“{rules[-1].id}”的 institution 为“{rules[-1].institution}”，应为 "
                    f"{'、'.join(kinds[1:]) or '空（未提供 institutions.yaml）'}",
                    f"flow rule '{rules[-1].id}': institution is '{rules[-1].institution}', expected one of "
                    f"{', '.join(kinds[1:]) or 'none, institutions.yaml was not given'}",
                )
        ids = [rule.id for rule in rules]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice or not rules:
            raise PolicyError(
                f"rules 须填写且 id 不重复，重复的有 {twice}",
                f"rules must be given and ids must be unique, found twice: {twice}",
                "flow_rules.yaml",
            )
        haircut = check_share("flow_rules.yaml: cash_haircut", content.get("cash_haircut"))
        doubtful = check_share("flow_rules.yaml: doubtful_below", content.get("doubtful_below", 0.0))
        circular = Circular.parse(content.get("circular") or {})
        told = tuple(_statistic(number, entry) for number, entry in enumerate(content.get("statistics") or (), start=1))
        vat = Vat.parse(content["vat"]) if "vat" in content else UNTAXED
        return cls(str(content.get("version", "")), haircut, tuple(rules), named, circular, doubtful, told, vat)

    def read(self, lines: ir.Table, source: ir.Table | None = None, keep: Keep = as_one) -> ir.Table:
        """Add ``bare_name`` and, as bits, which rules fit a line by its words and by its counterparty's name.

        Patterns are matched once for each distinct wording and name of ``source`` (``lines`` unless given, any
        table with the same texts), not for each line. The texts themselves are left behind.
        """
        source = lines if source is None else source
        words, names = keep("words", self._words(source)), keep("names", self._names(source))
        lines = lines.mutate(**{name: lines[name].fill_null("") for name in (*WORDS, "counterparty_name")})
        return lines.join(words, WORDS).join(names, "counterparty_name").drop(*WORDS, "counterparty_name")

    def _words(self, source: ir.Table) -> ir.Table:
        words = source.select(**{name: source[name].fill_null("") for name in WORDS}).distinct()
        return words.select(*WORDS, **self._bits(words, "words", Rule.by_words))

    def _names(self, source: ir.Table) -> ir.Table:
        names = source.select(counterparty_name=source.counterparty_name.fill_null("")).distinct()
        names = names.mutate(folded_name=folded(names.counterparty_name))
        names = names.mutate(institution=self.institutions.of(names.folded_name), bare_name=bare(names.folded_name))
        return names.select("counterparty_name", "bare_name", **self._bits(names, "name", Rule.by_name))

    def label(self, lines: ir.Table) -> ir.Table:
        """Add ``LABEL`` to what ``read`` gave; a line that no rule fits is ``unknown``."""
        party = lines.mutate(**self._bits(lines, "party", Rule.by_party))
        firsts = []
        for part in range(len(self._parts)):
            bits = party[f"words{part}"] & party[f"name{part}"] & party[f"party{part}"]
            firsts.append((bits & -bits).nullif(0).log2().round().cast("int64") + part * BITS)
        numbered = party.mutate(rule_number=ibis.coalesce(*firsts, len(self.rules)))
        return numbered.join(self._chosen(), "rule_number").drop("rule_number")

    def tell(self, statistics: ir.Table) -> ir.Table:
        """Add ``rule``, ``nature`` and ``confidence`` to monthly statistics; what no entry names is ``unknown``."""

        def of(field: str, none: object) -> ir.Value:
            fits = (
                (statistics.category == r.category) & (statistics.direction == r.direction) for r in self.statistics
            )
            branches = ((fit, getattr(r, field)) for fit, r in zip(fits, self.statistics, strict=True))
            return ibis.cases((ibis.literal(False), none), *branches, else_=none)

        sure = of("confidence", 0.0).cast(CONFIDENCE)
        return statistics.mutate(rule=ibis.literal("statistics"), nature=of("nature", "unknown"), confidence=sure)

    @property
    def _parts(self) -> list[tuple[Rule, ...]]:
        return [self.rules[start : start + BITS] for start in range(0, len(self.rules), BITS)]

    def _bits(self, lines: ir.Table, name: str, conditions: Part) -> dict[str, ir.Value]:
        """One number for every ``BITS`` rules; bit ``i`` is set when rule ``i`` of them fits."""
        return {f"{name}{part}": _mask(lines, rules, conditions) for part, rules in enumerate(self._parts)}

    def _chosen(self) -> ir.Table:
        """What each rule gives, by its number; the last is for lines that no rule fits."""
        rules = [*self.rules, Rule(id="none", category="other_counterparty", nature="unknown", confidence=0.0)]
        table = ibis.range(len(rules)).unnest().name("rule_number").as_table()
        table = table.mutate(rule_number=table.rule_number.cast("int64"))

        def of(field: str) -> ir.Value:
            return ibis.cases(*((table.rule_number == i, getattr(rule, field)) for i, rule in enumerate(rules)))

        sure = of("confidence").cast(CONFIDENCE)
        return table.mutate(rule=of("id"), category=of("category"), nature=of("nature"), confidence=sure)


def _statistic(number: int, entry: Any) -> Rule:
    """What the platform's statistics of one category and direction count as."""
    keys = set(entry) if isinstance(entry, Mapping) else set()
    wanted = {"category", "direction", "nature"}
    if not wanted <= keys <= {*wanted, "confidence"}:
        raise PolicyError(
            f"statistics 第 {number} 项的键为 {sorted(map(str, keys))}，应有 category、direction、nature，可有 "
            "confidence",
            f"entry {number} of statistics has the keys {sorted(map(str, keys))}, expected category, direction and "
            "nature, and confidence if need be",
            "flow_rules.yaml",
        )
    return Rule(id=f"statistics-{entry['category']}-{entry['direction']}", **entry)


def _mask(lines: ir.Table, rules: tuple[Rule, ...], conditions: Part) -> ir.Value:
    """Rules with the same conditions are asked for once."""
    bits: dict[tuple[object, ...], int] = {}
    asked = {}
    for place, rule in enumerate(rules):
        found = conditions(rule, lines)
        key = tuple(condition.op() for condition in found)
        asked[key], bits[key] = found, bits.get(key, 0) + (1 << place)
    always = ibis.literal(bits.pop((), 0), "int64")
    terms = (ibis.ifelse(ibis.and_(*asked[key]), mask, 0).cast("int64") for key, mask in bits.items())
    return sum(terms, always)
