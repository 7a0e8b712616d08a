from datetime import date
from pathlib import Path

import pytest
import yaml

from features.errors import ContractError, PolicyError
from features.sources import SOURCES, Layout, Options
from pipelines.kinds import resolve
from pipelines.settings import conf

HEAD = "交易日期,交易时间,借方发生额,贷方发生额,账户余额,对方户名,对方账号,交易渠道,摘要"


def layout(name="cn-split-columns", **changed):
    return Layout.parse(name, conf(f"statements/{name}.yaml") | changed)


@pytest.fixture
def read(tmp_path):
    """Kept and rejected lines of a statement, each as a dictionary."""

    def reading(text, *layouts, name="s.csv", encoding="utf-8", **options):
        file = tmp_path / name
        file.write_bytes(text.encode(encoding))
        given = Options(**{"account": "A1", "enterprise": "E1", "layouts": layouts or (layout(),)} | options)
        batches = list(SOURCES["statement"](file, given))
        rejected = [row for batch in batches if batch.rejected for row in batch.rejected.to_pylist()]
        return [row for batch in batches for row in batch.rows.to_pylist()], rejected

    return reading


def split(*rows):
    return "\n".join([HEAD, *rows]) + "\n"


def test_a_statement_by_hand(read):
    text = "账户明细\n账号：62 00-1,打印日期：2024-02-03\n\n" + split(
        '2024-01-05,09:30:00,,"1,234.50","1,334.50",甲厂,\'6210,网银,货款',
        "2024/1/6,10:00,１００．００,0.00,￥1234.5,,,柜面,",
    )
    kept, rejected = read(text)
    assert rejected == []
    first, second = kept
    assert first | {"line_id": ""} == {
        "line_id": "", "account_id": "A1", "enterprise_id": "E1", "booked_at": "2024-01-05",
        "sequence": "202401050930000001", "direction": "in", "amount": "1234.50", "balance_after": "1334.50",
        "counterparty_id": None, "counterparty_name": "甲厂", "counterparty_account": "'6210", "channel": "网银",
        "summary": "货款", "reversal_of": None, "known_at": "2024-02-03", "source_file": "s.csv", "source_row": 5,
    }  # fmt: skip
    assert (second["booked_at"], second["direction"], second["amount"]) == ("2024-01-06", "out", "100.00")
    assert (second["counterparty_name"], second["balance_after"]) == (None, "1234.50")


def test_what_cannot_be_read_stays_text_and_what_is_no_line_is_rejected_with_its_reason(read):
    text = split(
        "2024-01-05,,,十元,,,,,",
        "五日,,,10.00,,,,,",
        "2024-01-06,,,,5.00,,,,",
        "2024-01-06,,1.00,2.00,5.00,,,,",
        "合计,,1.00,2.00,,,,,",
        HEAD,
        "2024-01-07,,,3.00,8.00,,,,,surplus",
    )
    kept, rejected = read(text)
    assert [(row["booked_at"], row["amount"]) for row in kept] == [("2024-01-05", "十元"), ("五日", "10.00")]
    found = [(row["source_row"], row["rejected_for"]) for row in rejected]
    words = ["no_amount", "two_amounts", "total", "repeated_header", "cell_count"]
    assert found == [(4, words[0]), (5, words[1]), (6, words[2]), (7, words[3]), (8, words[4])]


def test_a_negative_debit_is_a_reversal_and_comes_in(read):
    kept, _ = read(split("2024-01-05,,-10.00,,,,,,", "2024-01-05,,,(3.00),,,,,"))
    assert [(row["direction"], row["amount"]) for row in kept] == [("in", "10.00"), ("out", "3.00")]


@pytest.mark.parametrize("cells", [("2024-01-06", "2024-01-05"), ("2024-01-05", "2024-01-05")])
def test_the_newest_first_is_turned_round_by_dates_or_balances(read, cells):
    kept, _ = read(split(f"{cells[0]},,,5.00,15.00,,,,second", f"{cells[1]},,,10.00,10.00,,,,first"))
    assert [row["summary"] for row in kept] == ["first", "second"]
    assert int(kept[0]["sequence"]) < int(kept[1]["sequence"])
    assert [row["source_row"] for row in kept] == [3, 2]


