"""A fifth set of designs of deceit that are held out: whoever writes rules does not read this file or its tests.

In all of them money is back where it came from within some two weeks. Each decides, by what is told in public of its
kind, which papers it leaves beside the money. None makes or moves goods, so bills for electricity, water and gas and
the number of the insured stay as they are. What is invoiced is taxed, and stands in the year's statement.

``held_q``: three firms, each a customer and a supplier of both others. Once or twice a month all six contracts are
paid, each at once or in two parts, on any day of a week and a bit, in an order of their own; the six sums differ, and
each firm gets as much as it pays, but for 0.3 % of a payment. Each contract has one invoice for the whole of it, with
both, on any of these days. (Contracts of the parties two by two that close a round: zgcznet.com, 倪敏 and 徐明玥, 2025,
no. 9; firms that are customer and supplier at once: meilele.com/read/ztzer/mvmvhryy_2.shtml.)
``held_r``: once or twice a month one of three clients pays for services that nobody renders; on the same day or one of
the two after it five to twelve people of a pool of 30 are paid for work, who hand the money back to the client. The
firm keeps the tax that its invoice costs it, and 1 to 3 % for itself. The invoice is what the client wants, so all is
invoiced, up to five days before. (Platforms for odd jobs whose money comes home: liutianyong.com/post/8819.html; in and
out fast, in sums that fit the invoices: tfcjtax.com/a/202602/1f7w8zv8jdeib.shtml; the rate of its gain is an
assumption.)
``held_s``: in the first week of a month the firm leaves whole ten thousands with its bank, as cover for an acceptance
of half a year over the same sum that it gives to a friend; one to three days later another firm of the friend, who has
sold the acceptance to a bank of his own, buys for what he was given, less 0.1 to 0.5 %. Of what came, on the same day
or the next, whole ten thousands are cover for the next acceptance, two or three times in all while enough is left for
one. On its day the bank takes the cover, so that no line is left. It asks for an invoice of what is bought, and the
sale has one too, so that the tax on it is small. (Discounted money that goes back to whoever drew the bill and pays for
the next: fudaoke.com/exam/2405151.html; acceptances on full cover that swell deposits: iview.sina.com.tw/post/27369372;
that sole proprietors get such acceptances too, and that the sale has an invoice, are assumptions.)
``held_t``: once or twice a month whole thousands go to an account of the firm's own at another bank, of which nothing
is known, by their words a transfer to itself; from it friends are paid, who buy two to six days later in one to three
sums, less 0.3 to 1.5 %. What passed by an account that no book shows needs no invoice, and there is none. (Accounts at
several banks, so that each sees a piece: m.gdcmma.org, id 3423; accounts that the books do not hold, for which whoever
lists a firm has to look: finance.sina.com.cn/roll/2024-11-30/doc-incxvaww7966418.shtml; that nothing is invoiced is an
assumption.)

Truth books these lines as ``wash_in`` and ``wash_out``; the bank words them as what they pretend to be.
"""

import numpy as np

from simulation.bills import BILL, DISCOUNT_RATE
from simulation.calendar import Month, next_working
from simulation.held_out_fourth import DAYS_A_YEAR, HALF_A_YEAR
from simulation.ledger import NOBODY, cents, rows, taken
from simulation.parties import OWN_BANK
from simulation.schemes import HELD_Q, HELD_R, HELD_S, HELD_T
from simulation.sham import (
    ally_of,
    before,
    hand_on,
    invoiced,
    less,
    odd,
    parts,
    pay_out,
    person_of,
    risked,
    shell_of,
    take_in,
    times,
    turn_of,
    whole_rings,
)
from simulation.statements import INPUT_VAT
from simulation.world import World

PRETENDS = {
    HELD_Q: ("sale", "purchase"),
    HELD_R: ("service_sale", "expense"),
    HELD_S: ("sale", "deposit_out"),
    HELD_T: ("sale", "own_out"),
}
MEMBERS, POOL, SMALL_RATE = 3, 30, 0.01
MOST_BILLS, WHOLE = 3, 1_000_000


