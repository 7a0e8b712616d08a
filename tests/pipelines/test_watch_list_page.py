"""The manager's page: what it says, that it runs without a network, and that a name cannot inject anything."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.signals.quality import months_to_event
from pipelines.report.watch_list import watch_list_page
from pipelines.watch.watch_tables import Tables
from pipelines.watch.watched import current_monitoring

MONTHS = [date(2025, month, 1) for month in range(1, 8)]
FIRM = {
    "as_of": pd.Timestamp(MONTHS[-1]), "since": pd.NaT, "months_on_list": 1, "points": 6.0, "points_before": 1.0,
    "risk": float("nan"), "risk_before": float("nan"), "severity": 3, "due_on": pd.Timestamp(2025, 7, 4), "dpd": 0,
    "balance": 5e5, "committed": 1e6, "asset_class": "normal", "stage": 2.0, "new_limit": 5e5,
    "waits": "", "principal_months": 0.0,
}  # fmt: skip


@pytest.fixture
def page():
    firms = pd.DataFrame(
        [
            FIRM | {"enterprise_id": "E1", "status": "watch", "action": "freeze", "limit_action": "freeze",
                    "decided_by": "income_silent", "signals": "income_silent"},
            FIRM | {"enterprise_id": "E2", "status": "none", "action": "raise", "limit_action": "raise",
                    "new_limit": 1.2e6, "decided_by": "turnover", "signals": ""},
            FIRM | {"enterprise_id": "E4", "status": "none", "action": "none", "limit_action": "keep", "waits": "rest",
                    "decided_by": "growth", "signals": "income_silent", "severity": 2, "points": 4.5},
            FIRM | {"enterprise_id": "E5", "status": "none", "action": "none", "limit_action": "keep",
                    "decided_by": "growth", "signals": "misuse", "points": 1.5},
        ]
    )  # fmt: skip
    signals = pd.DataFrame(
        [{"enterprise_id": "E1", "signal": "income_silent", "family": "income", "severity": 3, "value": 3.0,
          "since": pd.Timestamp(2025, 5, 1), "alert": True, "held": "", "held_since": pd.NaT, "zh": "连续无收入月数",
          "en": "months without income"},
         {"enterprise_id": "E5", "signal": "misuse", "family": "proceeds", "severity": 3, "value": 0.7,
          "since": pd.Timestamp(2025, 6, 1), "alert": True, "held": "", "held_since": pd.NaT, "zh": "挪用",
          "en": "misuse of proceeds"},
         {"enterprise_id": "E1", "signal": "court", "family": "court", "severity": 2, "value": 0.0,
          "since": pd.Timestamp(2025, 2, 1), "alert": False, "held": "quiet", "held_since": pd.Timestamp(2025, 7, 1),
          "zh": "近12个月被诉与被执行次数", "en": "lawsuits"}]
    )  # fmt: skip
    quality = pd.DataFrame(
        [{"signal": "income_silent", "alerts": 4, "hits": 1, "hit_rate": 0.25, "false_alarms": 3, "median_lead": 2.0,
          "base_rate": 0.02, "lift": 12.5}]
    )  # fmt: skip
    values = {"income_silent_months_12m": [0, 0, 0, 0, 1, 2, 3.0], "court_events_12m": [0, 1, 1, 1, 1, 1, 0.0]}
    course = pd.concat(pd.DataFrame({"enterprise_id": "E1", "of": of, "month": pd.to_datetime(MONTHS), "value": each})
                       for of, each in values.items())  # fmt: skip
    found = Tables(
        watch_list=firms, signals=signals, signal_quality=quality, course=course, read=["E1", "E2"],
        limit_actions=firms[["enterprise_id", "limit_action"]],
        classes=pd.DataFrame({"asset_class": ["normal", "substandard"], "balance": [9e5, 1e5]}),
    )  # fmt: skip
    names = {"E1": "<script>alert(1)</script>甲厂", "E2": "乙厂"}
    return watch_list_page(found, {"E3": "Firm E3 has no live consent"}, MONTHS, current_monitoring(), names)


def test_a_firm_that_rests_stands_apart_with_what_it_waits_for(page):
    waiting = page[page.index("风险达标、尚未入列") : page.index("红色信号、未入列")]
    assert "E4" in waiting
    assert "the end of its rest" in waiting
    assert '<span class="dot orange">橙</span>' in waiting
    assert "4.5" in waiting
    assert "E1" not in waiting


def test_a_firm_with_a_red_signal_is_named_though_it_has_no_place_on_the_list(page):
    red = page[page.index("红色信号、未入列") : page.index("<h2>增信提额")]
    assert "E5" in red
    assert "挪用" in red
    assert "misuse of proceeds, 自 since 2025-06-01" in red
    assert "E1" not in red  # has its card
    assert "E4" not in red  # waits, and is orange


def test_it_says_who_why_and_what_to_do(page):
    assert "冻结未用额度 freeze what is unused · 2025-07-04" in page
    assert "连续无收入月数" in page
    assert "3 个月" in page
    assert "100万元 → 50万元" in page
    assert "10.00%" in page  # non-performing: a tenth of a million
    assert "E3: Firm E3 has no live consent" in page
    assert "乙厂 E2" in page
    assert "120万元" in page


def test_a_level_that_is_held_at_value_nought_says_since_when_and_why(page):
    assert "橙色自 2025-07-01 起为保持</b>：数值已回落，但未满连续 2 个月" in page
    assert "orange is held since 2025-07-01: the value has eased, but not yet for 2 months in a row" in page
    assert page.count('<rect class="held"') == 1  # in its chart; the other signal stands by its value
    assert '<rect class="held" x="133.8"' in page  # the last of seven months: 5.5 / 6 of 146 pixels
    assert page.count('class="kept"') == 1


def test_its_words_of_a_hit_are_its_bound_and_not_that_of_the_label(page):
    assert months_to_event(np.array([[0.0, 29.0, 30.0]]))[0].tolist() == [2.0, 1.0, np.inf]
    assert "首次逾期达 30 天（模型所预测的是超过 30 天）" in page
    assert "30 days past due or more on this day of a month (the model foretells more than 30)" in page


def test_a_name_is_text(page):
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_its_bars_and_their_figures_are_seen_on_a_telephone(page, opened):
    tab = opened(page, width=390)
    places = tab.evaluate(
        "[...document.querySelectorAll('.bars dd')].map(dd => { const r = document.createRange();"
        " r.selectNodeContents(dd); return r.getBoundingClientRect().right })"
    )
    assert len(places) == 11  # five classes, six actions
    assert max(places) <= 390


def test_a_telephone_shows_how_good_a_signal_was_below_its_name(page, opened):
    tab = opened(page, width=390)
    first = tab.locator(".named tbody tr").first.locator("td")
    boxes = [cell.bounding_box() for cell in first.all()]
    assert boxes[0]["width"] > 350
    assert all(box["y"] >= boxes[0]["y"] + boxes[0]["height"] and box["x"] + box["width"] <= 390 for box in boxes[1:])
    assert [cell.get_attribute("data-label").split()[0] for cell in first.all()[1:]] == [
        "预警", "命中", "命中率", "误报", "提前月数", "相对基准"
    ]  # fmt: skip


def test_the_filters_work_and_nothing_is_fetched(page, opened):
    tab = opened(page, width=1150)
    assert tab.locator(".card:visible").count() == 1
    tab.fill("#search", "nobody")
    assert tab.locator(".card:visible").count() == 0
    assert tab.locator("#nothing").is_visible()
    tab.fill("#search", "连续无收入")
    tab.select_option("#action", "freeze")
    assert tab.locator(".card:visible").count() == 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1150
