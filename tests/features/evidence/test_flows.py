from datetime import date
from decimal import Decimal

from features.evidence.rules import FlowRules

JAN, FEB, MAR, APR = (date(2024, month, 10) for month in (1, 2, 3, 4))
SHARES = {"relation": "shareholder"}


def held(flow, *columns):
    """The time of each label version and what was asked for."""
    return [(row["known_from"], row["known_until"], *(row[c] for c in columns)) for row in flow]


def test_a_line_holds_from_the_day_it_is_known(flows_of, world_of):
    flow = flows_of(world_of(line=[{"booked_at": JAN, "known_at": FEB, "summary": "货款"}]))
    assert held(flow, "nature", "category", "amount") == [
        (FEB, None, "operating", "other_counterparty", Decimal("100.00"))
    ]


def test_the_firm_s_own_name_is_an_own_transfer_and_a_longer_name_is_not(flows_of, world_of):
    lines = [{"booked_at": JAN, "counterparty_name": name} for name in ("甲厂", "甲厂分厂", None)]
    flow = flows_of(world_of(line=lines))
    assert [row["nature"] for row in flow] == ["own_transfer", "operating", "operating"]
    assert flow[0]["category"] == "own_account"


def test_a_name_taken_later_does_not_change_labels_given_before(flows_of, world_of):
    named = [{}, {"name": "乙厂", "known_at": FEB}]
    lines = [{"booked_at": MAR, "counterparty_name": name} for name in ("甲厂", "乙厂")]
    flow = flows_of(world_of(enterprise=named, line=lines))
    assert [row["nature"] for row in flow] == ["own_transfer", "operating"]


def test_a_related_party_known_later_splits_the_label(flows_of, world_of):
    world = world_of(
        line=[{"booked_at": JAN, "counterparty_id": "p"}, {"booked_at": JAN, "counterparty_id": "q"}],
        related_party=[{"party_id": "p", **SHARES, "known_at": MAR}],
    )
    assert held(flows_of(world), "line_id", "nature") == [
        (JAN, MAR, "line0", "operating"),
        (MAR, None, "line0", "related_party"),
        (JAN, None, "line1", "operating"),
    ]


def test_a_related_party_known_already_leaves_one_label(flows_of, world_of):
    related = [{"party_id": "p", **SHARES, "known_at": known} for known in (JAN, MAR)]
    flow = flows_of(world_of(line=[{"booked_at": FEB, "counterparty_id": "p"}], related_party=related))
    assert held(flow, "nature") == [(FEB, None, "related_party")]


def test_a_related_party_of_another_firm_changes_nothing(flows_of, world_of):
    world = world_of(
        line=[{"booked_at": JAN, "counterparty_id": "p"}],
        related_party=[{"enterprise_id": "b", "party_id": "p", **SHARES, "known_at": JAN}],
    )
    assert held(flows_of(world), "nature") == [(JAN, None, "operating")]


def test_people_of_the_firm_are_its_owner_and_firms_around_it_are_related(flows_each):
    natures = dict.fromkeys(("owner", "manager", "relative"), "owner")
    natures |= dict.fromkeys(("shareholder", "subsidiary", "common_control"), "related_party")
    line = [{"booked_at": FEB, "counterparty_id": "p"}]
    found = flows_each(
        [{"line": line, "related_party": [{"party_id": "p", "relation": r, "known_at": JAN}]} for r in natures]
    )
    assert [held(flow, "nature") for flow in found] == [[(FEB, None, nature)] for nature in natures.values()]


def test_a_relation_that_changes_changes_the_label_when_it_is_known(flows_of, world_of):
    related = [{"party_id": "p", "relation": "owner", "known_at": FEB}, {"party_id": "p", **SHARES, "known_at": APR}]
    flow = flows_of(world_of(line=[{"booked_at": JAN, "counterparty_id": "p"}], related_party=related))
    assert held(flow, "nature") == [(JAN, FEB, "operating"), (FEB, APR, "owner"), (APR, None, "related_party")]


