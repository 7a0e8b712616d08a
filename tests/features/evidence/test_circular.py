"""Lines that together show money going round, worked by hand, and the law of time."""

from datetime import timedelta

import numpy as np
import pytest
from by_hand import START, moved, on
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.errors import PolicyError
from features.evidence.settings import Circular


def told(flow, line: str):
    return [(row["known_from"], row["known_until"], row["rule"]) for row in flow if row["line_id"] == line]


def now(flow) -> list[str]:
    """The nature of each line that holds in the end."""
    return [row["nature"] for row in flow if row["known_until"] is None]


def test_money_that_goes_back_to_its_payer_was_no_sale_once_the_way_back_is_known(flows_of, world_of):
    flow = flows_of(world_of(line=[moved(9, 50_000, "p"), moved(10, -50_000, "p", known=12)]))
    assert told(flow, "line0") == [(on(9), on(12), "remainder"), (on(12), None, "returned")]
    assert told(flow, "line1") == [(on(12), None, "returned")]
    assert [row["income"] for row in flow if row["known_until"] is None] == [0, 0]


@pytest.mark.parametrize(("back", "day"), [(-49_749, 10), (-50_000, 13)])
def test_another_sum_and_a_later_day_are_trade(flows_of, world_of, back, day):
    """Half a percent of 50,000 is 250; three days after day 9 is day 12."""
    assert now(flows_of(world_of(line=[moved(9, 50_000, "p"), moved(day, back, "p")]))) == ["operating"] * 2


def test_a_payer_whose_money_goes_on_twice_is_no_customer(flows_of, world_of):
    lines = [moved(0, 30_000, "p"), moved(1, -29_900, "q"), moved(31, 40_000, "p"), moved(32, -39_900, "r")]
    flow = flows_of(world_of(line=lines))
    assert told(flow, "line0") == [(on(0), on(32), "remainder"), (on(32), None, "passed-on")]
    assert now(flow) == ["wash"] * 4
    assert now(flows_of(world_of(line=lines[:2]))) == ["operating"] * 2


def test_a_customer_who_pays_often_may_be_matched_twice_by_chance(flows_of, world_of):
    """Two of five payments known by then have gone on: less than half."""
    often = [moved(n, 10_000 + 1_000 * n, "p") for n in (0, 10, 20)]
    lines = [*often, moved(30, 30_000, "p"), moved(31, -29_900, "q"), moved(40, 40_000, "p"), moved(41, -39_900, "r")]
    assert now(flows_of(world_of(line=lines))) == ["operating"] * 7


def test_a_sale_that_goes_to_the_owner_again_and_again(flows_of, world_of):
    """The owner keeps what is the owner's; what came in was no sale."""
    owner = [{"party_id": "o", "known_at": START}]
    lines = [moved(0, 30_000, "p"), moved(15, -29_700, "o"), moved(31, 40_000, "p"), moved(45, -39_600, "o")]
    flow = flows_of(world_of(line=lines, related_party=owner))
    assert now(flow) == ["wash", "owner", "wash", "owner"]


def test_a_transfer_between_two_accounts_that_names_nobody(flows_of, world_of):
    accounts = [{}, {"account_id": "a2"}]
    lines = [moved(5, -8_000, None), moved(6, 8_000, None, account_id="a2"), moved(6, 7_000, None, account_id="a2")]
    flow = flows_of(world_of(account=accounts, line=lines))
    assert now(flow) == ["own_transfer", "own_transfer", "operating"]
    assert {row["category"] for row in flow if row["nature"] == "own_transfer" and not row["known_until"]} == {
        "own_account"
    }


