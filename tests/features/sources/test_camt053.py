import pytest

from features.errors import ContractError
from features.sources import Options, camt053

BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy='CNY'>{}</Amt><CdtDbtInd>{}</CdtDbtInd>"
    "<Dt><Dt>2024-01-05</Dt></Dt></Bal>"
)
HEAD = "<Acct><Id><IBAN>GB33</IBAN></Id><Ccy>CNY</Ccy></Acct>"


def entry(amount, mark="CRDT", inside="", status="<Sts>BOOK</Sts>", currency="CNY"):
    return (
        f"<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{status}"
        f"<BookgDt><Dt>2024-01-05</Dt></BookgDt>{inside}</Ntry>"
    )


def details(*parts):
    return f"<NtryDtls>{''.join(f'<TxDtls>{part}</TxDtls>' for part in parts)}</NtryDtls>"


@pytest.fixture
def read(tmp_path):
    def reading(*entries, balances="", statements=1):
        body = f"<Stmt>{HEAD}{balances}{''.join(entries)}</Stmt>" * statements
        text = f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.06'><B>{body}</B></Document>"
        (tmp_path / "c.xml").write_text(text)
        (batch,) = camt053.read(tmp_path / "c.xml", Options(enterprise="E1"))
        return batch.rows.to_pylist(), batch.rejected.to_pylist()

    return reading


def test_balances_follow_from_opening_to_closing(read):
    ends = BALANCE.format("OPBD", "100.00", "DBIT") + BALANCE.format("CLBD", "70.00", "CRDT")
    kept, _ = read(entry("200.00"), entry("30.00", "DBIT"), balances=ends)
    assert [row["balance_after"] for row in kept] == ["100.00", "70.00"]
    assert [(row["account_id"], row["direction"]) for row in kept] == [("GB33", "in"), ("GB33", "out")]


def test_balances_that_do_not_end_in_the_closing_one_are_left_out(read):
    ends = BALANCE.format("OPBD", "100.00", "CRDT") + BALANCE.format("CLBD", "71.00", "CRDT")
    assert [row["balance_after"] for row in read(entry("30.00", "DBIT"), balances=ends)[0]] == [None]


def test_details_that_add_up_become_a_line_each(read):
    parts = [f"<Amt Ccy='CNY'>{amount}</Amt><RmtInf><Ustrd>{amount}</Ustrd></RmtInf>" for amount in ("10.00", "20.00")]
    kept, _ = read(entry("30.00", inside=details(*parts)))
    assert [(row["amount"], row["summary"], row["source_row"]) for row in kept] == [
        ("10.00", "10.00", 1),
        ("20.00", "20.00", 1),
    ]


@pytest.mark.parametrize("amounts", [("10.00", "19.00"), ("", "")])
def test_details_that_do_not_add_up_stay_one_line(read, amounts):
    parts = [f"<AmtDtls><TxAmt><Amt Ccy='CNY'>{amount}</Amt></TxAmt></AmtDtls>" for amount in amounts]
    kept, _ = read(entry("30.00", inside=details(*parts)))
    assert [row["amount"] for row in kept] == ["30.00"]


@pytest.mark.parametrize("party", ["<Dbtr><Nm>Acme</Nm></Dbtr>", "<Dbtr><Pty><Nm>Acme</Nm></Pty></Dbtr>"])
def test_the_other_party_of_a_credit_is_the_debtor(read, party):
    account = "<DbtrAcct><Id><IBAN>DE1</IBAN></Id></DbtrAcct><CdtrAcct><Id><IBAN>own</IBAN></Id></CdtrAcct>"
    kept, _ = read(entry("1.00", inside=details(f"<RltdPties>{party}{account}</RltdPties>")))
    assert (kept[0]["counterparty_name"], kept[0]["counterparty_account"]) == ("Acme", "DE1")


def test_a_reversed_credit_is_booked_as_the_debit_that_it_says(read):
    kept, _ = read(entry("5.00"), entry("5.00", "DBIT", "<RvslInd>true</RvslInd>"))
    assert [row["direction"] for row in kept] == ["in", "out"]


