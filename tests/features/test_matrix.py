from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.catalogue import CATALOGUE
from features.contract import TABLES
from features.engine import connect, register, run
from features.matrix import POPULATION, matrix
from features.panel import build
from features.series import series

AS_OF = date(2024, 7, 15)
# Sales and purchases of the months before AS_OF, the latest first; no month before the fourteenth is known.
SALES = [500, 0, 700, 400, 650, 300, 800, 200, 900, 100, 1000, 50, 1100, 60]
BOUGHT = [100, 350, 90, 120, 60, 20, 700, 300, 80, 40, 10, 5, 200, 70]


def month(offset):
    """A day in the month ``offset`` months before AS_OF."""
    years, index = divmod(AS_OF.year * 12 + AS_OF.month - 1 - offset, 12)
    return date(years, index + 1, 10)


def flow(amounts, direction, **more):
    return [
        {"booked_at": month(k), "direction": direction, "amount": a, "summary": "货款", **more}
        for k, a in enumerate(amounts, start=1)
        if a
    ]


def asked(*firms, as_of=AS_OF, **more):
    return pd.DataFrame([{"enterprise_id": f, "as_of": as_of, **more} for f in firms])


@pytest.fixture(scope="module")
def known(world_of, features_of):
    """Features of several firms of one world: ``a`` long known, ``b`` five months, ``c`` two, ``d`` never heard of."""
    firms = [{"enterprise_id": f} for f in "abc"]
    lines = [line | {"enterprise_id": f, "account_id": f}
             for f, n in (("a", 14), ("b", 5), ("c", 2))
             for line in flow(SALES[:n], "in") + flow(BOUGHT[:n], "out")]  # fmt: skip
    accounts = [{"enterprise_id": f, "account_id": f} for f in "abc"]
    world = world_of(enterprise=firms, account=accounts, line=lines)
    return features_of(world, asked(*"abcd")).set_index("enterprise_id").astype(dict.fromkeys(CATALOGUE, float))


def sold_and_bought(window, firm="a"):
    known = {"a": 14, "b": 5, "c": 2}[firm]
    return np.array(SALES[: min(window, known)], float), np.array(BOUGHT[: min(window, known)], float)


@pytest.mark.parametrize("firm", ["a", "b"])
@pytest.mark.parametrize(
    ("name", "window", "measure"),
    [
        ("income_mean_3m", 3, lambda s, b: s.mean()),
        ("income_mean_12m", 12, lambda s, b: s.mean()),
        ("income_sum_12m", 12, lambda s, b: s.sum()),
        ("income_cv_6m", 6, lambda s, b: s.std(ddof=1) / s.mean()),
        ("income_cv_12m", 12, lambda s, b: s.std(ddof=1) / s.mean()),
        ("income_slope_6m", 6, lambda s, b: np.polyfit(np.arange(len(s)), s[::-1], 1)[0] / s.mean()),
        ("income_slope_12m", 12, lambda s, b: np.polyfit(np.arange(len(s)), s[::-1], 1)[0] / s.mean()),
        ("income_q20_12m", 12, lambda s, b: np.quantile(s, 0.2, method="lower")),
        ("net_operating_mean_12m", 12, lambda s, b: (s - b).mean()),
        (
            "net_operating_cautious_12m",
            12,
            lambda s, b: (s - b).mean() - 0.8416 * (s - b).std(ddof=1) / np.sqrt(len(s)),
        ),
        ("net_operating_deficit_months_12m", 12, lambda s, b: (s < b).sum()),
        ("net_operating_deficit_months_6m", 6, lambda s, b: (s < b).sum()),
        ("income_gap_months_12m", 12, lambda s, b: (s == 0).sum()),
        ("income_last3_to_12m", 12, lambda s, b: s[:3].mean() / s.mean()),
        ("margin_12m", 12, lambda s, b: (s - b).sum() / s.sum()),
        ("lines_inflow_mean_12m", 12, lambda s, b: (s > 0).mean()),
    ],
)
def test_a_measure_is_what_numpy_says_of_the_known_months(known, firm, name, window, measure):
    assert known.loc[firm, name] == pytest.approx(measure(*sold_and_bought(window, firm)), rel=1e-12)


def test_worked_by_hand(known):
    a = known.loc["a"]
    assert (a["income_mean_3m"], a["income_sum_12m"]) == (400.0, 5600.0)
    assert a["income_q20_12m"] == 100.0  # 0 50 100 200 ...: place 0.2 x 11 = 2.2, the lower neighbour
    assert a["net_operating_deficit_months_12m"] == 2.0  # the second month, 0 less 350, and the eighth
    assert a["months_observed"] == 14.0


def test_fewer_months_than_a_measure_needs_leave_it_unknown(known):
    c = known.loc["c"]
    needs_more = ["income_cv_6m", "income_slope_6m", "income_q20_12m", "net_operating_cautious_12m", "income_yoy_3m"]
    assert c[needs_more].isna().all()
    assert (c["income_mean_12m"], c["income_sum_12m"], c["months_observed"]) == (250.0, 500.0, 2.0)


