"""What a firm's trade tells of the health of those who are customers of the bank too: worked by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.catalogue import CATALOGUE, EVERY
from features.catalogue.health import FEATURES
from features.contract import TABLES
from features.engine import connect, frame, register, run
from features.health import health
from features.matrix import POPULATION, matrix
from features.panel import build

NAMES = [feature.name for feature in FEATURES]
USCC = "91370200MA3C2XYZ0K"
LATE = date(2024, 7, 10)


def trade(firm, party, amount, *, year=2024, **more):
    """Money of April, May and June, as a sale unless told otherwise."""
    days = [date(year, month, 10) for month in (4, 5, 6)]
    who = {"counterparty_name": party} if "公司" in party else {"counterparty_id": party}
    return [
        {"enterprise_id": firm, "account_id": firm, "booked_at": day, "amount": amount, "summary": "货款"} | who | more
        for day in days
    ]


def owed(firm, due_on, **more):
    """A loan with an instalment of 600 that is not paid."""
    known = {"enterprise_id": firm, "loan_id": firm, "known_at": date(2024, 2, 1)}
    terms = {"committed": 600, "disbursed_on": date(2024, 2, 1), "matures_on": date(2025, 2, 1)}
    part = {"number": 1, "due_on": due_on, "principal_due": 600}
    return known | terms, known | part | more


@pytest.fixture(scope="module")
def shares(world_of, rules, table):
    """Features of firms who sell to ``late``, to ``fallen`` by its credit code, to ``named`` by its name, to others."""
    firms = [{"enterprise_id": f} for f in ("seller", "elsewhere", "silent", "late", "young")]
    firms += [{"enterprise_id": "fallen", "uscc": USCC}, {"enterprise_id": "named", "name": "济南海兴商贸有限公司"}]
    firms += [{"enterprise_id": f, "name": "同名实业有限公司"} for f in ("twin", "double")]
    firms += [{"enterprise_id": "later", "known_at": date(2024, 7, 2)}]
    firms = [{"name": firm["enterprise_id"]} | firm for firm in firms]
    lines = [
        *trade("seller", "late", 300),
        *trade("seller", USCC, 200),
        *trade("seller", "济南海兴商贸公司", 100),
        *trade("seller", "stranger", 350),
        *trade("seller", "later", 50),
        *trade("seller", USCC, 50, direction="out"),
        *trade("seller", "stranger", 150, direction="out"),
        *trade("elsewhere", "stranger", 400),
        *trade("elsewhere", "同名实业有限公司", 100),
        *trade("late", "x", 100, year=2023),
        *trade("late", "x", 100),
        *trade("fallen", "x", 100, year=2023),
        *trade("fallen", "x", 60),
        *trade("fallen", "x", 900, known_at=LATE),  # June's end does not know it, and no more does the question
    ]
    loans = [owed("late", date(2024, 5, 31)), owed("named", date(2024, 6, 1)),
             owed("fallen", date(2024, 5, 2), paid=600, paid_on=date(2024, 6, 30))]  # fmt: skip
    accounts = [{"enterprise_id": f["enterprise_id"], "account_id": f["enterprise_id"]} for f in firms]
    loan, instalment = zip(*loans, strict=True)
    world = world_of(enterprise=firms, account=accounts, line=lines, loan=[*loan], instalment=[*instalment])
    asked = pd.DataFrame({"enterprise_id": [f["enterprise_id"] for f in firms], "as_of": LATE})
    backend = connect(1)
    facts = {name: register(backend, f"fact_{name}", world.get(name, table(name, []))) for name in TABLES}
    panel = run(backend, "panel", lambda keep: build(facts, rules, keep), rules.digest, reads=facts.values())
    dates = register(backend, "dates", pa.table({"as_of": pa.array([date(2024, 6, 1), date(2024, 7, 1)], pa.date32())}))
    panel |= run(backend, "health", lambda keep: {"figures": health(panel, facts, dates, keep)})
    panel["health"] = panel.pop("figures")
    rows = pa.Table.from_pandas(asked.assign(row=range(len(asked))).reindex(columns=[*POPULATION]))
    population = register(backend, "population", rows.cast(POPULATION.to_pyarrow()))
    found = run(backend, "some", lambda keep: {"matrix": matrix(panel, facts, population, keep, NAMES)})
    return frame(found["matrix"]).set_index("enterprise_id")[NAMES]


def test_shares_of_sales_by_how_customers_of_the_bank_stood_at_the_last_month_s_end(shares):
    """Of 1,000 a month 300 are of a firm 31 days past due, 200 of one whose income fell by 40 %, 100 of one 30 days so.

    The last has no flows of its own, so that nothing but its debt is known; another firm was not known in June.
    """
    told = {
        "partners_known_share_inflow_12m": 0.6,
        "partners_past_due_share_inflow_12m": 300 / 600,
        "partners_fallen_share_inflow_12m": 200 / 500,
        "partners_uncovered_share_inflow_12m": 300 / 500,
        "partners_income_change_inflow_12m": (300 * 0.0 + 200 * -0.4) / 500,
        "partners_known_share_outflow_12m": 0.25,
        "partners_past_due_share_outflow_12m": 0.0,
        "partners_fallen_share_outflow_12m": 1.0,
    }
    assert [*told] == NAMES
    assert shares.loc["seller"].to_dict() == pytest.approx(told, rel=1e-12)


def test_customers_whom_the_bank_does_not_know_or_cannot_tell_apart_are_none_of_its_own(shares):
    known = "partners_known_share_inflow_12m"
    assert shares.loc["elsewhere", known] == 0.0
    assert np.isnan(shares.loc["elsewhere"].drop(known).to_numpy(dtype=float)).all()
    assert np.isnan(shares.loc["silent"].to_numpy(dtype=float)).all()


def test_they_stand_apart_from_the_catalogue_and_can_be_no_reason():
    assert not {*NAMES} & {*CATALOGUE}
    assert {*EVERY} == {*CATALOGUE, *NAMES}
    for feature in FEATURES:
        with pytest.raises(ValueError, match="cannot be a reason"):
            feature.reason(adverse=True)
    assert sum(feature.direction != 0 for feature in FEATURES) == 6
