"""The page of a waterfall: every bar opens the lines that add up to it, and nothing is hidden in silence."""

import csv
import json
import re
from datetime import date
from decimal import Decimal

import pytest
from rich.cells import cell_len

from features.evidence.findings import FINDINGS
from features.evidence.income import ENDS, STEPS
from pipelines.income import FIGURES, Income
from pipelines.panel import rules as shipped
from pipelines.record import Event
from pipelines.report import income as page
from pipelines.report.bars import month_columns, waterfall_bars
from pipelines.report.files import write_income
from pipelines.report.income import income_page
from pipelines.report.page import Foot
from pipelines.report.rules import NATURES, rule_words
from pipelines.report.text import income_text, line_text
from pipelines.store import Store

FOOT = Foot(
    enterprise_name="某某<纺织>有限公司", consent_id="K1", staff="li", recorded_at="2025-07-01T08:00:00.000000Z"
)
JUNE, MAY = date(2025, 6, 1), date(2025, 5, 1)


def figures(**some):
    """Figures by name, nothing where not given."""
    return {name: Decimal(some.get(name, "0.00")) for name in FIGURES}


def line(number, day, amount, rule, **parts):
    """An inflow, and what it adds to the steps."""
    direction = "out" if "refunds_paid" in parts else "in"
    parts = ({} if direction == "out" else {"gross_inflow": amount}) | parts
    said = {"counterparty_name": "</script>甲公司", "counterparty_account": None, "summary": "=货款"}
    label = {"category": "other_counterparty", "nature": "operating", "rule": rule}
    return {
        "booked_at": day,
        "month": day.replace(day=1),
        "line_id": f"l{number}",
        "account_id": "a1",
        "direction": direction,
        "amount": Decimal(amount),
        "confidence": Decimal("0.60") if rule == "owner-routed" else Decimal("0.95"),
        **said,
        **label,
        **{name: Decimal(parts.get(name, "0.00")) for name in (*STEPS, *ENDS)},
    }


LINES = [
    line(1, date(2025, 5, 3), "1000.10", "trade", income="1000.10"),
    line(2, date(2025, 5, 4), "500.00", "loan", financing="500.00"),
    line(3, date(2025, 6, 5), "300.05", "owner-routed", owner="300.05"),
    line(4, date(2025, 6, 6), "200.00", "trade", income="200.00"),
    line(5, date(2025, 6, 7), "20.00", "refund", refunds_paid="20.00", income="-20.00"),
]
MONTHS = {
    MAY: figures(gross_inflow="1500.10", financing="500.00", income="1000.10", income_low="1000.10",
                 income_high="1000.10", revenue_ex_vat="885.04"),
    # 77.00 of June come from monthly statistics and have no line
    JUNE: figures(gross_inflow="577.05", owner="300.05", refunds_paid="20.00", income="257.00", income_low="257.00",
                  income_high="557.05", revenue_ex_vat="227.43"),
}  # fmt: skip
FOUND = Income(
    enterprise_id="E1",
    as_of=date(2025, 7, 1),
    window=12,
    vat_rate=0.13,
    total={name: MONTHS[MAY][name] + MONTHS[JUNE][name] for name in FIGURES},
    months=MONTHS,
)


@pytest.fixture(scope="module")
def rules():
    return shipped()


@pytest.fixture
def html(rules):
    return income_page(FOUND, LINES, rules, FOOT)


def amounts(tab):
    """The amounts of the lines that are shown, and the sum that stands below them."""
    told = [Decimal(text.replace(",", "")) for text in tab.locator("#rows td.number").all_inner_texts()]
    return told, Decimal(tab.inner_text("#sum").replace(",", ""))


def test_a_click_on_each_bar_opens_lines_that_add_up_to_it(opened, html):
    tab = opened(html)
    assert not tab.locator("#lines").is_visible()
    for month, told in (("all", FOUND.total), ("2025-05", MONTHS[MAY]), ("2025-06", MONTHS[JUNE])):
        tab.select_option("#month", month)
        bars = tab.locator(f"[data-view='{month}'] [data-step]")
        steps = [bar.get_attribute("data-step") for bar in bars.all()]
        assert steps == [step for step in STEPS if told[step] or step in ("gross_inflow", "income")]
        for step in steps:
            tab.click(f"[data-view='{month}'] [data-step={step}]")
            assert tab.locator("#lines").is_visible()
            parts, total = amounts(tab)
            assert sum(parts) == total == told[step]


