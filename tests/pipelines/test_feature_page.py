"""The page of features: every feature is there, can be found and sorted, and nothing in it runs or leaves the page."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE, EVERY
from features.catalogue.feature import UNITS, Text
from pipelines.report import features as page
from pipelines.report.features import BINS, FAMILIES, HEIGHT, LEVELS, WIDTH, feature_page, spread
from pipelines.report.words import number

ROWS = 200


def matrix(**columns):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"enterprise_id": [f"E{n}" for n in range(ROWS)], "as_of": pd.Timestamp("2025-06-01")})
    values = {name: random.lognormal(8, 2, ROWS) for name in CATALOGUE}
    values["income_slope_6m"] = random.normal(0, 1, ROWS)
    values["overdue"] = np.full(ROWS, np.nan)
    values["employees"] = np.where(np.arange(ROWS) < 50, np.nan, np.arange(ROWS))
    return pd.concat([frame, pd.DataFrame(values | columns)], axis=1)


OUTCOME = pd.Series(np.where(np.arange(ROWS) % 2, np.nan, np.arange(ROWS) >= 180))
NONE = pd.Series(np.full(ROWS, np.nan))


@pytest.fixture(scope="module")
def html():
    return feature_page(matrix(), OUTCOME)


def names(tab):
    return tab.locator("#features tbody tr:visible .what b").all_inner_texts()


def test_every_feature_is_there_with_all_that_the_catalogue_says(opened, html):
    tab = opened(html, 1440)
    assert names(tab) == list(CATALOGUE)
    cells = tab.locator("tr:has(b:text-is('income_mean_3m')) td").all_inner_texts()
    assert cells[:5] == [
        "income_mean_3m\n近3个月月均真实经营收入\nmean monthly true operating income, last 3 months",
        "收支水平\nlevel",
        "3个月\n3 months",
        "元\nCNY",
        "↓ 越高风险越小\nhigher is safer",
    ]
    assert cells[6] == "0%\n未知：窗口内没有已知月份\nunknown: no month of the window is known"
    assert re.fullmatch(r"\d\.\d{3}\n偶然 chance\n\d\.\d{2}", cells[7])
    assert cells[8] == "月度统计即可；本项目设计\nmonthly statistics are enough; design of the project"
    assert tab.locator("tr:has(b:text-is('overdue')) .spread").inner_text() == "无值 no value"
    assert tab.locator("tr:has(b:text-is('employees')) td").all_inner_texts()[6].startswith("25.00%")


def test_words_and_family_narrow_the_list(opened, html):
    tab = opened(html, 1440)
    tab.fill("#search", "余额 12M")
    found = names(tab)
    assert found == [
        f.name for f in CATALOGUE.values() if "余额" in f"{f.zh}{f.missing.zh}{f.source.zh}" and f.name.endswith("12m")
    ]
    tab.fill("#search", "")
    tab.select_option("#family", "trend")
    assert names(tab) == [f.name for f in CATALOGUE.values() if f.family == "trend"]
    assert tab.inner_text("#count") == f"{len(names(tab))} / {len(CATALOGUE)}"
    tab.fill("#search", "no such words")
    assert names(tab) == []
    assert tab.locator("#none").is_visible()


def test_each_column_sorts_up_and_down_and_what_has_no_value_comes_last(opened, html):
    tab = opened(html, 1440)
    heads = tab.locator("thead button")
    for place in range(heads.count()):
        column = f"[...document.querySelectorAll('#features tbody tr')].map(row => row.cells[{place}].dataset.value)"
        for down in (False, True):
            heads.nth(place).click()
            state = tab.locator("thead th").nth(place).get_attribute("aria-sort")
            assert state == ("descending" if down else "ascending")
            values = [value for value in tab.evaluate(column) if value]
            assert tab.evaluate(column)[: len(values)] == values
            try:
                ordered = [float(value) for value in values]
            except ValueError:
                continue
            assert ordered == sorted(ordered, reverse=down)
    heads.first.click()
    assert names(tab)[:2] == sorted(CATALOGUE)[:2]


@pytest.mark.parametrize("width", [390, 800, 1200, 1280, 1440])
def test_nothing_is_wider_than_the_page(opened, html, width):
    tab = opened(html, width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_without_an_outcome_the_column_says_so_and_holds_no_figure(opened):
    tab = opened(feature_page(matrix(), NONE), 1440)
    assert tab.locator("thead th").nth(7).inner_text() == "信息值 IV 无结果 no outcome"
    assert set(tab.locator("#features tbody td:nth-child(8)").all_inner_texts()) == {"—"}
    assert "没有其后 12 个月已知的本行贷款" in tab.inner_text("#no-outcome")
    good = feature_page(matrix(), NONE.fillna(0.0))
    assert "200 rows have a loan of ours whose 12 months after the date are known, 0 of them default" in good


def test_a_matrix_without_rows_is_a_page_too(opened):
    tab = opened(feature_page(matrix().head(0), NONE.head(0)), 1440)
    assert set(tab.locator(".spread").all_inner_texts()) == {"无值 no value"}


def test_no_text_of_the_catalogue_is_run(opened, monkeypatch):
    hostile = "=HYPERLINK(1)</td><script>document.title='run'</script>"
    first = next(iter(CATALOGUE))
    texts = {"zh": hostile, "source": Text(hostile, hostile), "missing": Text(hostile, hostile), "unit": '"><b>'}
    planted = {**CATALOGUE, first: replace(CATALOGUE[first], **texts)}
    monkeypatch.setitem(UNITS, '"><b>', '"><b>')
    monkeypatch.setattr(page, "EVERY", planted)
    tab = opened(feature_page(matrix(), OUTCOME), 1440)
    assert tab.title().startswith("特征目录与分布")
    assert f"'{hostile}" in tab.locator("#features tbody tr").first.inner_text()
    assert names(tab) == list(CATALOGUE)


def test_every_word_of_the_catalogue_has_chinese():
    entries = EVERY.values()
    assert {f.family for f in entries} <= set(FAMILIES)
    assert {f.level for f in entries} <= set(LEVELS)


def test_a_histogram_counts_every_value_once():
    """A hundred and one values from 0 to 100: the first and last percentile are 1 and 99."""
    drawn = spread(np.arange(101.0))
    assert drawn.quantiles == (5.0, 25.0, 50.0, 75.0, 95.0)
    bars = re.findall(r"M([\d.]+) 34v-([\d.]+)", drawn.path)
    counts = np.bincount(((np.arange(101) - 1) / (98 / BINS)).clip(0, BINS - 1).astype(int), minlength=BINS)
    assert [float(x) for x, _ in bars] == [WIDTH / BINS * n for n in range(BINS)]
    wanted = counts / counts.max() * (HEIGHT - 2)
    assert [float(height) for _, height in bars] == pytest.approx(wanted.tolist(), rel=0.01)
    assert drawn.zero is None


def test_zero_is_marked_and_a_single_value_is_one_bar_in_the_middle():
    assert spread(np.linspace(-100.0, 100.0, 1001)).zero == pytest.approx(WIDTH / 2, abs=0.5)
    for values in (np.array([5.0]), np.full(9, 0.1)):
        one = spread(values)
        assert one.path.count("M") == 1
        assert one.path.startswith(f"M{WIDTH // 2} ")
    rare = spread(np.array([0.0] * 999 + [7.0]))
    assert rare.path.count("M") == 2


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1e8, "CNY", "1亿"), (99.96e4, "CNY", "100万"), (9999.6, "CNY", "10,000"), (0.5, "share of lines", "50%"),
     (-0.00001, "ratio", "≈0"), (float("inf"), "ratio", "—"), (0.0, "CNY", "0")],
)  # fmt: skip
def test_numbers_are_for_people(value, unit, text):
    assert number(value, unit) == text
