"""Following the money of a loan, line by line, by hand."""

from datetime import date, timedelta

import pytest

from features.engine import register
from features.proceeds import Follow, evidence

PAID_OUT = date(2024, 3, 1)
FOLLOW = Follow(
    within_days=45,
    return_days=30,
    kept=0.03,
    least=0.1,
    bridge_before=10,
    bridge_after=30,
    bridge_part=0.5,
    bridge_fee=0.1,
    property_words="房地产|售楼",
    securities_words="理财",
    lending_words="借出",
)
DUE = date(2024, 9, 1)


def line(direction, amount, days=5, party="P", name="甲公司", summary="货款", **changes):
    day = PAID_OUT + timedelta(days=days)
    return {"direction": direction, "amount": f"{amount}.00", "booked_at": day, "counterparty_id": party,
            "counterparty_name": name, "summary": summary, "balance_after": None, **changes}  # fmt: skip


@pytest.fixture
def found(facts_of, world_of, table, rules):
    """Uses and amounts of a loan of 100,000 paid out on 1 March, of which all falls due on 1 September."""

    def of(*lines, related=(), told=date(2020, 1, 1), ends=False):
        parties = [{"party_id": party, "known_at": told} for party in related]
        world = world_of(line=list(lines), related_party=parties)
        facts = facts_of(world)
        backend = facts["line"].get_backend()
        loan = {"loan_id": "L", "enterprise_id": "a", "disbursed_on": PAID_OUT, "principal": "100000.00"}
        whole = table("loan", [loan]).select(list(loan))
        due = table("instalment", [{"loan_id": "L", "enterprise_id": "a", "due_on": DUE, "principal_due": "100000.00"}])
        due = due.select(["loan_id", "enterprise_id", "due_on", "principal_due"])
        due = due.rename_columns(["loan_id", "enterprise_id", "due_on", "principal"])
        loans, repaid = register(backend, "follow_loan", whole), register(backend, "follow_due", due)
        rows = evidence(facts, loans, repaid, FOLLOW, rules.institutions)
        columns = ("known_from", "known_until") if ends else ("known_from",)
        held = rows.to_pyarrow().to_pylist()
        return sorted((row["use"], int(row["amount"]), *(row[name] for name in columns)) for row in held)

    return of


def day(days):
    return PAID_OUT + timedelta(days=days)


def test_property_securities_and_lending_are_told_by_name_or_words(found):
    assert found(
        line("out", 30_000, name="城建房地产开发有限公司", summary="转账"),
        line("out", 20_000, days=45, name="中泰证券股份有限公司"),
        line("out", 15_000, days=7, summary="借出款"),
    ) == [("lending", 15_000, day(7)), ("property", 30_000, day(5)), ("securities", 20_000, day(45))]


def test_trade_small_sums_and_what_comes_later_or_before_are_not(found):
    assert found(
        line("out", 50_000),
        line("out", 9_999, name="中泰证券股份有限公司"),
        line("out", 50_000, days=46, name="中泰证券股份有限公司"),
        line("out", 50_000, days=-1, name="中泰证券股份有限公司"),
        line("in", 70_000, name="中泰证券股份有限公司"),
    ) == []  # fmt: skip


def test_money_to_the_owner_is_known_once_the_owner_is(found):
    assert found(line("out", 40_000, party="boss"), related=["boss"]) == [("owner", 40_000, day(5))]
    assert found(line("out", 40_000, party="boss")) == []


@pytest.mark.parametrize(("back", "days", "told"), [(48_500, 35, 1), (48_499, 35, 0), (48_500, 36, 0), (50_001, 10, 0)])
def test_the_payee_s_money_is_back_almost_whole_within_a_month_from_whomever(found, back, days, told):
    rows = found(line("out", 50_000), line("in", back, days=days, party="Q", name="乙公司"))
    assert rows == [("payee", 50_000, day(days))] * told


def test_a_bridge_comes_before_the_repayment_and_goes_back_with_its_fee(found):
    before, after = (DUE - PAID_OUT).days - 4, (DUE - PAID_OUT).days + 12
    lent, back = line("in", 80_000, days=before, party="S"), line("out", 81_200, days=after, party="S")
    assert found(lent, back) == [("bridge", 80_000, day(after))]
    assert found(lent, {**back, "counterparty_id": "T"}) == []
    assert found(lent) == []
    assert found({**lent, "amount": "49999.00"}, back) == []


def test_news_of_a_line_is_known_when_the_bank_learned_it(found):
    assert found(line("out", 20_000, name="售楼中心", known_at=day(90))) == [("property", 20_000, day(90))]


def test_a_party_told_to_be_related_later_was_a_stranger_until_then(found):
    out, back = line("out", 50_000), line("in", 49_000, days=8)
    assert found(out, back, related=["P"], told=day(60), ends=True) == [
        ("owner", 50_000, day(60), None),
        ("payee", 50_000, day(8), day(60)),
    ]
    flat = line("out", 20_000, name="售楼中心")
    assert found(flat, related=["P"], told=day(60), ends=True) == [
        ("owner", 20_000, day(60), None),
        ("property", 20_000, day(5), day(60)),
    ]
    lent = line("in", 80_000, days=180, party="S")
    repaid = line("out", 81_200, days=190, party="S")
    assert found(lent, repaid, related=["S"], told=day(220), ends=True) == [("bridge", 80_000, day(190), day(220))]
