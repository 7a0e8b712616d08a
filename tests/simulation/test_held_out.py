"""What is held out: dialects that belong to a third of the firms, and designs of deceit with their lines."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from simulation import HELD_OUT_DESIGNS, HELD_OUT_DIALECTS
from simulation.dialects import DIALECTS
from simulation.firms import make_firms
from simulation.kinds import KINDS, MISLEADING
from simulation.parameters import VARIANTS
from simulation.schemes import DESIGNS, SHARES

Tables = dict[str, pa.Table]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def deceitful(make_world: Callable[..., Tables]) -> Tables:
    """A world of many liars: enough rings of every design."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(VARIANTS, "liars", replace(VARIANTS["base"], deceiver_share=0.6))
        return make_world(1, 160, 16, "liars")


def test_every_dialect_words_every_kind_and_channel() -> None:
    kinds = {kind.name for kind in KINDS}
    for dialect in DIALECTS:
        assert set(dialect.summaries) == kinds, dialect.name
        assert all(text.strip() for kind in kinds for text in dialect.choices(kind)), dialect.name
        assert set(dialect.channels) in (set(), {kind.channel for kind in KINDS}), dialect.name
    assert [DIALECTS[number].name for number in HELD_OUT_DIALECTS] == ["state_bank", "joint_stock_bank", "village_bank"]


def test_a_held_out_bank_writes_names_and_numbers_its_own_way() -> None:
    state, joint_stock, village = (DIALECTS[number] for number in HELD_OUT_DIALECTS)
    assert state.party("国家金库淄博市中心支库") == "国家税务总局淄博市税务局"
    assert joint_stock.party("财付通支付科技有限公司") == "财付通－微信支付商户"
    assert village.party("本行") == ""
    assert village.party("苏州华盛恒瑞精密机械有限公司") == "苏州华盛恒瑞精密机械有限"
    assert joint_stock.account("621000007919") == "6210****7919"
    assert village.account("621000007919") == "621000007919"


def test_firms_of_a_region_bank_with_one_core_system(deceitful: Tables) -> None:
    firms = deceitful["truth/firm"].to_pylist()
    assert all(row["held_out"] == (row["dialect"] in HELD_OUT_DIALECTS) for row in firms)
    assert {row["dialect"] for row in firms} == set(range(len(DIALECTS)))
    region = {row["enterprise_id"]: row["region"] for row in deceitful["enterprise"].to_pylist()}
    told = defaultdict(set)
    for row in firms:
        told[region[row["enterprise_id"]]].add(row["dialect"])
    assert all(len(dialects) == 1 for dialects in told.values())


def test_held_out_firms_are_no_better_and_no_worse() -> None:
    """Of 20,000 firms the mean quality, of spread one, is known to 0.015 in each set."""
    firms = make_firms(20_000, 1, VARIANTS["base"], 19_000, 20_000)
    held = np.isin(firms.dialect[:, 0], HELD_OUT_DIALECTS)
    assert held.mean() == pytest.approx(0.3, abs=0.01)
    assert firms.quality[held].mean() == pytest.approx(firms.quality[~held].mean(), abs=0.05)
    assert (np.isin(firms.dialect, HELD_OUT_DIALECTS) == held[:, None]).all()


def test_lines_of_every_account_are_worded_by_one_set_of_dialects(deceitful: Tables) -> None:
    held = {row["enterprise_id"]: row["held_out"] for row in deceitful["truth/firm"].to_pylist()}
    words = {
        flag: {
            text
            for number, dialect in enumerate(DIALECTS)
            if (number in HELD_OUT_DIALECTS) == flag
            for kind in KINDS
            for text in dialect.choices(kind.name)
        }
        for flag in (True, False)
    }
    for row in deceitful["line"].slice(0, 60_000).to_pylist():
        if row["summary"] is not None and row["summary"] not in MISLEADING:
            assert row["summary"] in words[held[row["enterprise_id"]]]


def test_a_third_of_the_schemes_are_of_held_out_designs(deceitful: Tables) -> None:
    assert abs(sum(SHARES[DESIGNS.index(name)] for name in HELD_OUT_DESIGNS) / sum(SHARES) - 1 / 3) < 0.01
    rings = {row["ring"]: row["design"] for row in deceitful["truth/ring"].to_pylist()}
    assert set(HELD_OUT_DESIGNS) <= set(rings.values())


def _lines(world: Tables, design: str) -> dict[int, list[Row]]:
    rings = {row["ring"] for row in world["truth/ring"].to_pylist() if row["design"] == design}
    lines = defaultdict(list)
    for row in world["truth/line"].to_pylist():
        if row["nature"] == "wash" and row["reference"] in rings and row["reference"] != 0:
            lines[row["reference"]].append(row)
    assert lines
    return lines


def test_four_firms_hand_a_sum_on_and_each_keeps_a_commission(deceitful: Tables) -> None:
    members = defaultdict(set)
    for row in deceitful["truth/ring"].to_pylist():
        if row["design"] == "four_circle":
            members[row["ring"]].add(row["enterprise_id"])
    assert max(len(firms) for firms in members.values()) == 4
    for ring, lines in _lines(deceitful, "four_circle").items():
        for row in lines:
            assert row["counterparty_id"] in members[ring]
            assert f"E{row['account_id'][1:7]}" in members[ring]
        days = [row["booked_at"] for row in lines if row["booked_at"].month == lines[0]["booked_at"].month]
        assert (max(days) - min(days)).days <= 9 + 10


def test_what_is_split_comes_back_from_two_others(deceitful: Tables) -> None:
    for lines in _lines(deceitful, "split_return").values():
        payees = {row["counterparty_id"] for row in lines if row["direction"] == "out"}
        payers = {row["counterparty_id"] for row in lines if row["direction"] == "in"}
        assert len(payees) <= 1
        assert len(payers) <= 2
        assert not payees & payers


def test_what_passes_through_leaves_to_another_days_later_less_a_fee(deceitful: Tables) -> None:
    pairs = 0
    for lines in _lines(deceitful, "pass_through").values():
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
