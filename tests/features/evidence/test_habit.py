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
    flow = flows_of(world_of(line=[paid(1, "房租"), paid(2, "")]))
    assert told(flow) == [("line0", date(2024, 1, 5), "rent"), ("line1", date(2024, 2, 5), "rent")]


def test_a_silent_line_waits_for_the_first_word(flows_of, world_of):
    flow = flows_of(world_of(line=[paid(1, ""), paid(2, "房租")]))
    assert told(flow) == [
        ("line0", date(2024, 1, 5), "operating"),
        ("line0", date(2024, 2, 5), "rent"),
        ("line1", date(2024, 2, 5), "rent"),
    ]


def test_one_word_among_three_is_no_habit(flows_of, world_of):
    """One of three lines is less than half; another firm's or party's words say nothing."""
    lines = [paid(1, ""), paid(2, ""), paid(3, "房租")]
    assert [row["nature"] for row in flows_of(world_of(line=lines))] == ["operating", "operating", "rent"]
    other = [paid(1, "房租", counterparty_id="q"), paid(2, "")]
    assert [row["nature"] for row in flows_of(world_of(line=other))] == ["rent", "operating"]
