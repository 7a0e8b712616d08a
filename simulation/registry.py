"""Who is who: the tables of firms, related parties, accounts and tax grades."""

import numpy as np
import pyarrow as pa

from simulation.columns import chosen, days, joined, optional_days, table, texts
from simulation.firms import HIDDEN, MAIN, OWNER, REGIONS, SECOND, SHOWN, SLOTS, opened_before, size_class
from simulation.industries import INDUSTRIES
from simulation.lines import Wording
from simulation.parties import BANKS, OWN_BANK, uscc
from simulation.world import World

GRADES = ("A", "B", "M", "C", "D")


def enterprises(world: World, known: int, last_known: int) -> pa.Table:
    """The firms as registered."""
    firms, n = world.firms, world.firms.n
    codes = tuple(industry.code for industry in INDUSTRIES)
    return table(
        "enterprise",
        {
            "enterprise_id": world.parties.ids_of(np.arange(n)),
            "name": pa.array(world.parties.names[:n]),
            "uscc": pa.array([uscc(k, REGIONS[firms.region[k]], bool(firms.sole[k])) for k in range(n)]),
            "industry": chosen(codes, firms.industry),
            "region": chosen(REGIONS, firms.region),
            "founded_on": days(firms.founded),
            "size_class": pa.array(size_class(firms.sales).tolist()),
            "sole_proprietor": pa.array(firms.sole),
            "employees": pa.array(firms.headcount),
            "known_at": days(np.maximum(known, firms.founded)),
        },
        last_known,
    )


def related_parties(world: World, known: int, last_known: int) -> pa.Table:
    """Owners, for two firms in five a firm under common control, and the other customer of a group."""
    n, parties = world.firms.n, world.parties
    first = np.flatnonzero(groups(n) == np.arange(n))
    who = np.concatenate([np.arange(n), np.flatnonzero(np.arange(n) % 5 < 2), first, first + 1])
    number = np.concatenate([n + np.arange(n), parties.related[np.arange(n) % 5 < 2], first + 1, first])
    relation = (np.arange(len(who)) >= n).astype(int)
    since = np.where(number < n, np.maximum(known, world.firms.founded[np.minimum(number, n - 1)]), known)
    return table(
        "related_party",
        {
            "enterprise_id": world.parties.ids_of(who),
            "party_id": parties.ids_of(number),
            "name": texts(parties.name_texts, number),
            "relation": chosen(("owner", "common_control"), relation),
            "known_at": days(np.maximum(world.firms.founded[who], since)),
        },
        last_known,
    )


def groups(n: int) -> np.ndarray:
    """Number of the first firm of each firm's group of connected borrowers; -1 for the many that stand alone.

    One firm in twenty has an owner who has another firm with the same bank.

    >>> groups(10).tolist()
    [-1, -1, -1, -1, -1, -1, -1, 7, 7, -1]
    """
    firm = np.arange(n)
    first = firm - (firm % 40 == 8)
    return np.where((first % 40 == 7) & (first + 1 < n), first, -1)


def accounts(world: World, wording: Wording, known: int, last_known: int) -> pa.Table:
    """Accounts the bank knows of; half of those that nobody entrusted are known by name only."""
    firms = world.firms
    number = np.arange(firms.n * SLOTS)
    firm, slot = number // SLOTS, number % SLOTS
    view = firms.visibility.ravel()
    exists = (slot == MAIN) | ((slot == SECOND) & firms.has_second[firm]) | ((slot == OWNER) & (view == SHOWN))
    return _accounts(world, wording, number[exists & ((view != HIDDEN) | (firm % 2 == 0))], False, known, last_known)


def frozen_accounts(world: World, wording: Wording, firms: np.ndarray, known: int, last_known: int) -> pa.Table:
    """Later versions of the main accounts of firms against which a court enforces."""
    return _accounts(world, wording, np.unique(firms) * SLOTS + MAIN, True, known, last_known)


def _accounts(
    world: World, wording: Wording, number: np.ndarray, frozen: bool, known: int, last_known: int
) -> pa.Table:
    firms = world.firms
    firm, slot, view = number // SLOTS, number % SLOTS, firms.visibility.ravel()[number]
    kind = np.select([slot == MAIN, slot == SECOND], [0, 1], 2)
    own = (slot == MAIN) | (slot == OWNER)
    return table(
        "account",
        {
            "account_id": texts(wording.accounts, number),
            "enterprise_id": world.parties.ids_of(firm),
            "holder": chosen(("firm", "owner"), (slot == OWNER).astype(int)),
            "kind": chosen(("basic", "general", "personal"), kind),
            "institution": chosen((OWN_BANK, *BANKS), np.where(own, 0, 1 + firm % len(BANKS))),
            "currency": pa.array(["CNY"] * len(number), pa.string()),
            "opened_on": days(opened_before(firms.founded[firm], slot == SECOND)),
            "entrusted": pa.array(view != HIDDEN),
            "frozen": pa.array(np.full(len(number), frozen)),
            "known_at": days(np.maximum(known, firms.founded[firm])),
        },
        last_known,
    )


def consents(world: World, first: int, last_known: int) -> pa.Table:
    """A standing consent for most firms; a few never gave one, let it lapse or took it back."""
    who = np.flatnonzero(np.arange(world.firms.n) % 12 != 5)
    revoked = who[who % 23 == 11]
    firm = np.concatenate([who, who, revoked])
    purpose = np.concatenate([np.zeros(len(who), int), np.full(len(who), 2), np.zeros(len(revoked), int)])
    until = np.where(firm % 29 == 17, last_known - 40, last_known + 365)
    again = np.arange(len(firm)) >= 2 * len(who)
    gone = np.where(again, last_known - 60, -1)
    start = np.maximum(first, world.firms.founded[firm])
    known = np.where(again, last_known - 60, start)
    return table(
        "consent",
        {
            "consent_id": joined("K", chosen(("01", "02", "03"), purpose), "-", world.parties.ids_of(firm)),
            "enterprise_id": world.parties.ids_of(firm),
            "purpose": chosen(("01", "02", "03"), purpose),
            "scope": pa.array(["*"] * len(firm)),
            "valid_from": days(start),
            "valid_to": days(until),
            "revoked_on": optional_days(gone),
            "known_at": days(known),
        },
        last_known,
    )


def tax_grades(world: World, year: int, known: int, last_known: int) -> pa.Table:
    """The tax authority's grade of a year, published in the following April."""
    n, who = world.firms.n, np.flatnonzero(world.alive)
    arrears = np.bincount(world.purse.unpaid["account"] // SLOTS, minlength=n)[who]
    young = world.firms.founded[who] > known - 3 * 365
    mark = (
        world.firms.honesty[who] + 0.02 * np.minimum(20, world.firms.headcount[who] / 5) - 0.03 * np.minimum(arrears, 8)
    )
    grade = np.where(mark < 0.55, 4, np.where(mark < 0.68, 3, np.where(young, 2, np.where(mark < 0.93, 1, 0))))
    return table(
        "tax_grade",
        {
            "enterprise_id": world.parties.ids_of(who),
            "year": pa.array(np.full(len(who), year)),
            "grade": chosen(GRADES, grade),
            "known_at": days(np.full(len(who), known)),
        },
        last_known,
    )
