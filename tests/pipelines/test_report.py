"""The loan officer's page: what it says, and how a real browser shows it."""

import copy
import csv
import re
from datetime import date
from itertools import pairwise

import pandas as pd
import pytest

from features.contract import TABLES
from models.decision import Counterfactual, DataGap, Decision, LegValue, Price, Reason
from pipelines.report.charts import Bar, _cut, is_cut, svg
from pipelines.report.history import histories
from pipelines.report.page import Foot, decision_page, leg_bars, list_page
from pipelines.report.table import COLUMNS, decision_rows, write_csv
from pipelines.report.text import decision_text
from pipelines.report.workings import workings
from pipelines.store import Store

A4_PIXELS = 794


def leg(name, basis, value):
    return LegValue(name=name, basis=basis, value=value, stated=value, factor=0.9 if basis != "new_money" else None,
                    inputs={"income_sum_12m": 12_345_678.0, "cycle_days": 65.0, "cash_flow_q20": 1.0,
                            "outflow_financing_mean_6m": 2_000.0},
                    source=f"{name} 怎么算 | how {name} is computed")  # fmt: skip


def reason(code, zh, en, effect):
    return Reason(code=code, zh=zh, en=en, effect=effect)


ADMITTED = Decision(
    enterprise_id="E00042",
    as_of="2025-07-01",
    admitted=True,
    referral=False,
    pd=0.0312,
    pd_low=0.0201,
    pd_high=0.048,
    score=618.4,
    grade="B",
    limit=812_000.0,
    term_months=12,
    annual_rate=0.0435,
    repayment="interest_only",
    price=Price(
        funding=0.019,
        operating=0.008,
        capital=0.006885,
        expected_loss=0.0093,
        making=0.0003,
        loss=5_432.1,
        all_in_cost=0.0444,
    ),
    appetite={"grade": 0.9, "coverage": 1.0, "credibility": 1.0, "segment": 1.0, "increase": 1.0},
    binding_leg="capacity",
    legs=(
        leg("capacity", "new_money", 812_345.0),
        leg("turnover", "all_lenders_total", 950_000.0),
        leg("balance", "our_total", 1_234_567.0),
        leg("tax", "our_total", 1_750_000.0),
        leg("product_cap", "our_total", 3_000_000.0),
        leg("requested", "new_money", None),
    ),
    reasons=(
        reason("limit.capacity", "偿债能力决定额度", "repayment capacity sets the limit", "limits"),
        reason("top1", "第一大客户占流入的46%", "the largest customer brings 46 % of inflow", "raises_risk"),
        reason("growth", "经营收入同比增长18%", "operating income grew by 18 %", "supports"),
    ),
    counterfactuals=(
        Counterfactual(
            code="taxes_on_time",
            zh="连续12个月按时缴税：额度增加80,000元",
            en="with twelve months of tax on time: +80,000 yuan",
            admitted=True,
            limit=892_000.0,
            change=80_000.0,
            annual_rate=0.0435,
        ),
    ),
    data_gaps=(DataGap(code="family.public_payments", zh="缺少：公共缴费", en="not known: public payments"),),
    model="credit-limit",
    version="3",
    policy="2026.1",
).model_dump(mode="json")
DECLINED = {
    **ADMITTED,
    "admitted": False,
    "limit": 0.0,
    "term_months": None,
    "annual_rate": None,
    "repayment": None,
    "price": None,
    "counterfactuals": [],
    "binding_leg": "admission",
    "reasons": [reason("admission.pd", "违约概率过高", "default is too likely", "declines").model_dump()],
    "data_gaps": [],
}
FOOT = Foot(
    decision_id="9f0c2a7be1d45c33",
    enterprise_name="某某纺织有限公司",
    consent_id="C-2025-000123",
    staff="li.ming",
    recorded_at="2026-11-22T13:45:12.123456Z",
)


def months(count=24):
    """A plain history: inflow 400,000 and 10,000 more each month, outflow 300,000, income 90 % of inflow."""
    inflow = [400_000.0 + 10_000 * k for k in range(count)]
    return pd.DataFrame(
        {
            "month": pd.date_range("2023-07-01", periods=count, freq="MS"),
            "inflow_operating": inflow,
            "outflow_operating": 300_000.0,
            "income": [0.9 * value for value in inflow],
        }
    )


