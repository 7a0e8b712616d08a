"""The oracle lives other futures and leaves the world as it was."""

import numpy as np

from simulation import simulate
from simulation.economy import start
from simulation.month import live
from simulation.oracle import at_risk, defaults, if_admitted, oracle_pd
from simulation.public import Notices


def test_living_a_copy_leaves_the_world_alone() -> None:
    world, calendar = start(30, 12, 2)
    kept = Notices()
    for month in calendar[:-6]:
        live(world, kept, month)
    before = world.purse.ledger.balance.copy()
    once, twice = defaults(world, kept, calendar[-6:]), defaults(world, kept, calendar[-6:])
    other = defaults(world, kept, calendar[-6:], luck=1)
    assert (once == twice).all()
    assert len(other) != len(once) or not (other == once).all() or len(once) < 40
    assert (world.purse.ledger.balance == before).all()


def test_odds_are_shares_of_the_futures() -> None:
    world, calendar = start(60, 12, 2)
    kept = Notices()
    for month in calendar[:-9]:
        live(world, kept, month)
    pd = oracle_pd(world, kept, calendar[-9:], 4)
    assert len(pd) == len(at_risk(world))
    assert set(np.unique(pd * 4)) <= {0, 1, 2, 3, 4}


def test_the_oracle_changes_nothing_else() -> None:
    """The tables of a world are the same with and without its oracle."""
    plain = [(name, rows) for name, rows in simulate(20, 20, 3)]
    with_oracle = list(simulate(20, 20, 3, futures=2))
    foretold = ("truth/oracle", "truth/applicant")
    assert [name for name, _ in with_oracle if name in foretold] == [*foretold]
    rest = [(name, rows) for name, rows in with_oracle if name not in foretold]
    assert all(a == b and one.equals(two) for (a, one), (b, two) in zip(plain, rest, strict=True))


def test_the_truth_keeps_what_would_have_become_of_the_refused() -> None:
    """All who ask in July 2024, eighteen months before the end, and are not late: admitted and refused ones."""
    world = list(simulate(300, 19, 3, futures=1))
    asked = {row["application_id"]: row for name, rows in world if name == "application" for row in rows.to_pylist()}
    told = [row for name, rows in world if name == "truth/applicant" for row in rows.to_pylist()]
    really = [asked[row["application_id"]] for row in told]
    assert {row["applied_on"].strftime("%Y-%m") for row in really} <= {"2024-07", "2024-08"}
    assert {row["outcome"] for row in really} >= {"admitted", "declined"}
    assert [row["enterprise_id"] for row in told] == [row["enterprise_id"] for row in really]
    assert all(row["defaulted_on"] is None or row["defaulted_on"] > row["disbursed_on"] for row in told)


def test_the_same_firms_ask_in_every_future() -> None:
    """Luck is another from the second month on: the same applicants, and other fates among three hundred firms."""
    world, calendar = start(300, 24, 3)
    kept = Notices()
    for month in calendar[:-19]:
        live(world, kept, month)
    lives = [if_admitted(world, kept, calendar[-19:], luck) for luck in (None, 0, 0, 1)]
    asked, loans = zip(*lives, strict=True)
    assert len(asked[0]) > 0
    assert all((one == asked[0]).all() for one in asked)
    assert all((one["principal"] == loans[0]["principal"]).all() for one in loans)
    assert (loans[1] == loans[2]).all()
    assert (loans[1] != loans[3]).any()
