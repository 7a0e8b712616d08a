"""No feature may change when what was known on or after its date is deleted or changed."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from by_hand import round_loans, wallet_of, withdrawals
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE

FIRMS = "abcdefghijkl"
# With a date of its own for each firm, what is later for one is known to another; peers are tested where all have one.
OWN = [name for name, feature in CATALOGUE.items() if feature.family != "peers"]


def _past(table: pa.Table, dates: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows known before their firm's own date, and the others."""
    known = table.append_column("place", pa.array(range(table.num_rows))).join(dates, "enterprise_id").sort_by("place")
    past = pc.less(known["known_at"], known["as_of"])
    return table.filter(past), table.filter(pc.invert(past))


def _changed(future: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Every value but firm and time of knowledge from another row of the same firm's future."""
    future = future.sort_by("enterprise_id")
    firms = np.array(future["enterprise_id"].to_pylist())
    columns = {
        name: future[name]
        if name in ("enterprise_id", "known_at")
        else future[name].take(pa.array(np.lexsort((rng.random(len(firms)), firms))))
        for name in future.column_names
    }
    return pa.table(columns, future.schema)


@pytest.fixture
def busy_world(random_world, table):
    """A random world whose firm ``a`` has an account in daily use too, without which lines are too few to judge.

    One customer and one supplier are invoiced each month and paid a month later, five people are paid wages each
    month, and tax comes back each quarter. Loans are repaid over bridges, and their money comes back. What is sold at a
    payment platform is withdrawn to the account.
    """

    def of(seed, firms="abc"):
        world, rng = random_world(seed, firms), np.random.default_rng(seed)
        account = {"account_id": "a9", "enterprise_id": "a", "holder": "firm", "kind": "basic", "institution": "bank",
                   "currency": "CNY", "known_at": date(2023, 1, 1)}  # fmt: skip
        days = [date(2023, 1, 1) + timedelta(days=int(day)) for day in sorted(rng.integers(0, 900, 400))]
        lines = [{"line_id": f"busy{n}", "account_id": "a9", "enterprise_id": "a", "booked_at": day, "sequence": n,
                  "direction": "in", "amount": f"{rng.choice([1000, 10 ** rng.uniform(0, 5)]):.2f}",
                  "balance_after": "5.00", "known_at": day + timedelta(days=int(rng.choice([0, 0, 1, 40])))}
                 for n, day in enumerate(days)]  # fmt: skip
        months = [date(2023 + n // 12, n % 12 + 1, 10) for n in range(30)]
        invoices = [{"invoice_id": f"steady{way}{n}", "enterprise_id": "a", "direction": way, "number": "1",
                     "net": "500", "vat": "0", "gross": "500.00", "issued_on": day, "counterparty_id": f"steady {way}",
                     "known_at": day + timedelta(days=int(rng.choice([0, 3, 40])))}
                    for way in ("in", "out") for n, day in enumerate(months[:-1])]  # fmt: skip
        lines += [{"line_id": f"steady{way}{n}", "account_id": "a9", "enterprise_id": "a", "booked_at": day,
                   "sequence": 1000 + n, "direction": way, "amount": "500.00", "counterparty_id": f"steady {way}",
                   "summary": "货款", "known_at": day + timedelta(days=int(rng.choice([0, 1, 20])))}
                  for way in ("in", "out") for n, day in enumerate(months[1:])]  # fmt: skip
        lines += [{"line_id": f"{who}{n}", "account_id": "a9", "enterprise_id": "a", "booked_at": day,
                   "sequence": 2000 + n, "direction": way, "amount": "90.00", "counterparty_id": who, "summary": said,
                   "known_at": day + timedelta(days=int(rng.choice([0, 1, 20])))}
                  for who, way, said, step in (*((f"staff{k}", "out", "工资", 1) for k in range(5)),
                                                  ("office", "in", "出口退税", 3))
                  for n, day in enumerate(months[::step])]  # fmt: skip
        lines += round_loans(rng, "a", "a9") + withdrawals(rng, "a", "aw", "a9")
        insured = [{"enterprise_id": "a", "month": day.replace(day=1), "headcount": 2 + n % 3, "amount_due": "1.00",
                    "due_on": day, "known_at": day + timedelta(days=int(rng.choice([0, 3, 40])))}
                   for n, day in enumerate(months)]  # fmt: skip
        others = world["social_insurance"].filter(pc.not_equal(world["social_insurance"]["enterprise_id"], "a"))
        world = {**world, "social_insurance": others}
        added = {
            "account": table("account", [account, wallet_of("a", "aw")]),
            "line": table("line", lines),
            "invoice": table("invoice", invoices),
            "social_insurance": table("social_insurance", insured),
        }
        return world | {name: pa.concat_tables([world[name], rows]) for name, rows in added.items()}

    return of


@pytest.mark.slow
@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seeds=st.lists(st.integers(0, 10_000), min_size=2, max_size=2, unique=True),
    days=st.lists(st.integers(180, 920), min_size=24, max_size=24, unique=True),
)
def test_the_future_moves_no_feature(seeds, days, busy_world, features_of, side_by_side):
    world, rng = side_by_side([busy_world(seed, FIRMS) for seed in seeds]), np.random.default_rng(seeds[0])
    as_of = [date(2023, 1, 1) + timedelta(days=day) for day in days]
    firms = [f"{number}.{firm}" for number in range(2) for firm in FIRMS]
    population = pd.DataFrame({"enterprise_id": firms, "as_of": as_of, "requested_amount": 1e5})
    dates = pa.table({"enterprise_id": firms, "as_of": pa.array(as_of, pa.date32())})
    halves = {name: _past(table, dates) for name, table in world.items()}
    now = features_of(world, population)[OWN]
    deleted = features_of({name: past for name, (past, _) in halves.items()}, population)
    altered = {name: pa.concat_tables([past, _changed(future, rng)]) for name, (past, future) in halves.items()}
    for other in (deleted, features_of(altered, population)):
        pd.testing.assert_frame_equal(now, other[OWN], check_exact=True)


def test_the_random_worlds_reach_most_features(busy_world, features_of):
    population = pd.DataFrame({"enterprise_id": list(FIRMS), "as_of": date(2025, 6, 1), "requested_amount": 1e5,
                               "requested_term_months": 12.0})  # fmt: skip
    values = features_of(busy_world(0, FIRMS), population)[list(CATALOGUE)]
    assert values.notna().any().all(), sorted(values.columns[values.isna().all()])
    assert (values.nunique() > 1).mean() >= 0.9
    assert (values[["bridged_months_24m", "came_back_months_12m"]].max() > 0).all()


def test_a_line_known_on_the_date_itself_is_not_used(table, features_of):
    as_of = date(2024, 4, 1)
    firm = {"enterprise_id": "a", "name": "a", "known_at": date(2024, 1, 1)}
    line = {"account_id": "a", "enterprise_id": "a", "booked_at": date(2024, 3, 5), "sequence": 1, "direction": "in",
            "amount": 100, "summary": "货款"}  # fmt: skip
    account = {"account_id": "a", "enterprise_id": "a", "holder": "firm", "kind": "basic", "institution": "b",
               "currency": "CNY", "known_at": date(2024, 1, 1)}  # fmt: skip
    lines = [
        {**line, "line_id": "yesterday", "known_at": as_of - timedelta(days=1)},
        {**line, "line_id": "today", "known_at": as_of},
    ]
    world = {
        "enterprise": table("enterprise", [firm]),
        "account": table("account", [account]),
        "line": table("line", lines),
    }
    row = features_of(world, pd.DataFrame({"enterprise_id": ["a"], "as_of": [as_of]})).iloc[0]
    assert row["income_mean_3m"] == 100.0
