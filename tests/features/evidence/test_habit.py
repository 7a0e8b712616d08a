"""What a party's other lines say of a silent one, worked by hand."""

from datetime import date


def paid(month, summary, known=None, **more):
    day = date(2024, month, 5)
    return {
        "booked_at": day,
        "known_at": known or day,
        "direction": "out",
        "amount": "5000.00",
        "summary": summary,
        "counterparty_id": "p",
        **more,
    }


def told(flow):
    return [(row["line_id"], row["known_from"], row["nature"]) for row in flow]


def test_a_landlord_stays_a_landlord_in_a_month_without_words(flows_of, world_of):
    flow = flows_of(world_of(line=[paid(1, "房租"), paid(2, "房租"), paid(3, "")]))
    assert told(flow)[-1] == ("line2", date(2024, 3, 5), "rent")
    assert len(flow) == 3


def test_a_silent_line_waits_for_the_second_word(flows_of, world_of):
    flow = flows_of(world_of(line=[paid(1, ""), paid(2, "房租"), paid(3, "房租")]))
    assert told(flow)[:2] == [("line0", date(2024, 1, 5), "operating"), ("line0", date(2024, 3, 5), "rent")]


def test_two_words_among_five_are_no_habit(flows_of, world_of):
    """Two of five lines are less than half; another party's words say nothing."""
    lines = [paid(1, ""), paid(2, ""), paid(3, ""), paid(4, "房租"), paid(5, "房租")]
    assert [row["nature"] for row in flows_of(world_of(line=lines))] == ["operating"] * 3 + ["rent"] * 2
    other = [paid(1, "房租", counterparty_id="q"), paid(2, "房租", counterparty_id="q"), paid(3, "")]
    assert [row["nature"] for row in flows_of(world_of(line=other))] == ["rent", "rent", "operating"]


def on_day(month, day, **more):
    when = date(2024, month, day)
    return paid(month, "", direction="in", booked_at=when, known_at=when, **more)


def test_a_payer_of_settlement_days_pays_interest(flows_of, world_of):
    """Known with the second quarter; a customer who pays on other days too, brings sales."""
    flow = flows_of(world_of(line=[on_day(3, 21), on_day(6, 21), on_day(9, 20)]))
    assert told(flow)[:2] == [("line0", date(2024, 3, 21), "operating"), ("line0", date(2024, 6, 21), "interest")]
    assert [row["nature"] for row in flow if row["known_until"] is None] == ["interest"] * 3
    other = [on_day(3, 21), on_day(6, 21), on_day(9, 20), on_day(9, 25)]
    assert [row["nature"] for row in flows_of(world_of(line=other)) if row["known_until"] is None] == ["operating"] * 4
