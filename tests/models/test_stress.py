import pandas as pd
import pytest

from features.errors import PolicyError
from models.stress import Scenario, Stress, stressed
from pipelines.settings import conf

# one account, opened with 10.00: 100.00 from p, 60.00 out to a supplier, 40.00 from q, 5.00 of tax out
LINES = pd.DataFrame(
    {
        "line_id": ["1", "2", "3", "4"],
        "account_id": "a",
        "booked_at": pd.to_datetime(["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"]),
        "known_at": pd.to_datetime(["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"]),
        "sequence": [1, 2, 3, 4],
        "direction": ["in", "out", "in", "out"],
        "amount": pd.array([10_000, 6_000, 4_000, 500], "Int64"),
        "balance_after": pd.array([11_000, 5_000, 9_000, 8_500], "Int64"),
    }
)
LABELS = pd.DataFrame(
    {
        "line_id": ["1", "2", "3", "4"],
        "nature": ["operating", "operating", "operating", "tax"],
        "party": ["p", "s", "q", None],
    }
)


def after(**changes: object) -> pd.DataFrame:
    return stressed(LINES, LABELS, Scenario(name="n", zh="z", en="e", **changes)).reset_index(drop=True)


def test_a_scenario_without_changes_leaves_every_line():
    pd.testing.assert_frame_equal(after(), LINES, check_dtype=False)


def test_receipts_and_purchases_shrink_tax_does_not_and_balances_follow():
    changed = after(receipts=0.7, purchases=0.85)
    assert changed["amount"].tolist() == [7_000, 5_100, 2_800, 500]
    assert changed["balance_after"].tolist() == [8_000, 2_900, 5_700, 5_200]


def test_the_customer_who_paid_most_is_gone():
    changed = after(lost_customer=True)
    assert changed["line_id"].tolist() == ["2", "3", "4"]
    assert changed["balance_after"].tolist() == [-5_000, -1_000, -1_500]
    assert changed["sequence"].tolist() == [1, 2, 3]


def test_receipts_come_later_and_in_the_order_of_their_days():
    changed = after(later_days=45)
    assert changed["line_id"].tolist() == ["2", "4", "1", "3"]
    assert changed["known_at"].dt.strftime("%m-%d").tolist() == ["05-02", "05-04", "06-15", "06-17"]
    assert changed["balance_after"].tolist() == [-5_000, -5_500, 4_500, 8_500]


def test_lines_that_are_not_labelled_stay_and_unknown_balances_stay_unknown():
    unknown = LINES.assign(balance_after=pd.array([None] * 4, "Int64"))
    changed = stressed(unknown, LABELS.head(0), Scenario(name="n", zh="z", en="e", receipts=0.5, lost_customer=True))
    assert changed["amount"].tolist() == LINES["amount"].tolist()
    assert changed["balance_after"].isna().all()


def test_a_faulty_scenario_is_named():
    content = conf("stress.yaml")
    content["scenarios"][1]["receipts"] = 1.7
    with pytest.raises(PolicyError, match=r"stress\.yaml: key scenarios\.1\.receipts: expected input should be less"):
        Stress.parse(content, "stress.yaml")
