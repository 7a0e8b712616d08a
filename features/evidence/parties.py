"""Who stands behind a line: one counterparty for each real one, own accounts, relations, and institutions.

Names are worked on once for each distinct name, as expressions of the engine. What the bank learns about a party
(an account is the firm's own, a person is its owner) is a timeline: stretches of time without gap or overlap, each
with what was known in it. Joining it cuts a line's label at the dates of the news and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import PolicyError

OWNERS = ("owner", "manager", "relative")
# Full-width forms of ASCII, the ideographic space, and the traditional characters of legal forms and institutions.
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000責個體戶廠銀國營業務險證稅電貸"
NARROW = "".join(map(chr, range(0x21, 0x7F))) + " 责个体户厂银国营业务险证税电贷"
# A branch is not a legal person: its company answers for it (Company Law, article 13), so it is its company.
BRANCH = r"^(.*?(公司|银行)).*(分公司|分行|支行|分理处|营业部|营业所)$"
FORM = r"(股份有限公司|有限责任公司|有限公司|股份公司|公司|个体工商户|有限合伙|普通合伙)$"
# Some banks cut a name after a number of characters, within the legal form. No person's name is that long.
CUT, SHORTEST_CUT = r"(股份|股份有|股份有限|股份有限公|有限责任公|有限责任|有限责|有限公|有限|有|公)$", 8
LONGEST_PERSON = 4
ACCOUNT_TAIL = 4


@dataclass(frozen=True, kw_only=True)
class Institution:
    """A kind of institution, known by a pattern that fits the folded name of a counterparty."""

    kind: str
    zh: str
    en: str
    names: str

    def __post_init__(self) -> None:
        for field in fields(self):
            if not isinstance(getattr(self, field.name), str) or not getattr(self, field.name):
                raise PolicyError(
                    f"机构“{self.kind}”的 {field.name} 应为非空文字",
                    f"institution '{self.kind}': {field.name} must be a text that is not empty",
                )
        check_pattern(f"institution '{self.kind}': names", self.names)


@dataclass(frozen=True)
class Institutions:
    """The kinds of one version, in the order in which they are tried."""

    version: str
    kinds: tuple[Institution, ...]

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "Institutions":
        """Read the content of ``conf/institutions.yaml``.

        Raises
        ------
        PolicyError
            When a key is unknown or missing, a pattern is not one, or a kind stands twice.
        """
        known = {f.name for f in fields(Institution)}
        kinds = []
        for number, entry in enumerate(content.get("institutions") or (), start=1):
            keys = set(entry) if isinstance(entry, Mapping) else set()
            if keys != known:
                raise PolicyError(
                    f"第 {number} 项多出键 {sorted(keys - known)}，缺少 {sorted(known - keys)}，应有 "
                    f"{'、'.join(sorted(known))}",
                    f"entry {number} has unknown keys {sorted(keys - known)} and lacks {sorted(known - keys)}; "
                    f"wanted are {', '.join(sorted(known))}",
                    "institutions.yaml",
                )
            kinds.append(Institution(**entry))
        names = [each.kind for each in kinds]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not kinds:
            raise PolicyError(
                f"kinds 须填写且不重复，重复的有 {twice}",
                f"kinds must be given and be unique, found twice: {twice}",
                "institutions.yaml",
            )
        return cls(str(content.get("version", "")), tuple(kinds))

    def of(self, name: ir.StringValue) -> ir.StringValue:
        """The first kind that fits a folded name; empty when none does."""
        branches = ((fits(name, each.names), each.kind) for each in self.kinds)
        return ibis.cases((ibis.literal(False), ""), *branches, else_="")


NO_INSTITUTIONS = Institutions("", ())


def check_pattern(place: str, pattern: object) -> None:
    """Refuse what is no regular expression of RE2, which the engine uses too: no look-around, no back-references."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except (TypeError, pa.ArrowInvalid) as error:
        raise PolicyError(
            f"{place} 不是正则表达式（{error}）", f"{place} is not a regular expression ({error})"
        ) from error


