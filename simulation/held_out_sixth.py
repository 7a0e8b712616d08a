"""A sixth set of designs of deceit that are held out: whoever writes rules does not read this file or its tests.

In all of them money is back where it came from within some two weeks. Each decides, by what is told in public of its
kind, which papers it leaves beside the money. None makes or moves goods, so bills for electricity, water and gas and
the number of the insured stay as they are. What is invoiced is taxed, and stands in the year's statement.

``held_u``: two firms that never pay each other, and two strangers between them: each of the strangers supplies one of
the firms and is the customer of the other. Once or twice a month the customers pay a tenth of what they order; within
two days the first firm pays its supplier the whole, who pays the second firm the rest of its order in one or two
parts; that pays its own supplier, who pays the first firm the rest. At each step 0.1 to 0.4 % stay behind; each month
the other firm begins. Every contract has one invoice of its whole sum: a purchase's up to five days after it was paid,
a sale's up to five days before its last part. (Suppliers whom the customer names, paid in full in advance while
customers pay a tenth, and money that comes home through customers: nfa5.com/chuangye/202108/07144956.html,
nnbus.com.cn/big5/market_2383291; that it is over within weeks, as small firms' money is scarce, is an assumption.)
``held_v``: once or twice a month two true suppliers are paid for more than they deliver, within three days, in one or
two payments each, and three to eight days after the last of them true customers, always of the same three while they
stay, pay in two to four payments for more than they get, less 0.3 to 1.5 % in all. True trade with all of them goes on.
Every payment has an invoice, as if all were delivered: a purchase's up to six days after, a sale's up to five before.
(False sales spread over true customers, with true invoices: 51haodu.com/t/aW5Kb2lDRWhkcw==; customers and suppliers
who help: senqingzn.com/dy/article/JVMU2V2E0519H3R1.html; how many help is an assumption.)
``held_w``: three to eight times a month somebody orders on instalments what nobody delivers. The lender pays the firm
on the next working day, less a fee of 1 to 3 %, and one to three days later the firm pays the buyer, for services by
its words, 4 to 10 % less than came; the buyer pays the lender back. Buyers are people of a pool of 400, who ask for no
invoice, and nobody declares their orders. (Beauty parlours paid by lenders for treatments that nobody had, with most
of it handed on to people: cj.sina.com.cn/articles/view/3127391327/ba68345f00100quch; lenders behind buyers of
telephones: worldfootballweekly.com/fintech/90186.html. In these cases the firm kept a quarter and more of what was
never paid back; that it keeps little where it wants turnover, and that any trade can do it, are assumptions.)
``held_x``: once or twice a month whole thousands go to one of three people, as petty cash by their words; from the next
day on the three scan the firm's code, and on each of five to nine days in a row its takings arrive from the platform,
each day another sum, at the platform's fee of 0.38 %, less 0.5 to 2 % for their trouble. The code is one of its own, so
that true takings arrive beside them. Nobody asks for an invoice, and nobody declares it. (Turnover that middlemen
"raise" before a loan is asked for: aiwsw.com/portal.php?aid=177271; codes scanned for nothing, as turnover:
tx555666.cn/post/5146.html; days and sums are assumptions.)

Truth books these lines as ``wash_in`` and ``wash_out``; the bank words them as what they pretend to be.
"""

import numpy as np

from simulation.calendar import Month, next_working
from simulation.ledger import cents
from simulation.network import Links
from simulation.parties import NON_BANKS, PLATFORMS
from simulation.schemes import HELD_U, HELD_V, HELD_W, HELD_X
from simulation.sham import (
    ally_of,
    before,
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
    HELD_U: ("sale", "purchase"),
    HELD_V: ("sale", "purchase"),
    HELD_W: ("sale", "expense"),
    HELD_X: ("settlement_wechat", "owner_out"),
}
MEMBERS, DEPOSIT = 2, 0.1
SUPPLIERS, CUSTOMERS = 2, 3
ORDER_LOW, ORDER_HIGH, BUYERS = 2_000, 50_000, 400
PEOPLE, CODE_FEE = 3, 0.0038


def _bought(world: World, one: np.ndarray, day: np.ndarray, party: np.ndarray, amount: np.ndarray) -> None:
    """Invoices of what each scheme's firm says that it bought."""
    world.papers.invoice(day, one["firm"], party, False, amount, np.full(len(one), INPUT_VAT))


def _sold(world: World, one: np.ndarray, day: np.ndarray, party: np.ndarray, amount: np.ndarray) -> None:
    """Invoices of what each scheme's firm says that it sold."""
    world.papers.invoice(day, one["firm"], party, True, amount, world.firms.trade("vat")[one["firm"]])


