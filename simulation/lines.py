"""Account lines as a bank writes them: worded, named and known with all the faults that banks and people make."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulation.calendar import Month
from simulation.columns import Array, chosen, days, joined, money, padded, table, texts
from simulation.dialects import DIALECTS, HELD_OUT_DIALECTS
from simulation.firms import SLOTS, Firms
from simulation.kinds import FIRST_DIALECTS, KIND, KINDS, MISLEADING
from simulation.ledger import SIGN
from simulation.parameters import Parameters
from simulation.parties import Parties, enterprise_id
from simulation.randomness import stream

SLOT_LETTER = "ABP"
NAME_VARIANTS = 3


@dataclass
class Wording:
    """Lookup tables of every text that a line can carry.

    Names stand in blocks of ``parties``: as registered, written badly in two ways, then as each held-out dialect
    writes them; account numbers as they are, then as each held-out dialect prints them.
    """

    accounts: Array
    enterprises: Array
    names: Array
    ids: Array
    numbers: Array
    summaries: Array
    channels: Array
    first: np.ndarray
    count: np.ndarray
    parties: int


def make_wording(firms: Firms, parties: Parties) -> Wording:
    """Build the lookup tables once a world."""
    names = parties.names
    written = [*names, *(_shortened(name) for name in names), *(_spaced(name) for name in names)]
    numbers = [f"62{1000000000 + 7919 * k % 8999999999}" for k in range(len(names))]
    held_out = [DIALECTS[number] for number in HELD_OUT_DIALECTS]
    written += [dialect.party(name) for dialect in held_out for name in names]
    printed = [*numbers, *(dialect.account(number) for dialect in held_out for number in numbers)]
    summaries, first, count = list(MISLEADING), [], []
    for kind in KINDS:
        for dialect in DIALECTS:
            choices = dialect.choices(kind.name)
            first.append(len(summaries))
            count.append(len(choices))
            summaries.extend(choices)
    accounts = [account_id(k, slot) for k in range(firms.n) for slot in range(SLOTS)]
    shape = len(KINDS), len(DIALECTS)
    return Wording(
        pa.array(accounts),
        pa.array([enterprise_id(k) for k in range(firms.n)]),
        pa.array([name or None for name in written]),
        parties.id_texts,
        pa.array(printed),
        pa.array(summaries),
        pa.array([dialect.channel(kind.channel) for kind in KINDS for dialect in DIALECTS]),
        np.array(first).reshape(shape),
        np.array(count).reshape(shape),
        len(names),
    )


def account_id(firm: int, slot: int) -> str:
    """Identifier of an account.

    >>> account_id(12, 1)
    'A000012B'
    """
    return f"A{firm:06d}{SLOT_LETTER[slot]}"


def _shortened(name: str) -> str:
    return name.replace("有限公司", "公司") if "有限公司" in name else name


def _spaced(name: str) -> str:
    return name.replace("（", "(").replace("）", ")") + " " if len(name) < 12 else name[:12]


def line_table(
    firms: Firms,
    wording: Wording,
    entries: np.ndarray,
    sequence: np.ndarray,
    month: Month,
    seed: int,
    parameters: Parameters,
    last_known: int,
) -> pa.Table:
    """Write a month's entries as lines, then the corrected versions of a few of them."""
    rng = stream(seed, "wording", month.index)
    n = len(entries)
    text = _summary_numbers(rng, firms, wording, entries)
    odd = rng.random(n)
    blank, wrong = parameters.blank_summary_share, parameters.misleading_summary_share
    written = np.where(odd < blank, -1, np.where(odd < blank + wrong, rng.integers(0, len(MISLEADING), n), text))
    known = entries["day"] + _lag(entries, parameters.late_line_share)
    corrected = np.flatnonzero(
        (odd < blank + wrong) & (rng.random(n) < parameters.corrected_line_share / (blank + wrong))
    )
    row = np.concatenate([np.arange(n), corrected])
    written = np.concatenate([written, text[corrected]])
    known = np.concatenate([known, known[corrected] + rng.integers(3, 26, len(corrected))])
    dialect = firms.dialect.ravel()[entries["account"]]
    variant = np.where(rng.random(n) < parameters.dirty_name_share, rng.integers(1, NAME_VARIANTS, n), 0)
    own = np.maximum(dialect - FIRST_DIALECTS + 1, 0)
    block = np.where((variant == 0) & (own > 0), NAME_VARIANTS - 1 + own, variant)
    worded = Worded(written, dialect[row], block[row], own[row])
    return _render(wording, entries.take(row), sequence[row], worded, known, last_known)


@dataclass
class Worded:
    """How each line is worded: positions in the lookup tables; a summary of -1 is blank."""

    summary: np.ndarray
    dialect: np.ndarray
    name_block: np.ndarray
    number_block: np.ndarray


def _summary_numbers(rng: np.random.Generator, firms: Firms, wording: Wording, entries: np.ndarray) -> np.ndarray:
    dialect = firms.dialect.ravel()[entries["account"]]
    first, count = wording.first[entries["kind"], dialect], wording.count[entries["kind"], dialect]
    return np.asarray(first + (rng.random(len(entries)) * count).astype(np.int64))


def _lag(entries: np.ndarray, share: float) -> np.ndarray:
    """All lines of an account and day arrive together: on the day, or on the day after."""
    mixed = (entries["account"].astype(np.int64) * 2654435761 + entries["day"].astype(np.int64) * 40503) % 1000
    return np.asarray((mixed < share * 1000).astype(np.int64))


def _render(
    wording: Wording,
    entries: np.ndarray,
    sequence: np.ndarray,
    worded: Worded,
    known: np.ndarray,
    last_known: int,
) -> pa.Table:
    account, party = entries["account"], entries["party"]
    accounts = texts(wording.accounts, account)
    return table(
        "line",
        {
            "line_id": line_ids(accounts, sequence),
            "account_id": accounts,
            "enterprise_id": texts(wording.enterprises, account // SLOTS),
            "booked_at": days(entries["day"]),
            "sequence": pa.array(sequence.astype(np.int64)),
            "direction": chosen(("out", "in"), (SIGN[entries["kind"]] > 0).astype(int)),
            "amount": money(entries["amount"]),
            "balance_after": money(entries["balance"]),
            "counterparty_id": texts(wording.ids, party),
            "counterparty_name": texts(
                wording.names, np.where(party < 0, -1, worded.name_block * wording.parties + party)
            ),
            "counterparty_account": texts(
                wording.numbers, np.where(party < 0, -1, worded.number_block * wording.parties + party)
            ),
            "channel": texts(wording.channels, entries["kind"].astype(np.int64) * len(DIALECTS) + worded.dialect),
            "summary": texts(wording.summaries, worded.summary),
            "reversal_of": _reversed(accounts, entries, sequence),
            "known_at": days(known),
        },
        last_known,
    )


def _reversed(accounts: Array, entries: np.ndarray, sequence: np.ndarray) -> Array:
    """A reversal undoes the line just before it in its account."""
    undone = np.flatnonzero(entries["kind"] == KIND["reversal_in"])
    place = np.full(len(entries), -1)
    place[undone] = np.arange(len(undone))
    return texts(line_ids(accounts.take(pa.array(undone)), sequence[undone] - 1), place)


def line_ids(accounts: Array, sequence: np.ndarray) -> Array:
    """Identifiers of lines: the account and the position in it."""
    return joined(accounts, "-", padded(sequence, 6))