def test_by_keyboard_a_bar_leads_to_its_lines(opened, html):
    tab = opened(html)
    for _ in range(2):  # past the choice of a month
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert (
        tab.evaluate("document.activeElement.getAttribute('href')")
        == "#rule-" + tab.locator("#rows a").first.inner_text()
    )


def test_a_line_says_whose_it_is_by_which_rule_and_how_sure_that_is(opened, html):
    tab = opened(html)
    tab.click("[data-view=all] [data-step=owner]")
    cells = tab.locator("#rows tr").first.locator("td").all_inner_texts()
    assert cells == [
        "2025-06-05",
        "a1",
        "收 in",
        "</script>甲公司",
        "=货款",
        "owner-routed",
        "60 % 存疑 doubtful",
        "300.05",
    ]
    rule = tab.locator("#rows a").first
    assert rule.get_attribute("title").startswith("业主：收；对手是业主、管理人或亲属；企业是个体工商户 owner: in;")
    assert tab.locator(rule.get_attribute("href")).is_visible()
    tab.click("tr[data-month='2025-05']")
    assert tab.locator("#rows tr").count() == 0
    assert tab.locator("[data-view='2025-05']").is_visible()
    assert not tab.locator("[data-view=all]").is_visible()


def test_what_is_not_listed_is_counted(opened, rules, monkeypatch):
    monkeypatch.setattr(page, "MOST", 2)
    lines = [line(n, date(2025, 5, 3), "10.01", "trade", income="10.01") for n in range(5)]
    months = {MAY: figures(gross_inflow="60.05", income="60.05", income_low="60.05", income_high="60.05")}
    found = Income(
        enterprise_id="E1", as_of=date(2025, 7, 1), window=12, vat_rate=None, total=months[MAY], months=months
    )
    tab = opened(income_page(found, lines, rules, FOOT))
    tab.click("[data-view=all] [data-step=income]")
    assert [row.strip() for row in tab.locator("#rows tr.note td:first-child").all_inner_texts()] == [
        "另有 3 笔未列出 3 more lines, not listed",
        "月度统计，无逐笔 from monthly statistics, without lines",
    ]
    assert amounts(tab) == ([Decimal(v) for v in ("10.01", "10.01", "30.03", "10.00")], Decimal("60.05"))


@pytest.mark.parametrize("width", [390, 794, 1400])
def test_nothing_is_wider_than_the_page_or_cut_off(opened, html, width):
    tab = opened(html, width)
    tab.click("[data-view=all] [data-step=gross_inflow]")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    wider = "[...document.querySelectorAll('section, section div, table')].filter(e => e.scrollWidth > e.clientWidth)"
    assert tab.evaluate(f"{wider}.map(e => e.outerHTML.slice(0, 60))") == []


@pytest.mark.parametrize(("width", "along"), [(390, "width"), (1400, "height")])
def test_bars_are_as_long_as_what_they_show_on_a_telephone_too(opened, html, width, along):
    """The waterfall lies; months stand, and lie on a telephone. June took in 577.05 of May's 1500.10."""
    tab = opened(html, width)

    def length(bar, side):
        return tab.locator(bar).bounding_box()[side]

    share = length("[data-view=all] [data-step=owner] .fill", "width") / length("[data-view=all] .fill.gross", "width")
    assert share == pytest.approx(300.05 / 2077.15, abs=0.004)
    may, june = (length(f".months [data-month='2025-{month}'] .fill.gross", along) for month in ("05", "06"))
    assert june / may == pytest.approx(577.05 / 1500.10, abs=0.006)


def test_the_data_of_the_page_cannot_end_their_block(html):
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)[1]
    assert "<" not in block
    assert set(json.loads(block)["cells"]) == {"2025-05", "2025-06"}
    assert "某某&lt;纺织&gt;有限公司" in html


def test_bars_hang_from_one_another_and_the_interval_stands_where_it_says():
    told = figures(gross_inflow="100.00", financing="40.00", cash_haircut="10.00", income="50.00", income_low="30.00",
                   income_high="60.00")  # fmt: skip
    drawn = waterfall_bars(told)
    assert [(bar.step, bar.span.start, bar.span.end) for bar in drawn.bars] == [
        ("gross_inflow", 0, 100),
        ("financing", 60, 100),
        ("cash_haircut", 50, 60),
        ("income", 0, 50),
    ]
    assert (drawn.interval.start, drawn.interval.end, drawn.zero) == (30, 60, 0)