def test_equal_lines_of_a_day_are_told_apart_and_the_same_in_an_overlapping_statement(read):
    line = "2024-01-05,,,10.00,,甲,,,货款"
    both, _ = read(split("2024-01-04,,,1.00,,,,,", line, line))
    again, _ = read(split(line, line, "2024-01-06,,,2.00,,,,,"))
    assert len({row["line_id"] for row in both}) == 3
    assert [row["line_id"] for row in both[1:]] == [row["line_id"] for row in again[:2]]
    assert [row["sequence"] for row in both[1:]] == [row["sequence"] for row in again[:2]]


def test_without_a_date_of_its_own_a_statement_is_known_from_its_last_line_on(read):
    text = split("2024-01-05,,,1.00,,,,,", "2024-01-09,,,1.00,,,,,")
    assert {row["known_at"] for row in read(text)[0]} == {"2024-01-09"}
    assert {row["known_at"] for row in read(text, known_at=date(2024, 2, 1))[0]} == {"2024-02-01"}
    with pytest.raises(ContractError, match="2024-01-08 is before the last line of 2024-01-09, when there was no such"):
        read(text, known_at=date(2024, 1, 8))


def test_direction_words_and_unknown_ones(read):
    text = (
        "账户：77\n交易日期|借贷标志|交易金额|本次余额\n20240105|贷|5.00|5.00\n20240105|借|2.00|3.00\n20240105|？|1|2\n"
    )
    kept, _ = read(text, layout("cn-direction-word", delimiters=["|"]), encoding="gb18030", account=None)
    assert [(row["direction"], row["account_id"]) for row in kept] == [("in", "77"), ("out", "77"), ("?", "77")]


# Headings as banks and payment platforms are seen to write them; rows by hand: layout, text, account, lines.
SEEN = [
    (
        "cn-split-columns",
        "账　　号,62001,账户名称,甲厂\n"
        "交易时间,借方发生额/元(支取),贷方发生额/元(收入),余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要\n"
        "20240105 09:30:00,0.00,80.00,100.00,人民币,乙店,1,某行,20240105,货款\n"
        "20240106 10:00:00,30.00,0.00,70.00,人民币,丙厂,2,某行,20240106,材料款\n",
        "62001",
        [("2024-01-05", "in", "80.00", "乙店"), ("2024-01-06", "out", "30.00", "丙厂")],
    ),
    (
        "cn-split-columns",
        "凭证号,本方账号,对方账号,交易时间,借/贷,借方发生额,贷方发生额,对方行号,摘要,用途,对方单位名称,余额\n"
        "0,62002,1,2024-01-05 09:30:00,贷,,80.00,3,转账,货款,乙店,100.00\n"
        "0,62002,2,2024-01-06 10:00:00,借,30.00,,3,转账,材料款,丙厂,70.00\n",
        "62002",
        [("2024-01-05", "in", "80.00", "乙店"), ("2024-01-06", "out", "30.00", "丙厂")],
    ),
    (
        "cn-direction-word",
        "账户：62003\n交易日期,交易时间,借贷标志,发生额,余额,对方户名,对方账号,摘要\n"
        "20240105,09:30:00,贷,80.00,100.00,乙店,1,货款\n20240106,10:00:00,借,30.00,70.00,丙厂,2,材料款\n",
        "62003",
        [("2024-01-05", "in", "80.00", "乙店"), ("2024-01-06", "out", "30.00", "丙厂")],
    ),
    (
        "cn-payer-payee",
        "查询账号[ Account ],62004\n"
        "交易类型[ Type ],业务类型[ Kind ],付款人账号[ No. ],付款人名称[ From ],收款人账号[ No. ],收款人名称[ To ],"
        "交易日期[ Date ],交易时间[ Time ],交易金额[ Amount ],交易后余额[ Balance ],摘要[ Text ],用途[ Purpose ]\n"
        '来账,网银,1\t,乙店\t,62004\t,甲厂\t,20240105,09:30:00,+80.00,"100.00",转账,货款\n'
        "往账,网银,62004\t,甲厂\t,2\t,丙厂\t,20240106,10:00:00,-30.00,70.00,,材料款\n",
        "62004",
        [("2024-01-05", "in", "80.00", "乙店"), ("2024-01-06", "out", "30.00", "丙厂")],
    ),
    (
        "cn-merchant",
        "#某平台账务明细查询\n#账号：[20880156]\n"
        "账务流水号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注\n"
        "1\t,茶\t,2024-01-05 09:30:00,乙,80.00,0.00,100.00,余额,交易付款,\n"
        "4\t,茶\t,2024-01-06 10:00:00,,0.00,-0.48,99.52,余额,收费,服务费\n"
        "#支出合计：1笔，共-0.48元\n",
        "20880156",
        [("2024-01-05", "in", "80.00", None), ("2024-01-06", "out", "0.48", None)],
    ),
    (
        "cn-wallet",
        "记账时间,支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),备注,业务凭证号\n"
        "`2024-01-05 09:30:00,`4200,`1,`交易,`交易,`收入,`80.00,`100.00,`-,`T1\n"
        "`2024-01-05 09:30:00,`4200,`2,`交易,`扣除交易手续费,`支出,`0.48,`99.52,`-,`T1\n"
        "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n",
        "A1",
        [("2024-01-05", "in", "80.00", None), ("2024-01-05", "out", "0.48", None)],
    ),
    (
        "cn-wallet",
        "支付宝账户：a@b.cn\n"
        "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注\n"
        "2024-01-06 10:00:00,餐饮,丙厂,p***,材料,支出,30.00,余额,交易关闭,1\t,2\t,\n"
        "2024-01-05 09:30:00,转账,乙店,q***,收款,收入,80.00,,交易成功,3\t,4\t,\n",
        "a@b.cn",
        [("2024-01-05", "in", "80.00", "乙店")],
    ),
]