def test_the_answer_comes_first_with_all_its_figures():
    page = decision_page(ADMITTED, months(), FOOT)
    answer = page.index('<section class="answer admit"')
    assert answer < page.index("额度由哪一项决定") < page.index("经营现金流（逐月）") < page.index("主要原因")
    for words in ("准入", "Admit", "81.2万元", "812,000 元", "<dd>12<small>", "4.35%", "PD 3.12% (2.01% – 4.80%)"):
        assert words in page[answer : page.index("额度由哪一项决定")]


def test_every_part_of_the_decision_is_on_the_page():
    page = decision_page(ADMITTED, months(), FOOT)
    for part in (*ADMITTED["reasons"], *ADMITTED["data_gaps"], *ADMITTED["counterfactuals"]):
        assert part["zh"] in page
        assert part["en"] in page
    for words in ("偿债能力 repayment capacity", "产品上限 product cap", "capacity 怎么算 | how capacity is computed"):
        assert words in page
    assert "不适用 Not applicable: 申请金额 amount requested" in page
    for words in (*(vars(FOOT).values()), "credit-limit v3", "2026.1", "E00042", "2025-07-01"):
        assert words.replace("2026-11-22T13:45:12.123456Z", "2026-11-22 13:45:12 UTC") in page


def test_the_workings_name_inputs_bases_and_the_parts_of_the_price():
    page = decision_page(ADMITTED, months(), FOOT)
    workings = page[page.index('<div class="workings">') :]
    total = (
        '近12个月真实经营收入合计 <span class="en">total true operating income, last 12 months</span> <b>12,345,678</b>'
    )
    for words in (total,
                  '营运周转天数 <span class="en">days of the cycle</span> <b>65</b>', "各家合计", "5,432 元",
                  "等级 grade <b>0.90</b>"):  # fmt: skip
        assert words in workings
    for share in ("1.90%", "0.80%", "0.69%", "0.93%", "0.03%", "4.35%"):
        assert re.search(rf'<td class="number" data-label="[^"]+">{re.escape(share)}</td>', workings)
    assert "按月付息到期还本" in page
    assert "all in 4.44%" in page


@pytest.mark.parametrize(
    ("basis", "stated", "factor", "value", "row"),
    [
        ("new_money", 26_600.0, 0.855, 22_743.0, ("0.855", "—")),
        ("our_total", 300_000.0, 0.855, 192_500.0, ("0.855", "6.4万元")),  # 256,500 less 64,000
        ("our_total", 60_000.0, 0.9, 0.0, ("0.90", "6.4万元")),  # 54,000 is less than what the cap shows as committed
        ("all_lenders_total", 50_000.0, None, 0.0, ("—", "≥5万元")),  # all of it, and nobody says how much more
        ("all_lenders_total", 0.0, None, 0.0, ("—", "—")),
    ],
)
def test_stated_times_share_less_committed_is_the_new_money(basis, stated, factor, value, row):
    legs = [
        {"name": "any", "basis": basis, "stated": stated, "factor": factor, "value": value, "inputs": {}},
        {
            "name": "product_cap",
            "basis": "our_total",
            "stated": 3e6,
            "factor": None,
            "value": 2_936_000.0,
            "inputs": {},
        },
    ]
    first, cap = workings({"legs": legs, "binding_leg": "any"})
    assert (first["factor"], first["taken"]) == row
    assert cap["taken"] == "6.4万元"


def test_a_decision_of_an_older_model_still_has_its_page():
    new = ("pd_low", "pd_high", "repayment", "price", "appetite", "counterfactuals")
    old = {name: value for name, value in ADMITTED.items() if name not in new}
    old["legs"] = [{k: leg[k] for k in ("name", "basis", "value", "source")} for leg in ADMITTED["legs"]]
    page = decision_page(old, months(), FOOT)
    assert '<div class="workings">' not in page
    assert "81.2万元" in page
    assert "PD 3.12%<" in page


def test_stress_is_shown_with_its_answers():
    row = {"code": "receipts", "zh": "回款下降30%", "en": "receipts down 30 %", "admitted": False, "referral": False,
           "limit": 0.0, "pd": 0.19, "reason": {"zh": "违约概率过高", "en": "default is too likely"}}  # fmt: skip
    page = decision_page(ADMITTED, months(), FOOT, [row])
    stress = page[page.index("压力测试") :]
    for words in ("回款下降30%", "receipts down 30 %", "不予准入", "19.00%", "default is too likely"):
        assert words in stress


