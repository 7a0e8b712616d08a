"""Why readers reject rows, each with what was expected instead, in words that reports show: Chinese and English."""

REASONS = {
    "cell_count": ("与表头单元格数相同的行", "as many cells as the header has"),
    "void": ("有效发票", "a valid invoice"),
    "total": ("流水，而非合计或结转余额", "an account line, not a total or a carried balance"),
    "repeated_header": ("流水，而非重复的表头", "an account line, not the header again"),
    "no_amount": ("收入或支出列有金额", "an amount in one of the columns for money in and money out"),
    "no_money_moved": (
        "交易已成功（状态列写明关闭或失败）",
        "a trade that was carried out; its status says that it was not",
    ),
    "two_amounts": ("收入、支出列中只有一列有金额", "an amount in only one of the columns for money in and money out"),
    "not_booked": ("已入账的分录，而非待入账", "a booked entry, not a pending one"),
    "foreign_currency": ("账户币种的金额", "an amount in the account's currency"),
    "not_an_object": ("含该格式各字段的 JSON 对象", "a JSON object with the fields of the format"),
    "repeated": ("与前面各行不完全相同的流水", "no earlier line that is the same in every cell"),
    "repeated_for_item": (
        "前面没有的缴款（本行仅品目名称不同）",
        "no earlier line of the same payment; this one differs from it in the item's name alone",
    ),
    "not_a_tax": ("税款，而非罚款或税务机关的其他收入", "a tax, not a fine or another receipt of the tax bureau"),
    "late_payment_charge": ("税款，而非滞纳金", "a tax, not a charge for its late payment"),
    "repeated_loan": ("前面各行没有的贷款编号", "a loan number that no earlier row has"),
    "no_approval_date": ("有审批日期", "a date of approval"),
    "no_disbursement_date": ("有放款日期", "a date of disbursement"),
    "disbursed_before_approval": ("放款日不早于审批日", "a disbursement on the day of approval or later"),
    "no_loan_amount": ("大于零的审批金额", "an approved amount above zero"),
}
