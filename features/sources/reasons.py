"""Why readers reject rows, each with what was expected instead, in words that reports show."""

REASONS = {
    "cell_count": "as many cells as the header has",
    "void": "a valid invoice",
    "total": "an account line, not a total or a carried balance",
    "repeated_header": "an account line, not the header again",
    "no_amount": "an amount in one of the columns for money in and money out",
    "two_amounts": "an amount in only one of the columns for money in and money out",
    "not_booked": "a booked entry, not a pending one",
    "foreign_currency": "an amount in the account's currency",
    "not_an_object": "a JSON object with the fields of the format",
    "repeated": "no earlier line that is the same in every cell",
    "repeated_for_item": "no earlier line of the same payment; this one differs from it in the item's name alone",
    "not_a_tax": "a tax, not a fine or another receipt of the tax bureau",
    "late_payment_charge": "a tax, not a charge for its late payment",
    "repeated_loan": "a loan number that no earlier row has",
    "no_approval_date": "a date of approval",
    "no_disbursement_date": "a date of disbursement",
    "disbursed_before_approval": "a disbursement on the day of approval or later",
    "no_loan_amount": "an approved amount above zero",
}
