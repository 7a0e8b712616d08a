"""What is held out: dialects that belong to a third of the firms, and designs of deceit with their lines."""

from collections import defaultdict
from collections.abc import Callable
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from simulation import HELD_OUT_DIALECTS
from simulation.dialects import DIALECTS
from simulation.economy import start
from simulation.firms import SLOTS, make_firms
from simulation.held_out import deceive_unseen
from simulation.kinds import KIND, KINDS, MISLEADING
from simulation.ledger import rows
from simulation.money import owe
from simulation.parameters import VARIANTS
from simulation.schemes import DESIGNS, HELD_B, HELD_OUT, SCHEME, SHARES
from simulation.sham import shell_of

Tables = dict[str, pa.Table]
Row = dict[str, Any]
ShamLines = Callable[[str], dict[int, list[Row]]]


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
    assert abs(sum(SHARES[DESIGNS.index(name)] for name in HELD_OUT["first"]) / sum(SHARES) - 1 / 3) < 0.01
    rings = {row["ring"]: row["design"] for row in deceitful["truth/ring"].to_pylist()}
    assert set(HELD_OUT["first"]) <= set(rings.values())


def _total(rows: list[Row], direction: str) -> float:
    return float(sum(row["amount"] for row in rows if row["direction"] == direction))


def _firm(row: Row) -> str:
    return f"E{row['account_id'][1:7]}"


def test_held_a_two_firms_pay_each_other_about_as_much(deceitful: Tables, sham_lines: ShamLines) -> None:
    members = defaultdict(set)
    for row in deceitful["truth/ring"].to_pylist():
        if row["design"] == "held_a":
            members[row["ring"]].add(row["enterprise_id"])
    even = 0
    for ring, lines in sham_lines("held_a").items():
        assert len(members[ring]) == 2
        assert all({_firm(row), row["counterparty_id"]} == members[ring] for row in lines)
        mine = [row for row in lines if _firm(row) == min(members[ring])]
        assert len(lines) == 2 * len(mine)
        even += 0.6 < _total(mine, "out") / max(_total(mine, "in"), 1) < 1.7
    assert even >= len(members) / 2


def test_held_b_pays_one_party_and_is_paid_by_three_others(sham_lines: ShamLines) -> None:
    whole = 0
    for lines in sham_lines("held_b").values():
        payees = {row["counterparty_id"] for row in lines if row["direction"] == "out"}
        payers = {row["counterparty_id"] for row in lines if row["direction"] == "in"}
        assert len(payees) <= 1
        assert len(payers) <= 3
        assert not payees & payers
        if lines[0]["direction"] == "out":
            whole += bool(payers)
            assert _total(lines, "in") < 0.97 * 1.03 * _total(lines, "out")
    assert whole


def test_held_b_gives_back_in_twelve_payments_over_four_months() -> None:
    """Of 1.2 million yuan paid, 3 to 8 % stay behind; each payment is within 3 % of its payer's others."""
    world, calendar = start(20, 6, 1)
    month, firm = calendar[0], 3
    world.schemes = rows(SCHEME, 1, design=HELD_B, ring=5, firm=firm, next=-1, first=-2, last=9)
    shell = shell_of(world, world.schemes)
    day, account, amount = (np.array([value]) for value in (month.first - 9, firm * SLOTS, 120_000_000))
    world.purse.paid = [owe(day, account, shell, KIND["wash_out"], amount, 5)]
    deceive_unseen(world, month, world.schemes[:0])
    back = world.purse.receipts.waiting()
    assert len(back) == 12
    assert set(back["kind"]) == {KIND["wash_in"]}
    assert set(back["account"]) == set(account)
    assert 0.92 * 0.97 - 0.001 < back["amount"].sum() / 120_000_000 < 0.97 * 1.03
    for payer in set(back["party"]):
        mine = back[back["party"] == payer]
        assert mine["amount"].max() < 1.07 * mine["amount"].min()
        assert (np.diff(np.sort(mine["day"])) > 20).all()
    assert len(set(back["party"]) - set(shell)) == 3
    assert back["day"].min() >= month.first


def test_held_c_settles_whole_yuan_less_a_fee_and_the_owner_gets_them(deceitful: Tables, sham_lines: ShamLines) -> None:
    """A price p arrives as p x 0.994, to the cent; the month's prices go to the owner in the next month."""
    repaid = defaultdict(set)
    for row in deceitful["truth/line"].to_pylist():
        if row["kind"] == "owner_out":
            repaid[_firm(row), row["reference"]].add(row["amount"])
    company = {
        row["counterparty_id"] for row in deceitful["truth/line"].to_pylist() if row["kind"] == "settlement_card"
    }
    paid = months = 0
    for ring, lines in sham_lines("held_c").items():
        assert {row["direction"] for row in lines} == {"in"}
        assert {row["counterparty_id"] for row in lines} == company
        for _, swipes in groupby(lines, key=lambda row: row["booked_at"].replace(day=1)):
            found = list(swipes)
            prices = [round(float(row["amount"]) / 0.994) for row in found]
            assert all(abs(float(row["amount"]) - p * 0.994) < 0.0051 for row, p in zip(found, prices, strict=True))
            assert 2 <= len(prices) <= 6
            months += 1
            paid += sum(prices) in repaid[_firm(found[0]), ring]
    assert paid > months / 3


def test_held_d_a_true_customer_overpays_and_its_ally_gets_the_money_back(
    deceitful: Tables, sham_lines: ShamLines
) -> None:
    true_sales = defaultdict(set)
    for row in deceitful["truth/line"].to_pylist():
        if row["kind"] in ("sale", "service_sale", "bill_in", "discount_in"):
            true_sales[_firm(row)].add(row["counterparty_id"])
    trades, rings = 0, sham_lines("held_d")
    for lines in rings.values():
        payers = {row["counterparty_id"] for row in lines if row["direction"] == "in"}
        payees = {row["counterparty_id"] for row in lines if row["direction"] == "out"}
        assert not payers & payees
        trades += bool(payers & true_sales[_firm(lines[0])])
        if lines[0]["direction"] == "in":
            assert _total(lines, "out") <= 1.025 * _total(lines, "in")
    assert trades > len(rings) / 2


def test_sham_lines_of_held_out_designs_are_worded_as_what_they_pretend_to_be(deceitful: Tables) -> None:
    rings = {row["ring"]: row["design"] for row in deceitful["truth/ring"].to_pylist()}
    words = {row["line_id"]: row["summary"] for row in deceitful["line"].to_pylist()}
    kinds = {
        "held_a": ("sale", "service_sale", "purchase"),
        "held_b": ("service_sale", "equipment"),
        "held_c": ("settlement_card",),
        "held_d": ("sale", "service_sale", "expense"),
    }
    said = {
        name: {text for dialect in DIALECTS for kind in told for text in dialect.choices(kind)}
        for name, told in kinds.items()
    }
    checked = set()
    for row in deceitful["truth/line"].to_pylist():
        design = rings.get(row["reference"]) if row["nature"] == "wash" and row["seen"] else None
        if design in said and (text := words.get(row["line_id"])) and text not in MISLEADING:
            assert text in said[design]
            checked.add(design)
    assert checked == set(HELD_OUT["first"])