def test_the_year_before_must_be_known_whole(known):
    a, now = known.loc["a"], sum(SALES[:3])
    assert np.isnan(a["income_yoy_3m"])  # months 13 and 14 are known, the fifteenth is not
    assert now == 1200


@pytest.mark.worlds(two_years={"line": flow([300] * 3 + [100] * 9 + [200] * 3 + [100] * 9, "in")})
def test_a_year_before_known_whole_gives_the_change(found):
    row = found["two_years"]
    assert row["income_yoy_3m"] == pytest.approx(0.5, rel=1e-12)  # 900 after 600
    assert row["income_yoy_12m"] == pytest.approx(1800 / 1500 - 1, rel=1e-12)
    assert row["months_observed"] == 24.0


def test_nothing_known_is_unknown_and_not_zero(known):
    d = known.loc["d"]
    counts = {"foreign_accounts", "overdue", "lenders", "lenders_non_bank", "new_lenders_3m", "new_lenders_6m",
              "balance_others", "frozen_accounts", "guaranteed", "queries_3m", "queries_6m", "queries_12m",
              "court_events_12m", "court_events_36m"}  # fmt: skip
    unseen = {"unseen_accounts", "unseen_transfer_in", "unseen_transfer_out"}
    zero = {
        "months_observed",
        "exposure_ours",
        "exposure_group",
        "exposure_due",
        "service_due",
        "exposure_all",
        "credibility_judged_12m",
        *counts,
        *unseen,
    }
    assert set(d[list(CATALOGUE)].dropna().index) == zero
    assert (d[list(zero)] == 0.0).all()


@pytest.mark.worlds(no_income={"line": flow([100, 100], "out")})
def test_a_ratio_over_zero_is_unknown(found):
    row = found["no_income"]
    assert row["income_mean_12m"] == 0.0
    assert pd.isna(row["margin_12m"])
    assert pd.isna(row["income_last3_to_12m"])


@pytest.mark.worlds(straight={"line": flow([400, 300, 200, 100], "in")})
def test_a_slope_of_a_straight_line_is_its_step_over_its_mean(found):
    assert found["straight"]["income_slope_12m"] == pytest.approx(100 / 250, rel=1e-12)


def balances(*closing):
    """One line a month, the latest first, each bringing the balance to ``closing`` from nothing; None is silent."""
    return [
        {"booked_at": month(k).replace(day=1), "direction": "in" if c > 0 else "out", "amount": abs(c),
         "balance_after": c, "summary": "货款"}
        for k, c in enumerate(closing, start=1) if c is not None
    ]  # fmt: skip


@pytest.mark.worlds(silent={"line": balances(None, 90, None, 60)})
def test_an_account_that_is_silent_keeps_its_balance(found):
    row = found["silent"]
    # closing balances of four known months, the latest first: 90, 90, 60, 60
    assert row["balance_closing_mean_6m"] == 75.0
    assert row["balance_average_mean_3m"] == 80.0  # 90, 90, 60
    assert row["balance_lowest_min_3m"] == 0.0  # the second month began at nothing
    assert row["negative_days_sum_12m"] == 0.0


SECOND = [line | {"account_id": "a2"} for line in balances(None, 10)]


@pytest.mark.worlds(two={"account": [{}, {"account_id": "a2"}], "line": balances(40, 30, 20) + SECOND})
def test_balances_of_accounts_add_up_from_the_first_known_month_of_each(found):
    # 40 + 10 carried, 30 + 10, 20
    assert found["two"]["balance_closing_mean_6m"] == pytest.approx((50 + 40 + 20) / 3, rel=1e-12)


@pytest.mark.worlds(overdrawn={"line": balances(100, -50, None, -20)})
def test_days_overdrawn_and_overdrawn_months(found):
    row = found["overdrawn"]
    # June ends the overdraft on its first day; May and March are overdrawn from their first days on
    assert row["balance_lowest_overdrawn_months_12m"] == 3.0  # May, and March carried through April
    assert row["negative_days_sum_12m"] == 31 + 31


def test_whole_months_before_the_date_only(world_of, features_of):
    lines = [
        {"booked_at": date(2024, 7, 1), "amount": 900, "summary": "货款"},
        {"booked_at": date(2024, 6, 30), "amount": 30, "summary": "货款"},
        {"booked_at": date(2024, 4, 1), "amount": 60, "summary": "货款"},
        {"booked_at": date(2024, 3, 31), "amount": 7000, "summary": "货款"},
    ]
    world = world_of(line=lines)
    days = [date(2024, 7, 1), date(2024, 7, 15), date(2024, 7, 31), date(2024, 8, 1)]
    found = features_of(world, pd.concat([asked("a", as_of=day) for day in days]))
    assert found["income_mean_3m"].tolist() == [30.0, 30.0, 30.0, 310.0]


