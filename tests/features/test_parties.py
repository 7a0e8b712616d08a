from datetime import date

import pandas as pd
import pytest

AS_OF = date(2024, 7, 1)


def trade(month, direction, amount, party, summary="货款", year=2024):
    return {"booked_at": date(year, month, 5), "direction": direction, "amount": amount, "summary": summary,
            "counterparty_id": party}  # fmt: skip


@pytest.fixture(scope="module")
def row(world_of, features_of):
    """Half a year before: p 300, q 100. Last half: p 200, r 400 less 100 refunded, s refunded whole."""
    lines = [
        trade(10, "in", 300, "p", year=2023),
        trade(11, "in", 100, "q", year=2023),
        trade(3, "in", 200, "p"),
        trade(4, "in", 400, "r"),
        trade(5, "out", 100, "r", "退款"),
        trade(5, "in", 50, "s"),
        trade(6, "out", 80, "s", "退款"),  # more than it bought here: counts as nothing
        trade(6, "in", 1000, None),  # nobody known
        trade(6, "in", 1000, "bank", "贷款发放"),
        trade(2, "out", 60, "supplier"),
        trade(5, "in", 9999, "p", year=2023),  # before the window
    ]
    return features_of(world_of(line=lines), pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]})).iloc[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("parties_inflow_12m", 3),  # p, q, r
        ("parties_inflow_6m", 2),  # p, r
        ("top1_share_inflow_12m", 500 / 900),
        ("top5_share_inflow_12m", 1),
        ("hhi_inflow_12m", (500**2 + 100**2 + 300**2) / 900**2),
        ("retained_share_inflow_6m", 200 / 500),
        ("lost_share_inflow_6m", 100 / 400),
        ("parties_outflow_12m", 1),
        ("top1_share_outflow_12m", 1),
        ("hhi_outflow_12m", 1),
    ],
)
def test_concentration_worked_by_hand(row, name, value):
    assert row[name] == pytest.approx(value, rel=1e-12)


def test_without_an_earlier_half_nobody_can_stay_or_go(row):
    assert pd.isna(row["retained_share_outflow_6m"])
    assert pd.isna(row["lost_share_outflow_6m"])


def test_the_five_largest_of_seven(world_of, features_of):
    lines = [trade(6, "in", 10 * n, f"p{n}") for n in range(1, 8)]
    found = features_of(world_of(line=lines), pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]})).iloc[0]
    assert found["top5_share_inflow_12m"] == pytest.approx((70 + 60 + 50 + 40 + 30) / 280, rel=1e-12)
    assert found["top1_share_inflow_12m"] == pytest.approx(70 / 280, rel=1e-12)
    assert found["parties_inflow_12m"] == 7


def test_ties_and_thirds_add_up(world_of, features_of):
    lines = [trade(6, "in", 100, party) for party in "xyz"]
    found = features_of(world_of(line=lines), pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]})).iloc[0]
    assert found["top1_share_inflow_12m"] == pytest.approx(1 / 3, rel=1e-12)
    assert found["hhi_inflow_12m"] == pytest.approx(1 / 3, abs=1e-13)


def test_who_came_stayed_and_went_over_two_years(world_of, features_of):
    lines = [
        trade(9, "in", 100, "p", year=2022),  # the year before: p, q
        trade(9, "in", 300, "q", year=2022),
        trade(9, "in", 100, "p", year=2023),  # last year: p, r, and s who is new in the last half
        trade(10, "in", 50, "r", year=2023),
        trade(3, "in", 100, "p"),
        trade(4, "in", 300, "s"),
        trade(5, "out", 60, "p"),
    ]
    row = features_of(world_of(line=lines), pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]})).iloc[0]
    assert row["retained_share_inflow_12m"] == pytest.approx(200 / 550, rel=1e-12)
    assert row["lost_share_inflow_12m"] == pytest.approx(300 / 400, rel=1e-12)
    assert row["new_share_inflow_6m"] == pytest.approx(300 / 400, rel=1e-12)
    assert row["top10_overlap_inflow_24m"] == pytest.approx(1 / 3, rel=1e-12)
    assert row["both_sides_share_inflow_12m"] == pytest.approx(200 / 550, rel=1e-12)
    assert row["both_sides_share_outflow_12m"] == 1.0
    assert row["top3_share_inflow_12m"] == 1.0
    assert (row["parties_inflow_3m"], row["customers_mean_12m"]) == (1.0, 4 / 12)