def test_pending_and_foreign_entries_are_rejected(read):
    pending = [entry("1.00", status="<Sts>PDNG</Sts>"), entry("1.00", status="<Sts><Cd>PDNG</Cd></Sts>")]
    kept, rejected = read(*pending, entry("1.00", currency="USD"), entry("2.00"))
    assert [row["amount"] for row in kept] == ["2.00"]
    assert [row["rejected_for"] for row in rejected] == ["not_booked", "not_booked", "foreign_currency"]


def test_several_statements_of_one_account_are_one_file(read):
    kept, _ = read(entry("1.00"), statements=2)
    assert len({row["line_id"] for row in kept}) == 2


def test_another_message_or_a_cut_one_is_refused(tmp_path):
    for text, words in (("<Document/>", "no entry"), ("<Document><Stmt>", "not sound XML .* damaged or cut off")):
        (tmp_path / "c.xml").write_text(text)
        with pytest.raises(ContractError, match=words):
            list(camt053.read(tmp_path / "c.xml", Options()))


def booked(amount, when, mark="CRDT"):
    place = "DtTm" if "T" in when else "Dt"
    return entry(amount, mark).replace("<Dt>2024-01-05</Dt>", f"<{place}>{when}</{place}>")


@pytest.mark.parametrize(
    "when",
    [
        "2024-01-31T23:30:00+02:00",
        "2024-01-31T21:30:00Z",
        "2024-01-31T16:30:00.123456789-05:00",
        "2024-02-01T05:30:00+08:00",
        "2024-02-01T05:30:00",  # no zone: as the bank's clock has it
        "2024-02-01",
        "2024-02-01+02:00",  # a day is a day
    ],
)
def test_a_moment_is_of_the_day_that_it_has_in_the_banks_calendar_in_whatever_zone_it_is_told(read, when):
    (told,), _ = read(booked("1.00", when))
    (same,), _ = read(booked("1.00", "2024-02-01"))
    assert told["booked_at"] == "2024-02-01"
    assert told["line_id"] == same["line_id"]


def test_a_leap_day_and_the_end_of_a_month(read):
    kept, _ = read(booked("1.00", "2024-02-28T16:00:00Z"), booked("2.00", "2024-02-29T16:00:00Z"))
    assert [(row["booked_at"], row["sequence"][:14]) for row in kept] == [
        ("2024-02-29", "20240229000000"),
        ("2024-03-01", "20240301000000"),
    ]


def test_a_statement_is_known_on_the_day_of_the_bank_on_which_it_was_made(tmp_path):
    made = (
        f"<Document><Stmt><CreDtTm>2024-01-31T22:30:00Z</CreDtTm>{HEAD}{booked('1.00', '2024-02-01')}</Stmt></Document>"
    )
    (tmp_path / "c.xml").write_text(made)
    (batch,) = camt053.read(tmp_path / "c.xml", Options(enterprise="E1"))
    assert batch.rows.column("known_at").to_pylist() == ["2024-02-01"]


@pytest.mark.parametrize(
    "entries",
    [
        ("10.00 2024-01-05", "20.00 2024-01-06", "30.00 2024-01-07"),
        ("30.00 2024-01-07", "20.00 2024-01-06", "10.00 2024-01-05"),  # the newest first
        ("20.00 2024-01-06", "10.00 2024-01-05", "30.00 2024-01-07"),  # by nothing that one could name
        ("20.00 2024-01-05T11:00:00", "30.00 2024-01-05T15:30:00", "10.00 2024-01-05T09:00:00"),
        ("10.00 2024-01-05T09:30:00", "20.00 2024-01-05", "30.00 2024-01-05T11:00:00"),  # one tells no time
    ],
)
def test_balances_follow_in_the_order_in_which_money_moved_however_the_statement_lists_it(read, entries):
    ends = BALANCE.format("OPBD", "100.00", "CRDT") + BALANCE.format("CLBD", "160.00", "CRDT")
    kept, _ = read(*(booked(*each.split()) for each in entries), balances=ends)
    kept.sort(key=lambda row: row["sequence"])
    assert [(row["amount"], row["balance_after"]) for row in kept] == [
        ("10.00", "110.00"),
        ("20.00", "130.00"),
        ("30.00", "160.00"),
    ]
