import json

import pytest

from features.errors import ContractError
from features.sources import Options, open_banking


def transaction(**changed):
    return {
        "AccountId": "A1",
        "CreditDebitIndicator": "Credit",
        "Status": "Booked",
        "BookingDateTime": "2024-01-05T09:30:00+00:00",
        "Amount": {"Amount": "10.00", "Currency": "GBP"},
    } | changed


@pytest.fixture
def read(tmp_path):
    def reading(*pages):
        content = [{"Data": {"Transaction": page}} for page in pages]
        (tmp_path / "t.json").write_text(json.dumps(content[0] if len(content) == 1 else content))
        (batch,) = open_banking.read(tmp_path / "t.json", Options(enterprise="E1"))
        return batch.rows.to_pylist(), batch.rejected.to_pylist()

    return reading


def test_a_debit_with_its_creditor_and_an_overdrawn_balance(read):
    balance = {"CreditDebitIndicator": "Debit", "Type": "InterimBooked", "Amount": {"Amount": "7.50"}}
    other = {"Identification": "80200112345678", "Name": "Acme"}
    row = transaction(
        CreditDebitIndicator="Debit", CreditorAccount=other, Balance=balance, TransactionInformation="rent"
    )
    (kept,), _ = read([row])
    assert (kept["direction"], kept["amount"], kept["balance_after"]) == ("out", "10.00", "-7.50")
    assert (kept["counterparty_name"], kept["counterparty_account"], kept["summary"]) == (
        "Acme",
        other["Identification"],
        "rent",
    )
    assert (kept["booked_at"], kept["sequence"]) == ("2024-01-05", "202401051730000001")


@pytest.mark.parametrize("when", ["2024-02-29T23:30:00+02:00", "2024-02-29T21:30:00Z", "2024-03-01T05:30:00+08:00"])
def test_a_moment_is_of_the_same_day_in_whatever_zone_it_is_told(read, when):
    (told,), _ = read([transaction(BookingDateTime=when)])
    (same,), _ = read([transaction(BookingDateTime="2024-03-01")])
    assert (told["booked_at"], told["sequence"]) == ("2024-03-01", "202403010530000001")
    assert told["line_id"] == same["line_id"]


def test_version_four_codes_pending_ones_and_pages(read):
    kept, rejected = read([transaction(Status="BOOK"), transaction(Status="PDNG")], [transaction(), "text"])
    assert len(kept) == 2
    assert [row["rejected_for"] for row in rejected] == ["not_booked", "not_an_object"]


def test_numbers_are_kept_as_written_and_the_unreadable_stays_text(read):
    kept, _ = read([transaction(Amount={"Amount": 10.10}), transaction(Amount={"Amount": "ten"}, BookingDateTime="x")])
    assert [(row["amount"], row["booked_at"]) for row in kept] == [("10.10", "2024-01-05"), ("ten", "x")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "no list at Data.Transaction; expected a UK Open Banking transactions response"),
        ('{"Data": {"Transaction": []}}', "Data.Transaction is empty"),
        ('{"Data": 1, "Data": 2}', "the key 'Data' stands twice in one object"),
        ('{"Data": NaN}', "'NaN' is no number"),
    ],
)
def test_another_document_is_refused(tmp_path, text, words):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(ContractError, match=words):
        list(open_banking.read(tmp_path / "t.json", Options()))