def test_proceeds_of_a_loan_that_come_back_over_strangers(flows_of, world_of):
    loan = moved(0, 1_000_000, "bank", summary="贷款发放")
    away, back = moved(10, -500_000, "p"), moved(30, 495_000, "q")
    assert now(flows_of(world_of(line=[loan, away, back]))) == ["financing", "wash", "wash"]
    known = moved(2, 1_000, "q")
    assert now(flows_of(world_of(line=[loan, away, back, known])))[1:3] == ["operating"] * 2
    paid_again = moved(20, -1_000, "p")
    assert now(flows_of(world_of(line=[loan, away, back, paid_again])))[1:3] == ["operating"] * 2
    assert now(flows_of(world_of(line=[loan, away, back, moved(31, -1_000, "p")])))[1:3] == ["wash"] * 2
    assert now(flows_of(world_of(line=[away, back]))) == ["operating"] * 2


def test_a_corrected_line_takes_back_what_it_proved(flows_of, world_of):
    out = moved(10, -50_000, "p", line_id="x", sequence=1)
    corrected = {**out, "amount": "5000", "known_at": on(20)}
    flow = flows_of(world_of(line=[moved(9, 50_000, "p"), out, corrected]))
    assert told(flow, "line0") == [
        (on(9), on(10), "remainder"),
        (on(10), on(20), "returned"),
        (on(20), None, "remainder"),
    ]


def going_round(seed):
    """Forty lines of three parties and the owner, many of sums that match, four of them corrected later."""
    rng = np.random.default_rng(seed)
    lines = [
        moved(
            int(day),
            int(rng.choice([-1, 1])) * int(rng.choice([20_000, 19_950, 200_000])),
            rng.choice(["p", "q", "r", "o", None], p=[0.3, 0.2, 0.2, 0.2, 0.1]),
            known=int(day + rng.integers(0, 12)),
            account_id=str(rng.choice(["a1", "a2"])),
            summary="贷款发放" if rng.random() < 0.1 else None,
            line_id=f"l{number}",
            sequence=number,
        )
        for number, day in enumerate(rng.integers(0, 60, 40))
    ]
    return lines + [{**line, "amount": "777", "known_at": line["known_at"] + timedelta(days=9)} for line in lines[:4]]


@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cases=st.lists(st.tuples(st.integers(0, 10_000), st.integers(5, 70)), min_size=10, max_size=10, unique=True))
def test_only_the_lines_known_before_a_date_give_its_labels(cases, flows_each):
    rest = {"account": [{}, {"account_id": "a2"}], "related_party": [{"party_id": "o", "known_at": START}]}
    days, lines = [on(cut) for _, cut in cases], [going_round(seed) for seed, _ in cases]
    known = [[line for line in some if line["known_at"] < as_of] for some, as_of in zip(lines, days, strict=True)]
    whole, past = (flows_each([{"line": some, **rest} for some in each]) for each in (lines, known))
    for as_of, now_told, then_told in zip(days, whole, past, strict=True):
        full = [
            (row["line_id"], row["rule"], row["amount"])
            for row in now_told
            if row["known_from"] < as_of and (row["known_until"] is None or row["known_until"] >= as_of)
        ]
        before = [(row["line_id"], row["rule"], row["amount"]) for row in then_told if row["known_until"] is None]
        assert sorted(full) == sorted(before)


@pytest.mark.parametrize(
    ("content", "words"),
    [({"kept": 2}, "circular.kept is 2"), ({"days": 0}, "circular.days is 0"), ({"ways": 1}, "unknown keys")],
)
def test_faulty_settings_are_refused(content, words):
    with pytest.raises(PolicyError, match=words):
        Circular.parse(content)


def test_a_payment_that_comes_back_whole_on_its_day_was_booked_in_error(flows_of, world_of):
    """It is no refund to a customer: income stays as it is. In before out goes round instead."""
    flow = flows_of(world_of(line=[moved(9, -50_000, "p"), moved(9, 50_000, "p")]))
    assert [(row["nature"], row["income"]) for row in flow if row["known_until"] is None] == [("refund", 0)] * 2
    assert now(flows_of(world_of(line=[moved(9, 50_000, "p"), moved(9, -50_000, "p")]))) == ["wash"] * 2