def test_a_decline_says_zero_and_names_no_binding_leg():
    page = decision_page(DECLINED, months(), FOOT)
    assert '<section class="answer decline"' in page
    assert "不予准入" in page
    assert "Declined: the limit is zero" in page
    assert "起决定作用" not in page
    assert {bar.kind for bar in leg_bars(DECLINED)} == {"appetite", "cap"}


def test_a_referral_goes_before_admission():
    assert '<section class="answer refer"' in decision_page({**ADMITTED, "referral": True}, months())
    page = decision_page({**DECLINED, "referral": True}, months())
    assert '<section class="answer refer"' in page
    assert "No limit without a person" in page


def test_a_firm_without_months_or_legs_still_gets_a_page():
    nothing = {**DECLINED, "legs": [{**one, "value": None} for one in DECLINED["legs"]], "reasons": []}
    page = decision_page(nothing, months(0))
    assert "没有可用的流水" in page
    assert "没有可测算的额度项" in page
    assert "图中为测算值" not in page
    assert "<svg" not in page


def test_text_of_others_is_not_markup():
    decision = copy.deepcopy(ADMITTED)
    decision["enterprise_id"] = "<script>alert(1)</script>"
    decision["reasons"][0]["zh"] = "<img src=x onerror=alert(1)>"
    page = decision_page(decision, months(), Foot(enterprise_name="</title><script>alert(2)</script>"))
    assert "<script" not in page
    assert "<img" not in page
    listed = list_page([decision], {decision["enterprise_id"]: '"><script>'}, {"<b>": "<i>"})
    assert "<script" not in listed
    assert "<b><" not in listed


def test_the_binding_leg_and_the_caps_are_told_apart():
    kinds = {bar.label.split()[0]: bar.kind for bar in leg_bars(ADMITTED)}
    assert kinds == {
        "偿债能力": "binding",
        "经营收入": "appetite",
        "日均余额": "appetite",
        "纳税": "appetite",
        "产品上限": "cap",
    }


@pytest.mark.parametrize(
    ("values", "longest"),
    [
        ((100_000.0, 150_000.0, 10_000_000.0), 800_000.0),  # eight times the smallest
        ((0.0, 100_000.0, 150_000.0, 10_000_000.0), 800_000.0),  # a leg of nothing has no bar to compare with
        ((1_000.0, 500_000.0, 600_000.0, 3_000_000.0), 500_000.0),  # never below the median
        ((100_000.0, 300_000.0), 300_000.0),  # nothing is cut
        ((0.0,), 10_000.0),
        ((), 10_000.0),
    ],
)
def test_a_far_cap_does_not_flatten_the_legs(values, longest):
    bars = [Bar(label=str(n), value=value, kind="appetite") for n, value in enumerate(values)]
    assert _cut(bars) == longest
    assert is_cut(bars) == (longest < max(values, default=0.0))


@pytest.mark.parametrize("count", [1, 5, 24, 36])
def test_the_cash_chart_shows_every_month_and_series(count):
    from pipelines.report.charts import cash_chart

    chart = cash_chart(months(count))
    rows = next(iter(chart.to_dict()["datasets"].values()))
    assert len(rows) == 3 * count
    assert rows[0] == {"month": "2023-07", "series": "经营流入 Operating inflow", "wan": 40.0}
    drawn = svg(chart)
    assert drawn.count('aria-roledescription="bar"') == 2 * count
    assert "真实经营收入 True operating income" in drawn


def test_a_month_of_unknown_income_is_left_out_not_drawn_as_zero():
    from pipelines.report.charts import cash_chart

    history = months(5)
    history.loc[2, ["inflow_operating", "outflow_operating", "income"]] = float("nan")
    drawn = svg(cash_chart(history))
    assert drawn.count('aria-roledescription="bar"') == 2 * 4
    (line,) = re.findall(r'aria-roledescription="line mark"[^>]* d="([^"]*)"', drawn)
    assert line.count("M") == 2  # two pieces: it does not go on over the month