def _mesh(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Each of three firms pays both others: a round one way, a round the other way, and as much back and forth."""
    row, amount = whole_rings(world, month, schemes, MEMBERS, rng)
    n = len(row)
    start, ways = rng.integers(month.first, month.last - 9, n), rng.uniform(0.15, 0.3, (2, n))
    for first in range(MEMBERS):
        second, both = (first + 1) % MEMBERS, rng.uniform(0.05, 0.2, n)
        for payer, payee, way in ((first, second, ways[0]), (second, first, ways[1])):
            value = (amount * (way + both) * rng.uniform(0.997, 1.0, n)).astype(np.int64)
            invoiced(world, row[:, payer], row[:, payee], start + rng.integers(0, 8, n), value)
            which, share = parts(1 + rng.integers(0, 2, n), rng)
            day = next_working(start[which] + rng.integers(0, 8, len(which)))
            hand_on(world, row[which, payer], row[which, payee], day, (value[which] * share).astype(np.int64))


def _broker(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A client pays for services, and people are paid for rendering them."""
    one = times(schemes, rng, 2)
    n, firm, ring = len(one), one["firm"], one["ring"]
    client = ally_of(world, shell_of(world, one), 31 * rng.integers(0, 3, n))
    amount = odd(world.usual[firm] * one["size"] * rng.uniform(0.3, 0.8, n), rng)
    day = next_working(rng.integers(month.first, month.last - 3, n))
    take_in(world, one, day, client, amount)
    rate = world.firms.trade("vat")[firm]
    world.papers.invoice(before(month, day, 5, rng), firm, client, True, amount, rate)
    tax = np.where(world.firms.small_taxpayer[firm], SMALL_RATE, rate) * amount / (1 + rate)
    which, share = parts(5 + rng.integers(0, 8, n), rng)
    pay = (less(amount - tax, 0.01, 0.03, rng)[which] * share).astype(np.int64)
    person = person_of(world, firm[which], ring[which] * 43 + (rng.integers(0, POOL, n)[which] + turn_of(which)) % POOL)
    later = next_working(day[which] + rng.integers(0, 3, len(which)))
    pay_out(world, one[which], later, person, pay)


def _cover(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A deposit covers an acceptance, and what the acceptance brings is the next deposit."""
    n, smallest = len(schemes), world.parameters.smallest_bill
    wanted = world.usual[schemes["firm"]] * schemes["size"] * rng.uniform(0.5, 1.0, n)
    held = cents(risked(world, schemes, np.maximum(wanted, smallest)))
    bills, day = 2 + rng.integers(0, MOST_BILLS - 1, n), month.first + rng.integers(0, 6, n)
    for turn in range(MOST_BILLS):
        issued = next_working(day)
        on = (turn < bills) & (held >= cents(np.array(smallest))) & (issued <= month.last)
        face = np.where(on, held // WHOLE * WHOLE, 0)
        held, day = _issue(world, month, schemes, face, issued, rng)
        day = day + rng.integers(0, 2, n)


def _issue(
    world: World, month: Month, schemes: np.ndarray, face: np.ndarray, issued: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Leave cover for acceptances and give them to friends; return the cents that come for them, and when."""
    firm, friend = schemes["firm"], shell_of(world, schemes)
    pay_out(world, schemes, issued, world.parties.special[OWN_BANK], face)
    matures = next_working(issued + HALF_A_YEAR)
    bill = rows(BILL, len(face), firm=firm, party=friend, received=issued, matures=matures, amount=face)
    bill["discounted"], bill["settled"], bill["issued"] = NOBODY, matures, True
    world.papers.bills.append(taken(bill, face > 0))
    sold = next_working(issued + rng.integers(1, 4, len(face)))
    comes = less(face * (1 - DISCOUNT_RATE * (matures - sold) / DAYS_A_YEAR), 0.001, 0.005, rng)
    buyer, rate = ally_of(world, friend, 43), world.firms.trade("vat")[firm]
    take_in(world, schemes, sold, buyer, comes)
    world.papers.invoice(before(month, issued, 5, rng), firm, friend, False, face, np.full(len(face), INPUT_VAT))
    world.papers.invoice(before(month, sold, 3, rng), firm, buyer, True, comes, rate)
    return comes, sold


def _detour(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Money goes to an unknown account of the firm's own and comes back from friends."""
    one = times(schemes, rng, 2)
    n = len(one)
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.2, 0.6, n)
    moved = cents(np.floor(risked(world, one, wanted) / 1e3) * 1e3)
    day = next_working(rng.integers(month.first, month.last - 6, n))
    pay_out(world, one, day, one["firm"], moved)
    which, share = parts(1 + rng.integers(0, 3, n), rng)
    payer = ally_of(world, shell_of(world, one)[which], 67 * turn_of(which))
    back = odd(less(moved, 0.003, 0.015, rng)[which] * share / 100, rng)
    later = next_working(day[which] + rng.integers(2, 7, len(which)))
    take_in(world, one[which], later, payer, back)


ACTS = {HELD_Q: _mesh, HELD_R: _broker, HELD_S: _cover, HELD_T: _detour}
