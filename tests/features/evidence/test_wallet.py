"""What a payment platform pays out to the firm's bank is no second sale, where its account there is shown too."""

from datetime import date

import numpy as np
import pytest
from by_hand import START, moved, on, withdrawals

WALLET = {"account_id": "w", "kind": "third_party_payment", "institution": "platform"}
SALE = moved(0, 5_000, "customer", account_id="w", summary="扫码收款")
TAKEN = moved(1, -5_000, None, account_id="w", summary="提现")
PAID_OUT = moved(2, 5_000, None, counterparty_name="财付通支付科技有限公司", summary="商户结算")


def labels(flow):
    """Nature and income of each line in the end."""
    return [(row["nature"], row["income"]) for row in flow if row["known_until"] is None]


def test_with_both_accounts_shown_a_sale_counts_once(flows_of, world_of):
    flow = flows_of(world_of(account=[{}, WALLET], line=[SALE, TAKEN, PAID_OUT]))
    assert labels(flow) == [("operating", 5_000), ("own_transfer", 0), ("own_transfer", 0)]
    assert [row["category"] for row in flow][1:] == ["own_account", "own_account"]


def test_without_the_platforms_ledger_its_payouts_are_the_sales(flows_of, world_of):
    assert labels(flows_of(world_of(line=[PAID_OUT]))) == [("operating", 5_000)]


def test_without_the_bank_what_is_taken_out_is_still_the_firms(flows_of, world_of):
    assert labels(flows_of(world_of(account=[WALLET], line=[SALE, TAKEN]))) == [
        ("operating", 5_000),
        ("own_transfer", 0),
    ]


@pytest.mark.parametrize(
    ("payout", "nature"),
    [
        ({"amount": "4976"}, "own_transfer"),  # half a percent of it is 24.88
        ({"amount": "4975"}, "operating"),
        ({"amount": "5001"}, "operating"),
        ({"booked_at": on(4)}, "own_transfer"),  # three days
        ({"booked_at": on(5)}, "operating"),
        ({"booked_at": on(0)}, "operating"),
        ({"counterparty_name": "某公司", "summary": "货款"}, "operating"),
        ({"account_id": "w"}, "operating"),
    ],
)
def test_only_what_a_withdrawal_answers_is_no_sale(flows_of, world_of, payout, nature):
    flow = flows_of(world_of(account=[{}, WALLET], line=[SALE, TAKEN, {**PAID_OUT, **payout}]))
    assert labels(flow)[-1][0] == nature


def test_it_holds_from_the_day_on_which_the_withdrawal_is_known(flows_of, world_of):
    flow = flows_of(world_of(account=[{}, WALLET], line=[SALE, {**TAKEN, "known_at": on(30)}, PAID_OUT]))
    told = [(row["known_from"], row["known_until"], row["rule"]) for row in flow if row["line_id"] == "line2"]
    assert told == [(on(2), on(30), "third-party-settlement"), (on(30), None, "withdrawn")]


def test_it_holds_from_the_day_on_which_the_account_is_known_for_a_wallet(flows_of, world_of):
    accounts = [{}, {**WALLET, "kind": "general", "known_at": START}, {**WALLET, "known_at": on(40)}]
    flow = flows_of(world_of(account=accounts, line=[SALE, TAKEN, PAID_OUT]))
    told = {row["line_id"]: [] for row in flow}
    for row in flow:
        told[row["line_id"]].append((row["known_from"], row["nature"]))
    assert told["line1"] == [(on(1), "owner"), (on(40), "own_transfer")]
    assert told["line2"] == [(on(2), "operating"), (on(40), "own_transfer")]


def test_only_the_lines_known_before_a_date_give_its_labels(flows_each):
    rest, lines = {"account": [{}, WALLET]}, withdrawals(np.random.default_rng(5), "a", "w", "a1")
    days = [date(2023, month, day) for month in range(2, 13) for day in (1, 11, 27)]
    known = [[line for line in lines if line["known_at"] < as_of] for as_of in days]
    (whole, *past) = flows_each([{"line": some, **rest} for some in (lines, *known)])
    assert sum(row["rule"] == "withdrawn" for row in whole) > 9
    for as_of, then in zip(days, past, strict=True):
        held = [r for r in whole if r["known_from"] < as_of and (r["known_until"] is None or r["known_until"] >= as_of)]
        full = sorted((row["line_id"], row["rule"], row["amount"]) for row in held)
        assert full == sorted((r["line_id"], r["rule"], r["amount"]) for r in then if r["known_until"] is None)
