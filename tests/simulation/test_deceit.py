"""What designs of deceit do, each told by its lines."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pyarrow as pa

Tables = dict[str, pa.Table]
ShamLines = Callable[[str], dict[int, list[dict[str, Any]]]]


def test_four_firms_hand_a_sum_on_and_each_keeps_a_commission(deceitful: Tables, sham_lines: ShamLines) -> None:
    members = defaultdict(set)
    for row in deceitful["truth/ring"].to_pylist():
        if row["design"] == "four_circle":
            members[row["ring"]].add(row["enterprise_id"])
    assert max(len(firms) for firms in members.values()) == 4
    for ring, lines in sham_lines("four_circle").items():
        for row in lines:
            assert row["counterparty_id"] in members[ring]
            assert f"E{row['account_id'][1:7]}" in members[ring]
        first = lines[0]["booked_at"].replace(day=1)
        days = [row["booked_at"] for row in lines if row["booked_at"].replace(day=1) == first]
        assert (max(days) - min(days)).days <= 9 + 10


def test_what_is_split_comes_back_from_two_others(sham_lines: ShamLines) -> None:
    for lines in sham_lines("split_return").values():
        payees = {row["counterparty_id"] for row in lines if row["direction"] == "out"}
        payers = {row["counterparty_id"] for row in lines if row["direction"] == "in"}
        assert len(payees) <= 1
        assert len(payers) <= 2
        assert not payees & payers


def test_what_passes_through_leaves_to_another_days_later_less_a_fee(sham_lines: ShamLines) -> None:
    pairs = 0
    for lines in sham_lines("pass_through").values():
        arrived = [row for row in lines if row["direction"] == "in"]
        left = [row for row in lines if row["direction"] == "out"]
        assert not {row["counterparty_id"] for row in arrived} & {row["counterparty_id"] for row in left}
        for row in left:
            fees = [1 - row["amount"] / one["amount"] for one in arrived if one["booked_at"] < row["booked_at"]]
            pairs += any(0.002 < fee < 0.016 for fee in fees)
    assert pairs > 5


def test_members_of_a_ring_are_liars_of_one_design(deceitful: Tables) -> None:
    designs = defaultdict(set)
    for row in deceitful["truth/ring"].to_pylist():
        designs[row["ring"]].add(row["design"])
    assert set(Counter(len(found) for found in designs.values())) == {1}
