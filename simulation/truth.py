"""What really happened: the nature of every line, the income of every month, the end of every firm.

Nothing in the product reads these tables; tests, benchmarks and evaluations do.
"""

import numpy as np
import pyarrow as pa

from simulation.calendar import Month
from simulation.columns import Array, chosen, days, joined, money, optional_days, padded, texts
from simulation.dialects import HELD_OUT_DIALECTS
from simulation.firms import MAIN, SECOND, SHOWN, SLOTS
from simulation.kinds import KINDS
from simulation.ledger import SIGN
from simulation.life import oldest_arrears
from simulation.lines import Wording, line_ids
from simulation.schemes import ALL_DESIGNS
from simulation.world import World

NATURE_NAMES = tuple(kind.nature for kind in KINDS)
KIND_NAMES = tuple(kind.name for kind in KINDS)
SIGHT = ("lines", "statistics", "hidden")
STATES = ("unborn", "gone", "arrears", "pressed", "sound")
INCOME = np.array(
    [(k.nature == "operating" and k.direction == "in") - (k.name == "refund_out") for k in KINDS], dtype=np.int64
)


def lines_truth(world: World, wording: Wording, entries: np.ndarray, sequence: np.ndarray) -> pa.Table:
    """Nature of every line of the month, of seen and unseen accounts alike; unseen ones with all they say."""
    accounts = texts(wording.accounts, entries["account"])
    return pa.table(
        {
            "line_id": line_ids(accounts, sequence),
            "account_id": accounts,
            "kind": chosen(KIND_NAMES, entries["kind"]),
            "nature": chosen(NATURE_NAMES, entries["kind"]),
            "seen": pa.array(world.firms.visibility.ravel()[entries["account"]] == SHOWN),
            "booked_at": days(entries["day"]),
            "direction": chosen(("out", "in"), (SIGN[entries["kind"]] > 0).astype(int)),
            "amount": money(entries["amount"]),
            "balance_after": money(entries["balance"]),
            "counterparty_id": texts(wording.ids, entries["party"]),
            "reference": pa.array(entries["ref"]),
        }
    )


def income_truth(world: World, entries: np.ndarray, month: Month) -> pa.Table:
    """True operating income of every firm in the month: in all its accounts, and in those the bank sees."""
    n = world.firms.n
    firm, value = entries["account"] // SLOTS, INCOME[entries["kind"]] * entries["amount"]
    seen = world.firms.visibility.ravel()[entries["account"]] == SHOWN
    everything, visible = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    np.add.at(everything, firm, value)
    np.add.at(visible, firm[seen], value[seen])
    return pa.table(
        {
            "enterprise_id": _ids(world),
            "month": days(np.full(n, month.first)),
            "income": money(everything),
            "income_seen": money(visible),
            "demand": money(np.rint(world.demand * 100)),
            "owned": money(np.rint(world.money * 100)),
            "alive": pa.array(world.alive.copy()),
        }
    )


def firms_truth(world: World) -> pa.Table:
    """Each firm's hidden traits and its end."""
    firms = world.firms
    defaulted = np.full(firms.n, np.iinfo(np.int32).max, dtype=np.int64)
    bad = world.book.loans[world.book.loans["default"] >= 0]
    np.minimum.at(defaulted, bad["firm"], bad["default"])
    return pa.table(
        {
            "enterprise_id": _ids(world),
            "died_on": optional_days(world.died_on),
            "cause": pa.array(world.cause.tolist(), pa.string()),
            "defaulted_on": optional_days(np.where(defaulted == np.iinfo(np.int32).max, -1, defaulted)),
            "usual_sales": pa.array(firms.sales),
            "quality": pa.array(firms.quality),
            "fragility": pa.array(firms.fragility),
            "edge": pa.array(firms.edge),
            "dialect": pa.array(firms.dialect[:, MAIN]),
            "held_out": pa.array(np.isin(firms.dialect[:, MAIN], HELD_OUT_DIALECTS)),
            "second_account": chosen(SIGHT, np.where(firms.has_second, firms.visibility[:, SECOND], -1)),
            "generous": pa.array(firms.generous),
            "mixing": pa.array(firms.mixing),
            "honesty": pa.array(firms.honesty),
        }
    )


def loans_truth(world: World) -> pa.Table:
    """When each loan of ours went into default, and how much of it was diverted."""
    loans = world.book.loans
    return pa.table(
        {
            "loan_id": joined("L", padded(np.arange(len(loans)), 7)),
            "enterprise_id": world.parties.ids_of(loans["firm"]),
            "disbursed_on": days(loans["day"]),
            "defaulted_on": optional_days(loans["default"]),
            "diverted": pa.array(loans["diverted"]),
        }
    )


def states_truth(world: World, month: Month) -> pa.Table:
    """State of every firm at the month's end: its blow, arrears and debts, in a word and in figures."""
    arrears = oldest_arrears(world, month.last)
    unborn = ~world.alive & (world.died_on < 0)
    dead, late, pressed = ~world.alive & ~unborn, arrears > 15, world.blow < -0.25
    return pa.table(
        {
            "enterprise_id": _ids(world),
            "month": days(np.full(world.firms.n, month.first)),
            "state": chosen(STATES, np.select([unborn, dead, late, pressed], [0, 1, 2, 3], 4)),
            "blow": pa.array(world.blow.copy()),
            "arrears_days": pa.array(arrears),
            "owed": money(np.rint(world.book.owed() * 100)),
        }
    )


def oracle_truth(loans: np.ndarray, pd: np.ndarray, month: Month) -> pa.Table:
    """Default within the horizon of each live loan, as known at the month's end to somebody who knows all but luck."""
    return pa.table(
        {
            "loan_id": joined("L", padded(loans, 7)),
            "as_of": days(np.full(len(loans), month.last + 1)),
            "pd": pa.array(pd),
        }
    )


def applicants_truth(world: World, application: np.ndarray, loans: np.ndarray) -> pa.Table:
    """What would have become of applicants, refused ones among them, had the bank admitted them."""
    return pa.table(
        {
            "application_id": joined("Q", padded(application, 7)),
            "enterprise_id": world.parties.ids_of(loans["firm"]),
            "disbursed_on": days(loans["day"]),
            "principal": money(loans["principal"]),
            "defaulted_on": optional_days(loans["default"]),
        }
    )


def rings_truth(world: World, working: np.ndarray, month: Month) -> pa.Table:
    """The schemes at work in the month; ``ring`` is the reference of their lines."""
    return pa.table(
        {
            "ring": pa.array(working["ring"].astype(np.int64)),
            "design": chosen(ALL_DESIGNS, working["design"]),
            "enterprise_id": world.parties.ids_of(working["firm"]),
            "month": days(np.full(len(working), month.first)),
        }
    )


def _ids(world: World) -> Array:
    """Identifiers of the firms."""
    return world.parties.id_texts[: world.firms.n]
