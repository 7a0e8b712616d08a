"""What a person may decide otherwise than the system (人工改判), by role and reason, and what kind of change it is."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import Field, model_validator

from features.errors import PolicyError
from models.checked import Part
from models.limit import LEGS
from models.policy_parts import Text

KINDS = {
    "approved": ("系统未准入，人工准入", "lent to, though the system did not admit"),
    "declined": ("系统准入，人工拒绝", "declined, though the system admitted"),
    "raised": ("额度调高", "limit raised"),
    "lowered": ("额度调低", "limit lowered"),
    "withdrawn": ("撤回改判，按系统决定", "back to what the system decided"),
}


class Powers(Part):
    """Whether a role may lend where the system did not admit, and the legs beyond which it may lend."""

    admits: bool
    passes: tuple[Text, ...]


class Why(Part):
    """A reason for an override."""

    code: Text
    zh: Text
    en: Text


Named = TypeVar("Named", Powers, Why)


class Overrides(Part):
    """The whole of ``conf/overrides.yaml``. Frozen: a change is a new version with its own approver and date."""

    version: Text
    approver: Text
    effective_from: date
    roles: Annotated[dict[Text, Powers], Field(min_length=1)]
    reasons: Annotated[tuple[Why, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> "Overrides":
        legs = [leg.name for leg in LEGS]
        if unknown := [name for powers in self.roles.values() for name in powers.passes if name not in legs]:
            raise ValueError(
                f"roles 的 passes 为 {'、'.join(legs)} 中的名称，不是 {unknown[0]}。"
                f"roles: passes of names among {', '.join(legs)}, not {unknown[0]}"
            )
        codes = [why.code for why in self.reasons]
        if len(set(codes)) < len(codes):
            raise ValueError("reasons 代码不重复。reasons: each name once")
        return self

    def role(self, name: str) -> Powers:
        """What the role of that name may; raises ``PolicyError`` when it overrides nothing."""
        return _named(self.roles, name, "角色", "role")

    def reason(self, code: str) -> Why:
        """The reason of that code; raises ``PolicyError`` when there is none."""
        return _named({why.code: why for why in self.reasons}, code, "理由", "reason")


def overridden(decision: Mapping[str, Any], stands: float, limit: float, role: tuple[str, str], powers: Powers) -> str:
    """What kind of override ``limit`` is; a name among ``KINDS``.

    Parameters
    ----------
    decision : the system's decision as it stands in the record.
    stands : yuan that hold now, those of an earlier override where there is one.
    limit : yuan of new money that a person decides on instead; 0 declines.
    role : its name in words, in Chinese and in English.

    Raises
    ------
    PolicyError
        When nothing would change, or the role may not decide so.

    Examples
    --------
    >>> powers = Powers(admits=False, passes=())
    >>> said = {"admitted": True, "limit": 80_000.0, "legs": [{"name": "tax", "value": 90_500.0, "factor": 1.0}]}
    >>> [overridden(said, 80_000.0, limit, ("客户经理", "loan officer"), powers) for limit in (90_000.0, 0.0)]
    ['raised', 'declined']
    """
    if not 0 <= limit < float("inf"):
        raise PolicyError(
            f"额度 {limit:g} 无效，应为不小于 0 的金额（元），0 表示拒绝",
            f"limit {limit:g}: expected yuan of at least 0; 0 declines",
        )
    if limit == stands:
        raise PolicyError(
            f"额度 {limit:,.0f} 与现行额度相同，改判应与之不同",
            f"limit {limit:,.0f}: that is what stands already; an override decides otherwise",
        )
    zh, en = role
    if limit and not decision["admitted"] and not powers.admits:
        raise PolicyError(
            f"系统未准入该企业，{zh}无权改判，须由有 admits 权限的角色改判",
            f"the system did not admit the firm, and the {en} may not; a role with 'admits' may",
        )
    _within_the_legs(decision["legs"], limit, role, powers)
    return _kind(decision["limit"], limit)


def _within_the_legs(legs: Iterable[Mapping[str, Any]], limit: float, role: tuple[str, str], powers: Powers) -> None:
    zh, en = role
    known = [leg for leg in legs if leg["value"] is not None and leg["name"] not in powers.passes]
    least = min(known, key=lambda leg: float(leg["value"]), default=None)
    if limit and least and limit > least["value"]:
        raise PolicyError(
            f"额度 {limit:,.0f} 超过额度项 {least['name']} 的 {least['value']:,.0f} 元，{zh}无权超过，应不高于该值，"
            "或由有权超过该项的角色改判",
            f"limit {limit:,.0f}: passes the leg {least['name']} of {least['value']:,.0f} yuan, beyond which the "
            f"{en} may not lend; expected at most that, or a role that passes it",
        )
    if limit and not powers.passes and not any(leg["factor"] is not None for leg in known):
        raise PolicyError(
            f"额度 {limit:,.0f}：没有测算出{zh}可据以放款的额度项，须由有 passes 权限的角色改判",
            f"limit {limit:,.0f}: no leg was measured by which the {en} could lend; a role with 'passes' may",
        )


def _kind(system: float, limit: float) -> str:
    if limit == system:
        return "withdrawn"
    if not system or not limit:
        return "declined" if system else "approved"
    return "raised" if limit > system else "lowered"


def _named(found: Mapping[str, Named], name: str, zh: str, en: str) -> Named:
    if name not in found:
        raise PolicyError(
            f"conf/overrides.yaml 中没有{zh}“{name}”，应为 {'、'.join(found)} 之一",
            f"{en} '{name}' is not in conf/overrides.yaml; expected one of {', '.join(found)}",
        )
    return found[name]