def _between(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """Money goes from one firm by a stranger to the other, and by another stranger back."""
    row, amount = whole_rings(world, month, schemes, MEMBERS, rng)
    opens, follows = row[:, 0], row[:, 1]
    one = shell_of(world, opens)
    there, back = (ally_of(world, one, 73 * (turn == month.index % MEMBERS)) for turn in (1, 0))
    onward = less(amount, 0.001, 0.004, rng)
    returned = less(onward, 0.001, 0.004, rng)
    sold = less(returned, 0.001, 0.004, rng)
    start = rng.integers(month.first, month.last - 9, len(row))
    deposit = next_working(start)
    early = [(value * DEPOSIT).astype(np.int64) for value in (onward, sold)]
    take_in(world, opens, deposit, back, early[1])
    take_in(world, follows, next_working(start + rng.integers(0, 2, len(row))), there, early[0])
    day = next_working(deposit + rng.integers(0, 3, len(row)))
    _supply(world, opens, day, there, amount, rng)
    day = _deliver(world, month, follows, day, there, onward, early[0], rng)
    day = next_working(day + rng.integers(0, 3, len(row)))
    _supply(world, follows, day, back, returned, rng)
    _deliver(world, month, opens, day, back, sold, early[1], rng)


def _supply(
    world: World, one: np.ndarray, day: np.ndarray, supplier: np.ndarray, whole: np.ndarray, rng: np.random.Generator
) -> None:
    """Pay a supplier in advance, who invoices later."""
    pay_out(world, one, day, supplier, whole)
    _bought(world, one, day + rng.integers(0, 6, len(one)), supplier, whole)


def _deliver(
    world: World,
    month: Month,
    one: np.ndarray,
    since: np.ndarray,
    customer: np.ndarray,
    whole: np.ndarray,
    early: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Get the rest of an order in one or two parts from the day after ``since`` on; return the day of the last."""
    which, share = parts(1 + rng.integers(0, 2, len(one)), rng)
    day = next_working(since[which] + rng.integers(1, 4, len(which)))
    take_in(world, one[which], day, customer[which], ((whole - early)[which] * share).astype(np.int64))
    last = np.zeros(len(one), dtype=np.int64)
    np.maximum.at(last, which, day)
    _sold(world, one, before(month, last, 5, rng), customer, whole)
    return last


def _partner(links: Links, firm: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Party number of one of the first relations of each firm; a firm with fewer has them more often."""
    first, end = (np.searchsorted(links.firm, firm, side) for side in ("left", "right"))
    return np.asarray(links.party[first + number % (end - first)])


def _spread(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """True suppliers get more than they deliver for, and true customers pay for more than they get."""
    one = times(schemes, rng, 2)
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.25, 0.7, len(one))
    total = cents(risked(world, one, wanted))
    start = rng.integers(month.first, month.last - 9, len(one))
    which, share = parts(SUPPLIERS + rng.integers(0, SUPPLIERS + 1, len(one)), rng)
    payer, cost = one[which], odd(total[which] * share / 100, rng)
    day = next_working(start[which] + rng.integers(0, 4, len(which)))
    supplier = _partner(world.network.suppliers, payer["firm"], turn_of(which) % SUPPLIERS)
    pay_out(world, payer, day, supplier, cost)
    _bought(world, payer, day + rng.integers(0, 7, len(which)), supplier, cost)
    last, spent = np.zeros(len(one), dtype=np.int64), np.zeros(len(one), dtype=np.int64)
    np.maximum.at(last, which, day)
    np.add.at(spent, which, cost)
    which, share = parts(2 + rng.integers(0, 3, len(one)), rng, 0.6)
    seller, price = one[which], odd(less(spent, 0.003, 0.015, rng)[which] * share / 100, rng)
    day = next_working(last[which] + rng.integers(3, 9, len(which)))
    turn = (rng.integers(0, CUSTOMERS, len(one))[which] + turn_of(which)) % CUSTOMERS
    customer = _partner(world.network.customers, seller["firm"], turn)
    take_in(world, seller, day, customer, price)
    _sold(world, seller, before(month, day, 5, rng), customer, price)


def _instalments(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """A lender pays for orders, and each buyer has most of the money."""
    one = np.repeat(schemes, 3 + rng.integers(0, 6, len(schemes)))
    n, lender = len(one), int(world.parties.of(NON_BANKS)[2])
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.05, 0.2, n)
    price = np.floor(np.clip(wanted, ORDER_LOW, ORDER_HIGH) / 100) * 100
    lent = (cents(price) * (1 - 0.005 * (2 + one["ring"] % 5))).astype(np.int64)
    day = next_working(rng.integers(month.first, month.last - 3, n) + 1)
    take_in(world, one, day, lender, lent)
    buyer = person_of(world, one["firm"], one["ring"] * 71 + rng.integers(0, BUYERS, n))
    later = next_working(day + rng.integers(1, 4, n))
    pay_out(world, one, later, buyer, less(lent, 0.04, 0.1, rng) // 1_000 * 1_000)


def _scan(world: World, month: Month, schemes: np.ndarray, rng: np.random.Generator) -> None:
    """People have the firm's money and scan it back day by day."""
    one = times(schemes, rng, 2)
    n, platform = len(one), int(world.parties.of(PLATFORMS)[0])
    wanted = world.usual[one["firm"]] * one["size"] * rng.uniform(0.2, 0.5, n)
    pot = cents(np.floor(risked(world, one, wanted) / 1e3) * 1e3)
    day = next_working(rng.integers(month.first, month.last - 9, n))
    holder = person_of(world, one["firm"], one["ring"] * 67 + 31 + rng.integers(0, PEOPLE, n))
    pay_out(world, one, day, holder, pot)
    which, share = parts(5 + rng.integers(0, 5, n), rng, 0.6)
    scanned = less(pot, 0.005, 0.02, rng)[which] * share
    taking = (scanned * (1 - CODE_FEE)).astype(np.int64)
    take_in(world, one[which], day[which] + 2 + turn_of(which), platform, taking)


ACTS = {HELD_U: _between, HELD_V: _spread, HELD_W: _instalments, HELD_X: _scan}