@pytest.mark.parametrize(
    ("name", "text", "account", "lines"), SEEN, ids=[f"{i}-{one[0]}" for i, one in enumerate(SEEN)]
)
def test_headings_as_they_are_seen_are_found_by_the_layouts_that_ship(tmp_path, name, text, account, lines):
    file = tmp_path / "s.csv"
    file.write_text(text, encoding="gb18030")
    given = Options(enterprise="E1", account="A1" if account == "A1" else None, layouts=resolve("statement:auto")[1])
    batch, *_ = SOURCES["statement"](file, given)
    assert batch.note.startswith(f"layout {name} ")
    kept = batch.rows.to_pylist()
    assert [(r["booked_at"], r["direction"], r["amount"], r["counterparty_name"]) for r in kept] == lines
    assert {row["account_id"] for row in kept} == {account}
    balances = [row["balance_after"] for row in kept]
    assert balances in (["100.00", "70.00"], ["100.00", "99.52"], [None])


def test_a_summary_is_what_all_of_its_cells_say(read):
    head, rows = "交易日期,借方发生额,贷方发生额,摘要,用途\n", ("转账,货款", ",货款", "货款,货款")
    text = head + "".join(f"2024-01-0{day},,1.00,{words}\n" for day, words in enumerate(rows, 5))
    assert [row["summary"] for row in read(text)[0]] == ["转账 货款", "货款", "货款"]


def test_what_moved_no_money_or_is_neither_income_nor_expense_is_no_line(read):
    text = (
        "交易时间,交易对方,商品,收/支,金额(元),当前状态\n"
        "2024-01-05 09:30:00,乙,茶,收入,`¥5.00,已关闭\n2024-01-05 09:31:00,零钱,提现,/,`¥9.00,提现已到账\n"
    )
    kept, rejected = read(text, layout("cn-wallet"))
    assert [row["rejected_for"] for row in rejected] == ["no_money_moved"]
    assert [(row["direction"], row["amount"]) for row in kept] == [("/", "9.00")]  # the contract knows in and out alone


def test_a_minus_in_a_column_of_expense_is_how_some_write_it(read):
    text = "发生时间,收入金额（+元）,支出金额（-元）\n2024-01-05,0.00,-10.00\n2024-01-06,0.00,3.00\n"
    kept, _ = read(text, layout("cn-merchant"))
    assert [(row["direction"], row["amount"]) for row in kept] == [("out", "10.00"), ("in", "3.00")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "layout .cn-split-columns: 交易日期.*most like one is row 1, 'a, b'. The layout of a new bank"),
        (split('2024-01-05,,,1.00,,"甲\n乙",,,'), "row 2 has a quote that spans lines up to 3: export it again"),
        (split('2024-01-05,,,1.00,,"甲,,,'), "a quote is not properly closed .* export the file again"),
        ("2024-01-04,,,1.00,,,,,\n" + split("2024-01-05,,,1.00,,,,,"), "row 1 is an account line above the header"),
        (split("2024-01-05,,,1.00,\0,,,,"), "row 2 holds a NUL character"),
    ],
)
def test_a_fault_of_the_file_says_where_and_what_to_do(read, text, words):
    with pytest.raises(ContractError, match=words):
        read(text)