def fits(text: ir.Value, pattern: str) -> ir.BooleanValue:
    """Whether a pattern is found in a text, case ignored."""
    return text.re_search(f"(?i){pattern}")


def folded(name: ir.StringValue) -> ir.StringValue:
    """A name as written, in one width, script and case, without brackets, spaces and punctuation; never null."""
    return name.fill_null("").translate(WIDE, NARROW).upper().re_replace(r"[^\p{L}\p{N}*]", "")


def bare(folded_name: ir.StringValue) -> ir.StringValue:
    """What tells a firm apart: its folded name without branch and legal form; empty when masked."""
    head = ibis.ifelse(fits(folded_name, BRANCH), folded_name.re_extract(BRANCH, 1), folded_name)
    firm = head.re_replace(FORM, "")
    whole = ibis.ifelse(firm.length() >= SHORTEST_CUT, firm.re_replace(CUT, ""), firm)
    return ibis.ifelse(folded_name.contains("*"), "", whole)


def name_key(bare_name: ir.StringValue) -> ir.StringValue:
    """The key of a counterparty that is known by name only; null when the name is not known."""
    return ibis.ifelse(bare_name == "", ibis.null("string"), ibis.literal("name:") + bare_name)


def party_key(party: ir.StringValue, bare_name: ir.StringValue, account: ir.StringValue) -> ir.StringValue:
    """One key for each real counterparty: the bank's identifier, else the name.

    Many people share a name, so that the end of the account tells them apart; a firm is one over all its accounts.
    """
    tail = ibis.ifelse(bare_name.length() <= LONGEST_PERSON, account.right(ACCOUNT_TAIL).fill_null(""), "")
    return ibis.coalesce(party, name_key(bare_name) + tail)


def relations(related: ir.Table) -> ir.Table:
    """Timeline of ``owner`` and ``related`` by firm and ``match``: a party's identifier or the key of its name.

    A relation that has ended (``until``) holds for lines booked before its end.
    """
    owner = related.relation.isin(OWNERS)
    shape = related.select("enterprise_id", "known_at", "until", owner=owner, match="party_id")
    named = related.select(
        "enterprise_id", "known_at", "until", owner=owner, match=name_key(bare(folded(related.name)))
    ).filter(lambda t: t.match.notnull())
    return timeline(shape.union(named), ("enterprise_id", "match"), ("owner", "until"))


def holders(account: ir.Table) -> ir.Table:
    """Timeline by ``account_id``: ``owner``, whether the owner and not the firm holds it, and ``wallet``.

    A wallet is an account at a payment platform.
    """
    wallet = (account.kind == "third_party_payment").fill_null(False)
    rows = account.select("enterprise_id", "account_id", "known_at", owner=account.holder == "owner", wallet=wallet)
    return timeline(rows, ("enterprise_id", "account_id"), ("owner", "wallet"))


def timeline(news: ir.Table, key: tuple[str, ...], values: tuple[str, ...]) -> ir.Table:
    """Stretches ``[since, before)`` of each key: null values before its first news, then those of the latest news.

    Both ends are null where time is open, and news that changes nothing makes no stretch. Of two pieces of news on
    one day the greater values hold, so that the order of rows decides nothing.
    """
    order = ibis.window(group_by=list(key), order_by="known_at")
    one = news.group_by(*key, "known_at").agg(**{name: news[name].max() for name in values})
    same = ibis.and_(*(one[name].identical_to(one[name].lag().over(order)) for name in values))
    one = one.mutate(repeats=same & (ibis.row_number().over(order) > 0)).filter(lambda t: ~t.repeats)
    told = one.mutate(since=one.known_at, before=one.known_at.lead().over(order), known=ibis.literal(True))
    first = one.group_by(list(key)).agg(before=one.known_at.min())
    nulls = {name: ibis.null(told[name].type()) for name in (*values, "since")}
    unknown = first.mutate(**nulls, known=ibis.literal(False))
    shape = [*key, *values, "known", "since", "before"]
    return told.select(shape).union(unknown.select(shape))
