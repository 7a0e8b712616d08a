"""The page of a firm's waterfall: complete in itself, each bar opens the lines behind it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from features.evidence.income import STEPS
from features.evidence.rules import FlowRules
from pipelines.income import TEXTS, Income
from pipelines.report.bars import month_columns, waterfall_bars
from pipelines.report.page import Foot, script, template
from pipelines.report.rules import rule_words
from pipelines.report.words import NONE, moment

Line = Mapping[str, Any]
MOST = 300  # lines listed for a bar of one month; how many more there are is said
TABLE = ("gross_inflow", "income_low", "income", "income_high", "revenue_ex_vat")


def income_page(income: Income, lines: Sequence[Line], rules: FlowRules, foot: Foot) -> str:
    """The page, as HTML.

    Parameters
    ----------
    income : Income
    lines : sequence of mappings
        As ``pipelines.income_lines.income_lines`` gives them.
    rules : FlowRules
        By which the lines were labelled, for the words of each rule.
    foot : Foot
        Name of the firm, consent, and who asked.
    """
    columns, zero = month_columns(income.months, income.silent)
    return template("income.html").render(
        income=income,
        texts=TEXTS,
        table=TABLE,
        views={"all": waterfall_bars(income.total)}
        | {f"{month:%Y-%m}": waterfall_bars(figures) for month, figures in income.months.items()},
        columns=columns,
        zero=zero,
        used=_used(lines, rules),
        doubtful=rules.doubtful_below,
        data=_data(income, lines, rules),
        **script("income.js"),
        foot=foot,
        foot_rows=_foot_rows(income, foot),
    )


def _used(lines: Sequence[Line], rules: FlowRules) -> list[tuple[str, str, str, float, int]]:
    """Each rule that labelled a line: id, what it says in both languages, confidence, and lines."""
    counts = Counter((line["rule"], float(line["confidence"])) for line in lines)
    return [(rule, *rule_words(rule, rules), sure, count) for (rule, sure), count in counts.most_common()]


def _data(income: Income, lines: Sequence[Line], rules: FlowRules) -> dict[str, Any]:
    """What the script shows: lines once, and for each month and step its value and the lines that make it up.

    Money is in whole cents. ``more`` counts the lines that are not listed with their sum; ``rest`` is what the
    panel has beyond the lines, from monthly statistics.
    """
    cells: dict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for place, line in enumerate(lines):
        for step in STEPS:
            if line[step]:
                cells[f"{line['month']:%Y-%m}"][step].append((place, _cents(line[step])))
    told: dict[str, dict[str, Any]] = {}
    listed: set[int] = set()
    for month, figures in income.months.items():
        key = f"{month:%Y-%m}"
        told[key] = {step: _cell(cells[key][step], _cents(figures[step])) for step in STEPS}
        listed.update(place for cell in told[key].values() for place, _ in cell["lines"])
    rows = {place: _row(lines[place], rules.doubtful_below) for place in sorted(listed)}
    return {
        "cells": told,
        "lines": rows,
        "most": MOST,
        "steps": {step: TEXTS[step] for step in STEPS},
        "rules": {rule: " ".join(rule_words(rule, rules)) for rule in {line["rule"] for line in lines}},
    }


def _cell(parts: Sequence[tuple[int, int]], value: int) -> dict[str, Any]:
    largest = sorted(parts, key=lambda part: -abs(part[1]))
    more = largest[MOST:]
    return {
        "value": value,
        "lines": largest[:MOST],
        "more": [len(more), sum(cents for _, cents in more)],
        "rest": value - sum(cents for _, cents in parts),
    }


def _row(line: Line, doubtful_below: float) -> list[Any]:
    said = [line[name] or "" for name in ("counterparty_name", "counterparty_account", "summary")]
    sure = float(line["confidence"])
    stands = (line["booked_at"].isoformat(), line["account_id"], line["direction"])
    return [*stands, *said, line["rule"], sure, sure < doubtful_below]


def _cents(value: Decimal) -> int:
    return int(value * 100)


def _foot_rows(income: Income, foot: Foot) -> list[tuple[str, str, str]]:
    rows = [
        ("企业", "firm", f"{foot.enterprise_name} {income.enterprise_id}".strip()),
        ("截至日", "as of", income.as_of.isoformat()),
        ("授权编号", "consent", foot.consent_id),
        ("经办", "staff", foot.staff),
        ("记录时间", "recorded", moment(foot.recorded_at)),
    ]
    return [(zh, en, value or NONE) for zh, en, value in rows]