def test_a_month_of_which_the_platform_tells_nothing_is_not_known_and_a_silent_month_of_lines_is_zero(tmp_path, table):
    """Firm a: statistics of January and March, b: lines of the same months; the date is in May, April is silent."""
    known = {"known_at": date(2024, 1, 1)}
    told = {
        "institution": "甲银行",
        "direction": "in",
        "category": "other_counterparty",
        "amount": "100.00",
        "count": 2,
    }
    line = {"account_id": "b1", "sequence": 1, "direction": "in", "amount": "100.00", "summary": "货款"}
    rows = {
        "enterprise": [{"name": "甲厂", "enterprise_id": firm} | known for firm in "ab"],
        "account": [{"account_id": "b1", "enterprise_id": "b", "holder": "firm", "kind": "basic",
                     "institution": "乙银行", "currency": "CNY"} | known],
        "platform_month": [told | {"enterprise_id": "a", "month": date(2024, m, 1), "known_at": date(2024, m + 1, 10)}
                           for m in (1, 3)],
        "line": [line | {"line_id": f"x{m}", "enterprise_id": "b", "booked_at": date(2024, m, 5),
                         "known_at": date(2024, m, 6)} for m in (1, 3)],
    }  # fmt: skip
    store = Store(tmp_path / "store")
    store.commit((name, table(name, some).cast(TABLES[name].schema)) for name, some in rows.items())
    found = histories(store, ["a", "b"], date(2024, 5, 1))
    assert found["a"]["inflow_operating"].fillna(-1).tolist() == [100.0, -1.0, 100.0, -1.0]
    assert found["b"]["inflow_operating"].tolist() == [100.0, 0.0, 100.0, 0.0]


def test_the_list_counts_and_links():
    page = list_page([ADMITTED, DECLINED], {"E00042": "list/E00042.html"}, {"E9": "no consent"})
    assert "准入 Admit <b>1</b> · 转人工 Refer <b>0</b> · 不予准入 Decline <b>1</b>" in page
    assert '<a href="list/E00042.html">E00042</a>' in page
    assert "E9: no consent" in page


def test_the_text_says_the_answer_first_and_marks_the_binding_leg():
    lines = decision_text(ADMITTED).splitlines()
    assert lines[0] == "E00042  截至 as of 2025-07-01  准入 Admit"
    assert lines[1] == "  额度 limit 812,000 元 (81.2万元)  期限 term 12 个月 months  年利率 rate 4.35%"
    assert lines[2] == "  等级 grade B  评分 score 618  违约概率 PD 3.12% (2.01% – 4.80%)"
    assert "  * 偿债能力 repayment capacity: 81.23万元" in lines
    assert decision_text(DECLINED).splitlines()[1] == "  额度 limit 0 元 (0元)  期限 term —  年利率 rate —"


def test_reasons_of_one_family_stand_together_under_its_name():
    of = [("income_cv_12m", "raises_risk"), ("income_mean_3m", "raises_risk"), ("income_cv_6m", "raises_risk"),
          ("income_cv_24m", "supports")]  # fmt: skip
    reasons = [{"code": code, "zh": code, "en": code, "effect": effect} for code, effect in of]
    told = {**ADMITTED, "reasons": [{**reasons[0], "code": "price.ceiling", "effect": "declines"}, *reasons]}
    lines = [line for line in decision_text(told).splitlines() if "income_" in line]
    assert [line.strip().partition(": ")[0] for line in lines] == [
        "不予准入 declines (定价 price)",
        "推高风险 raises risk (稳定性 stability)",
        "推高风险 raises risk (稳定性 stability)",
        "推高风险 raises risk (收支水平 level of flows)",
        "支持授信 supports (稳定性 stability)",
    ]
    page = decision_page(told, months(), FOOT)
    assert page.count("稳定性 stability") == 2
    assert page.index("income_cv_6m") < page.index("收支水平 level of flows") < page.index("income_mean_3m")


def test_no_cell_of_the_table_runs_as_a_formula(tmp_path):
    starts = ["=", "+", "-", "@", "\t", "\r"]
    decisions = [{**ADMITTED, "enterprise_id": f"{start}HYPERLINK(1)"} for start in starts]
    write_csv(tmp_path / "t.csv", decision_rows(decisions), [*COLUMNS, "reason_zh"])
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["enterprise_id"] for row in rows] == [f"'{start}HYPERLINK(1)" for start in starts]
    assert rows[0]["limit"] == "812000.0"
    assert rows[0]["reason_zh"] == "偿债能力决定额度"


@pytest.mark.parametrize("decision", [ADMITTED, DECLINED, {**ADMITTED, "referral": True}])
def test_in_a_browser_the_answer_is_visible_and_nothing_is_fetched(opened, decision):
    tab = opened(decision_page(decision, months(), FOOT))
    verdict = {"admit": "准入", "refer": "转人工审查", "decline": "不予准入"}[
        tab.get_attribute(".answer", "class").split()[1]
    ]
    assert tab.title() == f"{tab.inner_text('.verdict').replace(chr(10), ' ')} · 某某纺织有限公司 · 2025-07-01"
    assert tab.inner_text(".verdict b") == verdict
    assert tab.locator(".verdict b").is_visible()
    assert tab.locator(".verdict b").bounding_box()["y"] < 200
    assert tab.locator(".legs .key").count() == len(leg_bars(decision))
    assert tab.locator("figure svg:visible").count() == 1