def test_a_relation_that_ended_holds_for_lines_before_its_end(flows_of, world_of):
    related = [
        {"party_id": "p", **SHARES, "known_at": date(2023, 1, 1)},
        {"party_id": "p", **SHARES, "until": FEB, "known_at": APR},
    ]
    lines = [{"booked_at": day, "counterparty_id": "p"} for day in (JAN, FEB)]
    assert held(flows_of(world_of(line=lines, related_party=related)), "line_id", "nature") == [
        (JAN, APR, "line0", "related_party"),
        (APR, None, "line0", "related_party"),
        (FEB, APR, "line1", "related_party"),
        (APR, None, "line1", "operating"),
    ]


def test_a_related_name_counts_where_the_bank_gives_no_identifier(flows_of, world_of):
    related = [{"party_id": "p", "name": "乙（上海）有限公司", **SHARES, "known_at": JAN}]
    party = {"counterparty_name": "乙(上海)有限责任公司 "}
    lines = [{"booked_at": FEB, **party}, {"booked_at": FEB, **party, "counterparty_id": "q"}]
    flow = flows_of(world_of(line=lines, related_party=related))
    assert [row["nature"] for row in flow] == ["related_party", "operating"]


def test_two_related_parties_of_one_name_are_told_once(flows_of, world_of):
    related = [
        {"party_id": p, "name": "王五", "relation": r, "known_at": JAN}
        for p, r in (("p", "owner"), ("q", "shareholder"))
    ]
    flow = flows_of(world_of(line=[{"booked_at": FEB, "counterparty_name": "王五"}], related_party=related))
    assert held(flow, "nature") == [(FEB, None, "owner")]


ACCOUNTS = [
    {},
    {"account_id": "a2", "known_at": FEB},
    {"account_id": "o", "holder": "owner", "known_at": MAR},
    {"account_id": "p", "holder": "owner"},
]


def test_own_and_owner_s_accounts_count_from_the_day_they_are_known(flows_each):
    cases = [
        ("a1", "a2", [(JAN, FEB, "operating"), (FEB, None, "own_transfer")]),
        ("a1", "o", [(JAN, MAR, "operating"), (MAR, None, "owner")]),
        ("p", "a2", [(JAN, FEB, "owner"), (FEB, None, "owner")]),
        ("p", "x", [(JAN, None, "owner")]),
    ]
    line = {"booked_at": JAN, "direction": "out", "counterparty_name": "某店"}
    lines = [line | {"account_id": account, "counterparty_account": faced} for account, faced, _ in cases]
    found = flows_each([{"account": ACCOUNTS, "line": [line]} for line in lines])
    assert [held(flow, "nature") for flow in found] == [versions for *_, versions in cases]


def test_an_account_of_another_firm_is_not_the_firm_s_own(flows_of, world_of):
    account = [{}, {"account_id": "b1", "enterprise_id": "b"}]
    flow = flows_of(world_of(account=account, line=[{"booked_at": JAN, "counterparty_account": "b1"}]))
    assert held(flow, "nature") == [(JAN, None, "operating")]


def test_the_firm_s_own_identifier_is_the_firm_however_the_name_is_written(flows_of, world_of):
    flow = flows_of(world_of(line=[{"booked_at": JAN, "counterparty_id": "a", "counterparty_name": "***"}]))
    assert held(flow, "nature") == [(JAN, None, "own_transfer")]


def test_one_party_for_all_writings_of_a_name_and_none_for_a_masked_one(flows_of, world_of):
    writings = ["乙（中国）有限公司", "乙(中国)公司 ", "乙中国有限公司济南分公司", "乙***公司", None]
    lines = [{"booked_at": JAN, "counterparty_name": name} for name in writings]
    flow = flows_of(
        world_of(line=[*lines, {"booked_at": JAN, "counterparty_id": "q", "counterparty_name": writings[0]}])
    )
    assert [row["party"] for row in flow] == ["name:乙中国"] * 3 + [None, None, "q"]


def test_a_correction_closes_one_version_and_opens_the_next(flows_of, world_of):
    first = {"line_id": "x", "booked_at": JAN, "summary": "货款"}
    corrected = first | {"amount": "80.00", "summary": "借款", "known_at": FEB}
    assert held(flows_of(world_of(line=[corrected, first])), "amount", "nature") == [
        (JAN, FEB, Decimal("100.00"), "operating"),
        (FEB, None, Decimal("80.00"), "financing"),
    ]