def test_account_and_firm_must_be_known(read):
    text = split("2024-01-05,,,1.00,,,,,")
    with pytest.raises(ContractError, match="does not say whose lines these are; give --account ID"):
        read(text, account=None)
    with pytest.raises(ContractError, match="does not say whose lines these are; give --enterprise ID"):
        read(text, enterprise=None)
    several = "本方账号,记账日,发生额\n1,20240105,1.00\n2,20240105,1.00\n"
    with pytest.raises(ContractError, match=r"holds lines of several accounts .1, 2.; leave --account out or split"):
        read(several, layout("cn-signed"))
    assert [row["account_id"] for row in read(several, layout("cn-signed"), account=None)[0]] == ["1", "2"]


def test_two_layouts_that_fit_equally_well_are_not_guessed_between(read):
    other = layout(columns={"date": ["交易日期"], "debit": ["贷方发生额"], "credit": ["借方发生额"]})
    only = layout(columns={"date": ["交易日期"], "debit": ["借方发生额"], "credit": ["贷方发生额"]})
    with pytest.raises(ContractError, match="two layouts fit equally well; say which: statement:cn-split-columns or"):
        read(split("2024-01-05,,,1.00,,,,,"), only, other)


def test_neither_encoding(read):
    with pytest.raises(ContractError, match="not text in utf-8-sig; save it as UTF-8 and ingest it again"):
        read(split("2024-01-05,,,1.00,,甲,,,"), layout(encodings=["utf-8-sig"]), encoding="gb18030")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"colour": "red"}, "x.yaml: unknown key 'colour'; allowed are columns, zh, en, encodings"),
        ({"colums": {"date": ["日期"]}, "columns": None}, "x.yaml: unknown key 'colums'; allowed are columns"),
        ({"zh": None}, "x.yaml: 'zh' is of kind str, found None"),
        ({"columns": {"day": ["日期"]}}, r"x.yaml: 'columns' is a mapping without \['day'\]; allowed are account, "),
        ({"columns": {"amount": ["金额"]}}, "x.yaml: columns lacks 'date'"),
        ({"columns": {"date": ["日期"], "debit": ["支出"]}}, "x.yaml: columns needs either 'amount' or both 'debit'"),
        ({"preamble": ["("]}, "x.yaml: missing .*; mend the pattern or the encoding"),
        ({"encodings": ["klingon"]}, "x.yaml: unknown encoding: klingon"),
        ({"delimiters": ["ab"]}, "x.yaml: delimiters are single characters"),
        ({"header_within": "ten"}, "x.yaml: 'header_within' is of kind int, found 'ten'"),
        ({"totals": []}, r"x.yaml: 'totals' is a text or a list of texts, found \[\]"),
    ],
)
def test_a_layout_that_makes_no_sense_says_why(changed, words):
    content = conf("statements/cn-signed.yaml") | changed
    with pytest.raises(PolicyError, match=words):
        Layout.parse("x", content)


def test_a_layout_needs_its_description():
    with pytest.raises(PolicyError, match=r"x.yaml: lacks 'en', the layout's description"):
        Layout.parse("x", {"zh": "甲", "columns": {"date": ["日期"], "amount": ["金额"]}})


def test_the_layout_shown_to_contributors_works(read):
    page = (Path(__file__).resolve().parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = page.partition("## A bank's statement layout")[2].partition("```yaml\n")[2].partition("```")[0]
    text = "账号：77\n交易日,发生金额,余额,对方户名,摘要\n20240105,-3.00,7.00,甲,货款\n合计,-3.00,,,\n"
    kept, rejected = read(text, Layout.parse("some-bank", yaml.safe_load(shown)), account=None)
    assert [(row["account_id"], row["direction"], row["amount"]) for row in kept] == [("77", "out", "3.00")]
    assert [row["rejected_for"] for row in rejected] == ["total"]