@pytest.mark.parametrize("width", [390, A4_PIXELS, 1400])
def test_in_a_browser_nothing_is_wider_than_the_page(opened, width):
    for page in (decision_page(ADMITTED, months(36), FOOT), list_page([ADMITTED, DECLINED], {}, {})):
        tab = opened(page, width)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        scrolled = "[...document.querySelectorAll('figure, .legs div')].some(e => e.scrollWidth > e.clientWidth)"
        assert not tab.evaluate(scrolled)
        texts = "[...document.querySelectorAll('svg')].every(s => [...s.querySelectorAll('text')].every(t => " \
                "t.getBoundingClientRect().right <= s.getBoundingClientRect().right + 1 && " \
                "t.getBoundingClientRect().left >= s.getBoundingClientRect().left - 1))"  # fmt: skip
        assert tab.evaluate(texts), "a label of a chart is cut off"


@pytest.mark.parametrize("width", [390, A4_PIXELS])
def test_the_legs_are_as_long_as_they_are_large_and_their_figures_are_seen(opened, width):
    tab = opened(decision_page(ADMITTED, months(), FOOT), width)
    bars = [bar.bounding_box() for bar in tab.locator(".legs .key").all()]
    shares = (81.23 / 95, 95 / 123.46, 123.46 / 175, 175 / 300)
    for (smaller, larger), share in zip(pairwise(bars), shares, strict=True):
        assert smaller["width"] / larger["width"] == pytest.approx(share, abs=0.02)
    assert tab.locator(".legs").inner_text().split()[-1] == "300万元"
    scale = "s => s.getBoundingClientRect().width / s.width.baseVal.value"
    assert tab.locator("figure svg:visible").evaluate(scale) > 0.95  # drawn for the screen, not made small


def test_on_a_narrow_screen_the_list_has_every_figure_with_its_heading_and_scrolls_nowhere(opened):
    tab = opened(list_page([ADMITTED, DECLINED], {}, {}), 390)
    cells = tab.locator(".firms td").all()
    boxes = [cell.bounding_box() for cell in cells]
    assert len(cells) == 2 * 8
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert tab.evaluate("(t => t.scrollWidth <= t.clientWidth)(document.querySelector('.firms'))")
    heads = tab.evaluate("[...document.querySelectorAll('.firms th')].map(th => th.textContent)")
    labels = [cell.get_attribute("data-label") for cell in cells[:8]]
    assert labels == [None, None, *heads[2:]]


def test_the_fullest_page_prints_on_one_sheet_and_its_workings_on_a_second(opened):
    gaps = [{"code": str(n), "zh": f"缺少：第{n}类数据的说明", "en": f"not known: data of kind {n}"} for n in range(10)]
    long = {"zh": "经营净现金流" * 7, "en": "monthly operating cash flow " * 4}
    reasons = [{"code": str(n), "effect": "raises_risk", **long} for n in range(5)]
    legs = [*ADMITTED["legs"][:5], {**ADMITTED["legs"][5], "value": 2_000_000.0}]
    decision = {**ADMITTED, "data_gaps": gaps, "reasons": reasons, "legs": legs}
    tab = opened(decision_page(decision, months(), FOOT))
    assert tab.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") == 2


def test_on_a_narrow_screen_every_figure_of_the_answer_is_seen(opened):
    row = dict.fromkeys(("admitted", "referral", "limit", "pd"))
    row |= {"zh": "行业冲击：回款下降15%且账期延长30天", "en": "sector shock: receipts down 15 %, terms 30 days longer"}
    row |= {"reason": {"zh": "无", "en": "none"}}
    tab = opened(decision_page(ADMITTED, months(36), FOOT, [row]), 390)
    seen = [tab.locator(".figures dd").nth(number).bounding_box() for number in range(4)]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in seen)
    assert tab.evaluate("[...document.querySelectorAll('.stack td')].every(td => td.scrollWidth <= td.clientWidth + 1)")
    assert tab.evaluate("Math.max(...[...document.querySelectorAll('.stack')].map(t => t.scrollWidth))") <= 390
    frame = tab.locator(".answer").bounding_box()
    assert all(box["y"] + box["height"] <= frame["y"] + frame["height"] for box in seen)