def test_a_month_of_refunds_alone_is_drawn_below_zero():
    sold, refunded = dict.fromkeys(("income", *ENDS), "100.00"), dict.fromkeys(("income", *ENDS), "-25.00")
    months = {MAY: figures(gross_inflow="100.00", **sold), JUNE: figures(refunds_paid="25.00", **refunded)}
    columns, zero = month_columns(months)
    assert zero == 20  # of a scale from -25 to 100
    assert [(column.income.start, column.income.end) for column in columns] == [(20, 100), (0, 20)]
    assert (columns[1].gross.start, columns[1].gross.end) == (20, 20)
    assert (columns[1].interval.start, columns[1].interval.end) == (0, 0)
    drawn = waterfall_bars(months[JUNE])
    bar = drawn.bars[-1]
    assert (bar.step, bar.span.start, bar.span.end, drawn.zero) == ("income", 0, 100, 100)
    assert bar.value == Decimal("-25.00")


def test_a_month_without_flows_after_the_first_has_a_place_and_no_column():
    figures = dict.fromkeys(FIGURES, Decimal(1))
    told, silent = [date(2024, 12, 1), date(2025, 2, 1)], [date(2024, 11, 1), date(2025, 1, 1), date(2025, 3, 1)]
    columns, _ = month_columns(dict.fromkeys(told, figures), silent)
    assert [(column.month, column.place) for column in columns] == [(told[0], 1), (told[1], 3)]


def test_every_rule_and_finding_has_words(rules):
    names = [rule.id for rule in rules.rules] + [finding.rule for finding in FINDINGS] + ["none", "ledger_invoice"]
    assert [name for name in names if rule_words(name, rules) == (name, name)] == []
    assert set(NATURES) >= {rule.nature for rule in rules.rules}
    assert rule_words("of-older-rules", rules) == ("of-older-rules", "of-older-rules")


def test_the_table_of_lines_runs_no_formula(tmp_path, rules):
    event = Event(id=1, at="2025-07-01T08:00:00Z", staff="li", action="query", enterprise_id="E1", subject="K1",
                  payload="{}", previous_hash="", hash="")  # fmt: skip
    write_income(tmp_path / "new" / "lines.csv", Store(tmp_path / "store"), FOUND, LINES, event)
    with (tmp_path / "new" / "lines.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["summary"], rows[0]["amount"], rows[4]["income"]) == ("'=货款", "1000.10", "-20.00")


def test_the_terminal_shows_the_waterfall_the_months_and_lines_on_demand():
    told = income_text(FOUND).splitlines()
    assert told[0] == "E1  截至 as of 2025-07-01  近12个月 last 12 months  元"
    assert told[1] == "          2,077.15  总流入 gross inflow"
    assert "          1,557.15  存疑全部计入：上限 upper end, every doubt for" in told
    assert [line for line in told if "circular" in line] == []
    heads = told.index("") + 1
    assert told[heads].split() == ["月份", "总流入", "下限", "真实经营收入", "上限", "不含税销售收入"]
    assert told[heads + 1].split()[0] == "month"
    assert {cell_len(line) for line in told[heads:-1]} == {6 * 18}
    assert told[-2].split() == ["2025-06", "577.05", "257.00", "257.00", "557.05", "227.43"]
    silent = "2024-07, 2024-08, 2024-09, 2024-10, 2024-11, 2024-12, 2025-01, 2025-02, 2025-03, 2025-04"
    assert told[-1] == f"未见流水，按零计 no flow is known and none counted: {silent}"
    assert line_text(LINES[4]) == (
        "2025-06-07  付 out            20.00  经营 operating [refund 95%]  </script>甲公司 =货款"
    )


def test_text_from_outside_cannot_steer_the_terminal():
    said = line_text({**LINES[4], "counterparty_name": "\x1b[31m红\u202e", "summary": "\x1b]0;x\x07\n货款"})
    assert said.endswith("]  \ufffd[31m红\ufffd \ufffd]0;x\ufffd\ufffd货款")


def test_the_page_tells_months_without_flows(html):
    told = re.search(r'<p class="doubt">(.*?)</p>', html)
    assert told.group(1).startswith("未见流水，按零计 no flow is known and none counted: 2024-07, 2024-08, ")
    assert told.group(1).endswith(", 2025-04")
