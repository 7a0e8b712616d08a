"""The score over an account's months: laws under tampering, and values worked by hand."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.catalogue.integrity import WEIGHTS
from features.engine import connect, register, run
from features.evidence.integrity import monthly
from features.integrity import scored, tally

SCORE, JUDGED = "credibility_score_12m", "credibility_judged_12m"
QUICK = {"deadline": None, "phases": [Phase.generate], "suppress_health_check": [HealthCheck.function_scoped_fixture]}
seeds = st.integers(0, 10_000)


@pytest.fixture
def judged(table):
    """The family's features over all the lines given, each account a yuan account of the firm."""

    def of(lines):
        backend = connect()
        rows = register(backend, "lines", table("line", lines))
        (found,) = run(backend, "judged", lambda _: {"score": _scored(rows)})["score"].to_pyarrow().to_pylist()
        return found

    return of


def _scored(rows):
    rows = rows.mutate(
        row=ibis.literal(0),
        month=rows.booked_at.truncate("M").cast("date"),
        interest=(rows.summary == "结息").fill_null(False),
    )
    months = monthly(rows, ("row", "account_id", "month"))
    return scored(tally(months, months.select("row", "account_id").distinct()))


def rebalanced(lines, start=100_000_00):
    """The lines with balances that follow from one another, to the cent."""
    balance, told = start, []
    for line in lines:
        balance += line["cents"]
        told.append(line | {"balance_after": f"{balance / 100:.2f}"})
    return told


def year(seed, months=12):
    """Lines of a sound account: Benford's amounts on twelve days of each month, and interest at 0.2 % a year."""
    rng, lines, balance = np.random.default_rng(seed), [], 100_000_00
    for month in range(months):
        first = date(2024, 1 + month, 1)
        for day in sorted({*rng.choice(np.arange(28), 12, replace=False), *((20,) if month % 3 == 2 else ())}):
            cents = int(10 ** rng.uniform(4, 6.5))
            cents = cents if balance < 100_000_00 else -cents
            lines.append(_line(len(lines), first + timedelta(days=int(day)), cents))
            balance += cents
            if day == 20 and month % 3 == 2:
                lines.append(_line(len(lines), lines[-1]["booked_at"], int(balance * 0.0005), summary="结息"))
                balance += lines[-1]["cents"]
    return rebalanced(lines)


def _line(number, day, cents, **more):
    return {"line_id": str(number), "account_id": "a", "enterprise_id": "a", "known_at": day, "booked_at": day,
            "sequence": 10 * number, "direction": "in" if cents > 0 else "out", "amount": f"{abs(cents) / 100:.2f}",
            "cents": cents, **more}  # fmt: skip


def without_lines(lines, rng):
    place = int(rng.integers(1, len(lines) - 4))
    return lines[:place] + lines[place + int(rng.integers(1, 4)) :]


def with_another_amount(lines, rng):
    place = int(rng.integers(1, len(lines)))
    return [line | {"amount": f"{3 * abs(line['cents']) / 100:.2f}"} if n == place else line
            for n, line in enumerate(lines)]  # fmt: skip


def with_a_week_twice(lines, rng):
    first = lines[int(rng.integers(20, len(lines) - 20))]["booked_at"]
    week = [line for line in lines if first <= line["booked_at"] < first + timedelta(days=7)]
    return lines + [line | {"line_id": f"{line['line_id']}x", "sequence": line["sequence"] + 1} for line in week]


def with_round_sums(lines, rng):
    """Two invented sums for each line, with balances that follow."""
    told = []
    for line in lines:
        round_sums = (int(rng.integers(1, 10)) * 10_000_00 for _ in range(2))
        made = [_line(0, line["booked_at"], cents, line_id=f"{line['line_id']}-{n}", sequence=line["sequence"] + 1 + n)
                for n, cents in enumerate(round_sums)]  # fmt: skip
        told += [line, *made]
    return rebalanced(told)