def test_a_correction_and_a_related_party_each_split_in_their_time(flows_of, world_of):
    first = {"line_id": "x", "booked_at": JAN, "counterparty_id": "p"}
    world = world_of(
        line=[first, first | {"amount": "80.00", "known_at": MAR}],
        related_party=[{"party_id": "p", **SHARES, "known_at": FEB}],
    )
    assert held(flows_of(world), "amount", "nature") == [
        (JAN, FEB, Decimal("100.00"), "operating"),
        (FEB, MAR, Decimal("100.00"), "related_party"),
        (MAR, None, Decimal("80.00"), "related_party"),
    ]


def test_a_line_is_known_no_earlier_than_its_firm(flows_of, world_of):
    first = {"line_id": "x", "booked_at": JAN}
    world = world_of(
        enterprise=[{"known_at": MAR}],
        line=[first, first | {"amount": "80.00", "known_at": FEB}, {"line_id": "y", "booked_at": APR}],
    )
    assert held(flows_of(world), "line_id", "amount") == [
        (MAR, None, "x", Decimal("80.00")),
        (APR, None, "y", Decimal("100.00")),
    ]


def test_a_line_of_a_firm_that_is_never_known_is_no_flow(flows_of, world_of):
    assert flows_of(world_of(line=[{"booked_at": JAN, "enterprise_id": "b"}])) == []


LEDGER = [{"account_id": "ledger", "kind": "invoice_ledger", "known_at": JAN}]


def test_an_invoice_of_a_ledger_is_a_flow_and_a_red_letter_goes_back(flows_each):
    cases = [
        ("in", "113.00", "in", "operating", "113.00"),
        ("in", "-113.00", "out", "refund", "-113.00"),
        ("out", "113.00", "out", "operating", "0.00"),
        ("out", "-113.00", "in", "refund", "0.00"),
    ]
    invoice = {"invoice_id": "i", "issued_on": FEB, "counterparty_id": "p"}
    invoices = [invoice | {"direction": side, "gross": gross} for side, gross, *_ in cases]
    found = flows_each([{"account": LEDGER, "invoice": [invoice]} for invoice in invoices])
    for (flow,), (*_, direction, nature, income) in zip(found, cases, strict=True):
        assert (flow["direction"], flow["nature"], flow["party"]) == (direction, nature, "p")
        assert (flow["amount"], flow["income"], flow["account_id"]) == (Decimal("113.00"), Decimal(income), "ledger")
        assert (flow["balance_after"], flow["known_from"], flow["known_until"]) == (None, FEB, None)


def test_invoices_count_only_where_a_ledger_stands_for_the_flows(flows_of, world_of):
    assert flows_of(world_of(invoice=[{"gross": "113.00", "issued_on": FEB}])) == []


def test_invoices_are_known_with_their_ledger_and_corrected_like_lines(flows_of, world_of):
    first = {"invoice_id": "i", "gross": "113.00", "issued_on": date(2023, 12, 1)}
    later = first | {"gross": "100.00", "known_at": MAR}
    assert held(flows_of(world_of(account=LEDGER, invoice=[first, later])), "amount") == [
        (JAN, MAR, Decimal("113.00")),
        (MAR, None, Decimal("100.00")),
    ]


TRADE = {"category": "other_counterparty", "nature": "operating"}
BANK = {"category": "account_bank", "nature": "financing"}
DOUBT = {
    "cash_haircut": 0.2,
    "doubtful_below": 0.8,
    "rules": [
        {"id": "cash", "category": "cash", "nature": "operating", "summary": "cash", "confidence": 0.8},
        {"id": "coins", "category": "cash", "nature": "operating", "summary": "coins", "confidence": 0.7},
        {"id": "back", **TRADE, "nature": "refund", "summary": "refund"},
        {"id": "maybe-back", **TRADE, "nature": "refund", "summary": "return", "confidence": 0.5},
        {"id": "loan", **BANK, "summary": "loan"},
        {"id": "discount", **BANK, "summary": "discount", "confidence": 0.5},
        {"id": "maybe", **TRADE, "summary": "maybe", "confidence": 0.79},
        {"id": "sale", **TRADE, "summary": "sale"},
    ],
}


