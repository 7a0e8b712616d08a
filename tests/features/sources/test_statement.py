from datetime import date
from pathlib import Path

import pytest
import yaml

from features.errors import ContractError, PolicyError
from features.sources import SOURCES, Layout, Options
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
