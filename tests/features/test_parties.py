from datetime import date

import pandas as pd
import pytest

AS_OF = date(2024, 7, 1)


def trade(month, direction, amount, party, summary="货款", year=2024):
    return {"booked_at": date(year, month, 5), "direction": direction, "amount": amount, "summary": summary,
            "counterparty_id": party}  # fmt: skip


# Half a year before: p 300, q 100. Last half: p 200, r 400 less 100 refunded, s refunded whole.
YEAR = [
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


@pytest.mark.worlds(year={"line": YEAR})
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
def test_concentration_worked_by_hand(found, name, value):
    assert found["year"][name] == pytest.approx(value, rel=1e-12)


@pytest.mark.worlds(year={"line": YEAR})
def test_without_an_earlier_half_nobody_can_stay_or_go(found):
    assert pd.isna(found["year"]["retained_share_outflow_6m"])
    assert pd.isna(found["year"]["lost_share_outflow_6m"])


@pytest.mark.worlds(seven={"line": [trade(6, "in", 10 * n, f"p{n}") for n in range(1, 8)]})
def test_the_five_largest_of_seven(found):
    seven = found["seven"]
    assert seven["top5_share_inflow_12m"] == pytest.approx((70 + 60 + 50 + 40 + 30) / 280, rel=1e-12)
    assert seven["top1_share_inflow_12m"] == pytest.approx(70 / 280, rel=1e-12)
    assert seven["parties_inflow_12m"] == 7


@pytest.mark.worlds(three={"line": [trade(6, "in", 100, party) for party in "xyz"]})
def test_ties_and_thirds_add_up(found):
    three = found["three"]
    assert three["top1_share_inflow_12m"] == pytest.approx(1 / 3, rel=1e-12)
    assert three["hhi_inflow_12m"] == pytest.approx(1 / 3, abs=1e-13)


TWO_YEARS = [
    trade(9, "in", 100, "p", year=2022),  # the year before: p, q
    trade(9, "in", 300, "q", year=2022),
    trade(9, "in", 100, "p", year=2023),  # last year: p, r, and s who is new in the last half
    trade(10, "in", 50, "r", year=2023),
    trade(3, "in", 100, "p"),
    trade(4, "in", 300, "s"),
    trade(5, "out", 60, "p"),
]


@pytest.mark.worlds(two_years={"line": TWO_YEARS})
def test_who_came_stayed_and_went_over_two_years(found):
    row = found["two_years"]
    assert row["retained_share_inflow_12m"] == pytest.approx(200 / 550, rel=1e-12)
    assert row["lost_share_inflow_12m"] == pytest.approx(300 / 400, rel=1e-12)
    assert row["new_share_inflow_6m"] == pytest.approx(300 / 400, rel=1e-12)
    assert row["top10_overlap_inflow_24m"] == pytest.approx(1 / 3, rel=1e-12)
    assert row["both_sides_share_inflow_12m"] == pytest.approx(200 / 550, rel=1e-12)
    assert row["both_sides_share_outflow_12m"] == 1.0
    assert row["top3_share_inflow_12m"] == 1.0
    assert (row["parties_inflow_3m"], row["customers_mean_12m"]) == (1.0, 4 / 12)