def test_income_counts_operating_inflow_cuts_cash_and_takes_refunds_off(flows_of, world_of):
    cases = [
        ("in", "sale", "100.00", "100.00"),
        ("out", "sale", "100.00", "0.00"),
        ("in", "cash", "100.00", "80.00"),
        ("in", "cash", "0.99", "0.79"),  # 0.792
        ("out", "cash", "100.00", "0.00"),
        ("in", "refund", "100.00", "0.00"),
        ("out", "refund", "100.00", "-100.00"),
        ("in", "loan", "100.00", "0.00"),
        ("out", "loan", "100.00", "0.00"),
    ]
    lines = [{"booked_at": JAN, "direction": d, "summary": s, "amount": a} for d, s, a, _ in cases]
    flow = flows_of(world_of(line=lines), FlowRules.parse(DOUBT))
    assert [row["income"] for row in flow] == [Decimal(income) for *_, income in cases]


def test_doubt_opens_an_interval_around_income(flows_of, world_of):
    cases = [
        ("in", "sale", "100.00", "100.00", "100.00", 0.95),
        ("in", "maybe", "0.00", "100.00", "100.00", 0.79),
        ("in", "cash", "80.00", "80.00", "100.00", 0.8),
        ("in", "coins", "0.00", "80.00", "100.00", 0.7),
        ("in", "loan", "0.00", "0.00", "0.00", 0.95),
        ("in", "discount", "0.00", "0.00", "100.00", 0.5),
        ("in", "no rule", "0.00", "0.00", "100.00", 0.0),
        ("in", "refund", "0.00", "0.00", "0.00", 0.95),
        ("out", "refund", "-100.00", "-100.00", "-100.00", 0.95),
        ("out", "return", "-100.00", "-100.00", "0.00", 0.5),
        ("out", "discount", "0.00", "0.00", "0.00", 0.5),
        ("out", "maybe", "0.00", "0.00", "0.00", 0.79),
    ]
    lines = [{"line_id": f"{n:02}", "booked_at": JAN, "direction": c[0], "summary": c[1]} for n, c in enumerate(cases)]
    flow = flows_of(world_of(line=lines), FlowRules.parse(DOUBT))
    for row, (*_, low, middle, high, confidence) in zip(flow, cases, strict=True):
        assert (row["income_low"], row["income"], row["income_high"]) == tuple(map(Decimal, (low, middle, high)))
        assert row["confidence"] == Decimal(str(confidence))


SOLE = [{"sole_proprietor": True}]
OWNER = [{"party_id": "p", "name": "王五", "relation": "owner", "known_at": date(2023, 1, 1)}]


SOLE_CASES = [
    (SOLE, {"counterparty_id": "p"}, "owner-routed", ("0.00", "100.00")),
    ([{}], {"counterparty_id": "p"}, "owner-party", ("0.00", "0.00")),
    (SOLE, {"counterparty_id": "p", "direction": "out"}, "owner-party", ("0.00", "0.00")),
    (SOLE, {"counterparty_id": "p", "counterparty_account": "o"}, "owner-shown", ("0.00", "0.00")),
    (SOLE, {"counterparty_name": "甲厂"}, "own-party", ("0.00", "0.00")),
    (SOLE, {"account_id": "o", "counterparty_id": "c", "counterparty_name": "乙店"}, "owner-account-sale",
     ("0.00", "100.00")),
    ([{}], {"account_id": "o", "counterparty_id": "c", "counterparty_name": "乙店"}, "remainder",
     ("100.00", "100.00")),
    (SOLE, {"account_id": "o", "counterparty_name": "财付通支付科技有限公司"}, "owner-account-settlement",
     ("0.00", "100.00")),
]  # fmt: skip


def test_sales_that_a_sole_proprietor_s_owner_received_are_doubtful(flows_each):
    account = [{}, {"account_id": "o", "holder": "owner", "kind": "personal"}]
    rest = {"account": account, "related_party": OWNER}
    found = flows_each([{"enterprise": f, "line": [{"booked_at": JAN, **line}], **rest} for f, line, *_ in SOLE_CASES])
    for (flow,), (*_, rule, bounds) in zip(found, SOLE_CASES, strict=True):
        assert (flow["rule"], flow["income_low"], flow["income_high"]) == (rule, *map(Decimal, bounds))
