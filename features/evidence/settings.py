"""What counts as money that goes round: the settings under ``circular`` in ``conf/flow_rules.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from features.errors import PolicyError

PER_MILLE = 1000


def check_share(what: str, value: object) -> float:
    """The value as a number when it lies between 0 and 1.

    Raises
    ------
    PolicyError
        When it does not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PolicyError(
            f"{what} 为 {value}，应为 0 至 1 之间的比例", f"{what} is {value}, expected a share between 0 and 1"
        )
    return float(value)


@dataclass(frozen=True, kw_only=True)
class Circular:
    """What counts as going round.

    ``least`` is in yuan; ``kept`` is the largest share of a sum that may be lost or added on its way, ``owner_kept``
    when it goes on to the owner; ``days`` and ``owner_days`` how long it may stay; ``repeats`` payments of a payer, and
    ``share`` of all its payments, must have gone on. Of a loan, ``loan_least`` yuan and the share ``loan_share`` are a
    large part; ``loan_days`` is how long it may stay away and ``loan_kept`` what may be lost on the way.

    Money goes round slowly within ``slow_days``, to and fro within ``fro_days``, losing ``slow_kept``. A sum of
    ``whole_least`` yuan goes round in parts (``features.evidence.parts``) of at least the share ``part_least`` that
    make it up to ``parts_kept`` within ``parts_days``; of the lines of who takes part the share ``in_step`` stands near
    the party's, of the party's the share ``parts_share`` is made up so, and ``parts_repeats`` of the firm's.

    Payments look like no sales (``features.evidence.sham``) from ``sham_repeats`` of them and the share ``sham_share``
    of a party's on: a month apart and within ``instalment_kept`` of each other; of ``swipe_least`` yuan and one in
    ``swipe_days`` days at most; or both ways, the same in all to ``even_kept``.

    A receipt of ``unbilled_least`` yuan has no invoice (``features.evidence.unbilled``) when ``unbilled_wait`` days
    after it none of its sum is known that was issued more than ``unbilled_credit`` days before it, and the invoices
    known first were issued ``unbilled_reach`` days before it. The share ``unbilled_of_firm`` of the firm's receipts
    must have one; of a payer's, ``unbilled_repeats`` and the share ``unbilled_of_payer`` must have none. What such
    money goes to is looked for within ``unbilled_days``.

    A party is in step with such receipts (``features.evidence.together``) when ``step_repeats`` of its lines and the
    share ``step_share`` of all are from ``step_before`` days before one to ``step_after`` days after it, which the
    share ``step_cover`` of what pays suppliers on credit is at most. Of what came, at most the share ``step_less``
    stays, and ``step_more`` at most is added.

    Two parties answer each other (``features.evidence.coupled``) when runs of up to ``runs_lines`` lines of one within
    ``runs_days`` are to ``runs_kept`` as much as runs of the other no further away (of the same party
    ``runs_own_days``), ``runs_repeats`` times, in the share ``runs_share`` of the lines of both or ``runs_most`` of
    those of one, and all of them to ``runs_even`` as much as all of the other.

    Of a party the first ``of_party`` lines of a direction are read for parts, answers and bridges: who has more is no
    shell, and a large firm has parties with tens of thousands, which meet anything by chance.
    """

    least: int = 2_000
    kept: float = 0.005
    days: int = 3
    owner_kept: float = 0.02
    owner_days: int = 20
    repeats: int = 2
    share: float = 0.5
    loan_least: int = 100_000
    loan_share: float = 0.3
    loan_days: int = 30
    loan_kept: float = 0.02
    bridge_days: int = 10
    bridge_back: int = 30
    bridge_part: float = 0.5
    bridge_fee: float = 0.1
    slow_days: int = 20
    fro_days: int = 45
    slow_kept: float = 0.02
    whole_least: int = 1_000
    part_least: float = 0.02
    parts_kept: float = 0.03
    parts_days: int = 10
    in_step: float = 0.6
    parts_share: float = 0.34
    parts_repeats: int = 3
    sham_repeats: int = 4
    sham_share: float = 0.5
    instalment_kept: float = 0.15
    swipe_least: int = 5_000
    swipe_days: int = 4
    even_kept: float = 0.03
    unbilled_wait: int = 15
    unbilled_reach: int = 180
    unbilled_credit: int = 7
    unbilled_least: int = 200
    unbilled_of_firm: float = 0.5
    unbilled_of_payer: float = 0.9
    unbilled_repeats: int = 3
    unbilled_days: int = 20
    step_before: int = 10
    step_after: int = 14
    step_repeats: int = 2
    step_share: float = 0.8
    step_cover: float = 0.5
    step_less: float = 0.2
    step_more: float = 0.05
    runs_lines: int = 4
    runs_days: int = 20
    runs_own_days: int = 14
    runs_kept: float = 0.03
    runs_repeats: int = 3
    runs_share: float = 0.5
    runs_most: float = 0.8
    runs_even: float = 0.25
    of_party: int = 150

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self) if field.type is float):
            check_share(f"flow_rules.yaml: circular.{name}", getattr(self, name))
        for name in (field.name for field in fields(self) if field.type is int):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise PolicyError(
                    f"circular.{name} 为 {getattr(self, name)}，应为不小于 1 的整数",
                    f"circular.{name} is {getattr(self, name)}, expected a whole number of 1 or more",
                    "flow_rules.yaml",
                )

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "Circular":
        """Read the key ``circular`` of ``conf/flow_rules.yaml``.

        Raises
        ------
        PolicyError
            When a key is unknown or a value is out of its range.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(content) - known):
            raise PolicyError(
                f"circular 多出键 {unknown}，可用的有 {'、'.join(sorted(known))}",
                f"circular has unknown keys {unknown}; allowed are {', '.join(sorted(known))}",
                "flow_rules.yaml",
            )
        return cls(**content)


PLAIN = Circular()