@settings(max_examples=6, **QUICK)
@given(seed=seeds)
@pytest.mark.parametrize("tamper", [without_lines, with_another_amount, with_a_week_twice, with_round_sums])
def test_a_statement_that_was_tampered_with_scores_lower(tamper, seed, judged):
    sound, rng = year(seed), np.random.default_rng(seed)
    clean, tampered = judged(sound), judged(tamper(sound, rng))
    assert tampered[SCORE] < clean[SCORE]
    assert clean[JUDGED] == 100


@settings(max_examples=6, **QUICK)
@given(seed=seeds)
def test_the_order_of_the_rows_changes_nothing(seed, judged):
    lines = year(seed)
    mixed = [lines[place] for place in np.random.default_rng(seed).permutation(len(lines))]
    assert judged(mixed) == judged(lines)


@settings(max_examples=12, **QUICK)
@given(seed=seeds, count=st.integers(1, 400), balances=st.floats(0, 1))
def test_whatever_the_lines_the_score_is_within_its_bounds(seed, count, balances, judged):
    rng = np.random.default_rng(seed)
    days = (date(2024, 1, 1) + timedelta(days=int(day)) for day in rng.integers(0, 366, count))
    lines = [_line(int(rng.integers(0, count)), day, int(rng.integers(-(10**6), 10**6)), line_id=str(n),
                   account_id=str(rng.integers(0, 2)),
                   balance_after=f"{rng.integers(-(10**6), 10**6) / 100:.2f}" if rng.random() < balances else None)
             for n, day in enumerate(days)]  # fmt: skip
    found = judged(lines)
    assert found[SCORE] is None or 0 <= found[SCORE] <= 100
    assert (found[SCORE] is None) == (found[JUDGED] < 50)


def test_the_weights_are_a_hundred_points():
    assert sum(points for points, _, _ in WEIGHTS.values()) == 100


def test_a_score_worked_by_hand(judged):
    lines = year(1, months=3)
    broken = with_another_amount(lines, np.random.default_rng(1))
    found = judged(broken)
    # one break among the links of three months' lines; a month of balances is too little to judge interest by
    share = 1 / (len(lines) - 1)
    assert found["balance_break_share_12m"] == share
    assert (found[JUDGED], found["interest_fit_share_12m"]) == (70, None)
    assert (found["first_digit_fit_12m"], found["round_sum_share_12m"]) == (None, None)
    assert found[SCORE] == pytest.approx(100 * (30 + 40 * (1 - share / 0.05)) / 70)


def test_the_end_of_a_month_and_the_start_of_the_next_must_meet(judged):
    january, march = (_line(n, date(2024, 1 + 2 * n, 9), 100_00) for n in (0, 1))
    meeting = judged([january | {"balance_after": "500"}, march | {"balance_after": "600"}])
    apart = judged([january | {"balance_after": "500"}, march | {"balance_after": "601"}])
    assert (meeting["balance_break_share_12m"], apart["balance_break_share_12m"]) == (0, 1)


def test_a_month_without_its_lines_is_a_gap(judged):
    lines = [line for line in year(2) if line["booked_at"].month not in (5, 9) or line["booked_at"].day == 15]
    assert judged(lines)["gap_month_share_12m"] == 2 / 12


@pytest.mark.parametrize(("yearly", "fits"), [(0.0, 0), (0.0003, 0), (0.0005, 1), (0.0035, 1), (0.005, 0)])
def test_interest_must_fit_the_average_balance(judged, yearly, fits):
    """Ten thousand yuan a month in and out around 100,000, with a quarter of the year's interest each quarter."""
    lines = []
    for month in range(1, 13):
        lines += [_line(2 * month + n, date(2024, month, 10 + n), (1 - 2 * n) * 10_000_00) for n in range(2)]
        paid = round(100_000_00 * yearly / 4)
        lines += [_line(99 + month, date(2024, month, 21), paid, summary="结息")] if month % 3 == 0 and paid else []
    found = judged(rebalanced(sorted(lines, key=lambda line: line["booked_at"])))
    assert found["interest_fit_share_12m"] == fits