def test_several_dates_of_one_firm_are_several_questions(world_of, features_of):
    world = world_of(line=flow(SALES, "in"))
    days = [AS_OF, AS_OF - timedelta(days=200), date(2020, 1, 1), AS_OF]
    together = features_of(world, pd.concat([asked("a", as_of=d) for d in days]))
    by_day = {d: features_of(world, asked("a", as_of=d)).drop(columns="row") for d in {*days}}
    alone = [by_day[d] for d in days]
    assert together["row"].tolist() == [0, 1, 2, 3]
    joined = pd.concat(alone, ignore_index=True).astype(dict.fromkeys(CATALOGUE, float))
    pd.testing.assert_frame_equal(
        together.drop(columns="row").astype(dict.fromkeys(CATALOGUE, float)), joined, check_exact=True
    )


def test_what_was_asked_for_is_part_of_the_question(world_of, features_of):
    world = world_of(line=flow([1000, 3000], "in"))
    population = asked("a", requested_amount=12000.0, requested_term_months=6.0)
    terms = features_of(world, pd.concat([population, asked("a")])).astype(dict.fromkeys(CATALOGUE, float))
    row = terms.iloc[0]
    assert (row["requested_amount"], row["requested_term_months"], row["requested_instalment"]) == (12000, 6, 2000)
    assert (row["requested_to_income"], row["requested_instalment_to_income"]) == (3.0, 1.0)
    assert terms.iloc[1][["requested_amount", "requested_instalment", "requested_to_income"]].isna().all()


def computed(world, population, rules, peers_of, threads):
    backend = connect(threads)
    facts = {name: register(backend, f"fact_{name}", world[name]) for name in TABLES if name in world}
    empty = {name: TABLES[name].schema.empty_table() for name in TABLES if name not in world}
    facts |= {name: register(backend, f"fact_{name}", rows) for name, rows in empty.items()}
    panel = run(backend, "panel", lambda keep: build(facts, rules, keep), rules.digest, reads=facts.values())
    panel["peer"] = peers_of(panel, facts, population)
    frame = population.reindex(columns=["enterprise_id", "as_of", "requested_amount", "requested_term_months"])
    frame.insert(0, "row", range(len(frame)))
    questions = register(backend, "population", pa.Table.from_pandas(frame, POPULATION.to_pyarrow(), False))
    reads, version = (*panel.values(), *facts.values(), questions), repr([*CATALOGUE])
    found = run(
        backend, "features", lambda keep: {"matrix": matrix(panel, facts, questions, keep)}, version, reads=reads
    )
    return found["matrix"].to_pyarrow().sort_by("row")


def test_the_same_bits_on_any_number_of_threads_and_in_any_order_of_rows(random_world, rules, peers_of):
    world, rng = random_world(5, "abcdefghijkl"), np.random.default_rng(0)
    shuffled = {name: t.take(pa.array(rng.permutation(t.num_rows))) for name, t in world.items()}
    population = asked(*"abcdefghijkl", as_of=date(2025, 3, 3), requested_amount=1e5)
    one = computed(world, population, rules, peers_of, 1)
    assert one.num_rows == 12
    for other in (computed(world, population, rules, peers_of, 2), computed(shuffled, population, rules, peers_of, 2)):
        assert other.equals(one)


def test_every_feature_is_a_float_and_the_columns_are_the_catalogue(world_of, rules, peers_of):
    found = computed(world_of(), asked("a", "b"), rules, peers_of, 1)
    assert found.schema.names == ["row", "enterprise_id", "as_of", *CATALOGUE]
    assert [name for name in CATALOGUE if found.schema.field(name).type != pa.float64()] == []


def test_a_series_tells_each_known_month_of_a_subject(facts_of, world_of, rules):
    facts = facts_of(world_of(line=flow([5, 0, 7], "in")))
    backend = facts["line"].get_backend()
    frame = asked("a").reindex(columns=POPULATION.names).assign(row=0)
    population = register(backend, "population", pa.Table.from_pandas(frame, POPULATION.to_pyarrow(), False))
    panel = run(backend, "panel", lambda keep: build(facts, rules, keep), rules.digest, reads=facts.values())
    (row,) = series("flow", panel, population).to_pyarrow().to_pylist()
    assert row["income"] == [5.0, 0.0, 7.0]


def test_what_a_firm_may_keep_back_is_what_is_unknown_without_its_bills(trading_world, features_of):
    """Each feature of the level ``public``, and of the others none, becomes unknown when no bill is shown."""
    world, asking = trading_world(5, "abcdef"), asked(*"abcdef", as_of=date(2025, 6, 1))
    shown = features_of(world, asking)
    kept = {name: world[name].slice(0, 0) for name in ("utility_bill", "tax_filing", "social_insurance")}
    less = features_of({**world, **kept}, asking)
    lost = {name for name in CATALOGUE if (shown[name].notna() & less[name].isna()).any()}
    public = {name for name, feature in CATALOGUE.items() if feature.level == "public"}
    assert lost <= public
    assert not [name for name in public if less[name].notna().any()]
    assert len(lost) > 40