@pytest.mark.parametrize(
    ("shares", "fit"),
    [([301, 176, 125, 97, 79, 67, 58, 51, 46], 1.0), ([46, 51, 58, 67, 79, 97, 125, 176, 301], -0.5), ([9] * 9, None)],
)
def test_first_digits_against_benford(judged, shares, fit):
    digits = [d for d, n in enumerate(shares, start=1) for _ in range(n)]
    found = judged([_line(n, date(2024, 1, 1 + n % 28), d * 100) for n, d in enumerate(digits)])["first_digit_fit_12m"]
    if fit is None:
        assert found is None, "81 amounts are too few"
    else:
        wanted = np.corrcoef(shares, [np.log10(1 + 1 / d) for d in range(1, 10)])[0, 1]
        assert found == pytest.approx(wanted)
        assert (found > 0.999) == (fit == 1.0)


@pytest.fixture(scope="module")
def answers(world_of, features_of):
    """Firms on two dates: sound, with a late line, without balances, rounded by a foreign bank, a ledger, nothing."""
    sound = [{k: v for k, v in line.items() if k != "cents"} for line in year(3)]
    gone, late = sound[50]["line_id"], date(2025, 2, 1)

    def of(firm, lines):
        return [line | {"enterprise_id": firm, "account_id": firm, "line_id": firm + line["line_id"]} for line in lines]

    rounded = [line | {"balance_after": f"{float(line['balance_after']):.1f}0"} for line in sound]
    lines = [
        *of("a", sound),
        *of("b", [line | {"known_at": late} if line["line_id"] == gone else line for line in sound]),
        *of("c", [line | {"balance_after": None} for line in sound]),
        *of("d", rounded),
    ]
    accounts = [{"enterprise_id": f, "account_id": f} for f in "abc"]
    accounts += [{"enterprise_id": "d", "account_id": "d", "holder": "owner", "kind": "personal", "currency": "CZK"}]
    accounts += [{"enterprise_id": "e", "account_id": "e", "kind": "invoice_ledger"}]
    invoices = [{"enterprise_id": "e", "issued_on": date(2024, 1 + n % 12, 5), "gross": "1000.00"} for n in range(150)]
    world = world_of(
        enterprise=[{"enterprise_id": f} for f in "abcdef"], account=accounts, line=lines, invoice=invoices
    )
    asked = [(f, day) for day in (date(2025, 1, 10), date(2025, 2, 10)) for f in "abcdef"]
    found = features_of(world, pd.DataFrame(asked, columns=["enterprise_id", "as_of"]))
    return found.set_index(["enterprise_id", found["as_of"].astype("datetime64[s]").dt.month])


def test_a_sound_account_has_all_points(answers):
    row = answers.loc[("a", 1)]
    assert (row[JUDGED], row["interest_fit_share_12m"], row["balance_break_share_12m"]) == (100, 1, 0)
    assert row[SCORE] > 95


def test_a_line_that_comes_late_mends_the_chain_from_the_day_it_is_known(answers):
    before, after = answers.loc[("b", 1)], answers.loc[("b", 2)]
    assert before["balance_break_share_12m"] > 0 == after["balance_break_share_12m"]
    assert before[SCORE] < answers.loc[("a", 1), SCORE]
    assert after[SCORE] == answers.loc[("a", 2), SCORE]


def test_what_cannot_be_judged_is_not_held_against_the_firm(answers):
    # without balances order, conflicts, gaps, digits and round sums remain: 25 points are too few for a score
    assert answers.loc[("c", 1), JUDGED] == 25
    assert answers.loc[["c", "e", "f"], SCORE].isna().all()
    assert (answers.loc[["e", "f"], JUDGED] == 0).all()


def test_a_bank_that_rounds_and_pays_other_interest_is_not_punished(answers):
    row = answers.loc[("d", 1)]
    assert (row["balance_break_share_12m"], row[JUDGED]) == (0, 78)
    assert np.isnan(row["interest_fit_share_12m"])
    assert row[SCORE] > 95
