"""The answer as a few lines for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unicodedata import category

from rich.cells import cell_len, set_cell_size

from models.override import KINDS
from pipelines.income import REVENUE, TEXTS, Income
from pipelines.leakage import Checked
from pipelines.record import Event
from pipelines.report.page import leg_label
from pipelines.report.rules import NATURES
from pipelines.report.words import EFFECTS, NONE, answer, cents, grouped, moment, percent, risk, wan, yuan

STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format (also of direction), half characters, ends of lines
MONTHLY = {
    "gross_inflow": ("总流入", "gross"),
    "income_low": ("下限", "lower end"),
    "income": ("真实经营收入", "true income"),
    "income_high": ("上限", "upper end"),
    REVENUE: ("不含税销售收入", "sales ex VAT"),
}
FUTURES = {"deleted": "删去 deleted", "altered": "改写 altered"}


def decision_text(decision: Mapping[str, Any]) -> str:
    """The decision in lines: the answer, the figures, every leg, reasons, gaps."""
    said = answer(decision)
    limit, rate = decision["limit"], decision["annual_rate"]
    term = f"{decision['term_months']} 个月 months" if decision["term_months"] else NONE
    lines = [
        f"{decision['enterprise_id']}  截至 as of {decision['as_of']}  {said['zh']} {said['en']}",
        f"  额度 limit {yuan(limit)} ({wan(limit)})  期限 term {term}  年利率 rate {percent(rate)}",
        f"  等级 grade {decision['grade']}  评分 score {decision['score']:.0f}  违约概率 PD {risk(decision)}",
    ]
    for leg in decision["legs"]:
        lines.append(
            f"  {'*' if leg['name'] == decision['binding_leg'] else ' '} {leg_label(leg['name'])}: {wan(leg['value'])}"
        )
    for effect, heading, reasons in grouped(decision["reasons"]):
        zh, en, _ = EFFECTS[effect]
        lines += [f"  {zh} {en} ({heading.zh} {heading.en}): {one['zh']} {one['en']}" for one in reasons]
    lines += [f"  可改善 could improve: {could['zh']} {could['en']}" for could in decision.get("counterfactuals", ())]
    lines += [f"  数据缺口 gap: {gap['zh']} {gap['en']}" for gap in decision["data_gaps"]]
    lines.append(f"  模型 model {decision['model']} v{decision['version']}  政策 policy {decision['policy']}")
    return "\n".join(lines)


def override_text(event: Event) -> str:
    """What a person decided instead of the system: when, who, in which role, how much, and why."""
    told, (zh, en) = event.content, KINDS[event.content["kind"]]
    role, why = told["role"], told["reason"]
    return (
        f"人工改判 Override of {event.subject}: {moment(event.at)}, {event.staff} ({role['zh']} {role['en']})\n"
        f"  {zh} {en}: {yuan(told['system']['limit'])} -> {yuan(told['limit'])}\n"
        f"  {why['code']} {why['zh']} {why['en']}: {_seen(told['note'])}"
    )


def stress_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line a scenario: what the answer would be, the limit, the risk, and the first reason."""
    lines = ["  压力测试 stress"]
    for row in rows:
        said, reason = answer(row), row["reason"]
        lines.append(
            f"    {row['zh']} {row['en']}: {said['zh']} {said['en']}, {wan(row['limit'])}, PD {percent(row['pd'])}, "
            f"{reason['zh']} {reason['en']}"
        )
    return "\n".join(lines)


def income_text(income: Income) -> str:
    """The waterfall in lines, what is nothing left out, then a line a month."""
    window = f"近{income.window}个月 last {income.window} months"
    lines = [f"{income.enterprise_id}  截至 as of {income.as_of}  {window}  元"]
    lines += [
        f"{cents(value):>18}  {' '.join(TEXTS[name])}"
        for name, value in income.total.items()
        if value or name in MONTHLY
    ]
    heads = (["月份", *(zh for zh, _ in MONTHLY.values())], ["month", *(en for _, en in MONTHLY.values())])
    rows = ([f"{month:%Y-%m}", *(cents(told[name]) for name in MONTHLY)] for month, told in income.months.items())
    lines += ["", *("".join(" " * (18 - cell_len(cell)) + cell for cell in row) for row in (*heads, *rows))]
    if income.silent:
        silent = ", ".join(f"{month:%Y-%m}" for month in income.silent)
        lines.append(f"未见流水，按零计 no flow is known and none counted: {silent}")
    return "\n".join(lines)


def differing_text(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The differences in lines for a person; nothing where there are none."""
    if rows:
        yield "流水与平台统计不一致 own lines and platform statistics differ"
    for row in rows:
        sides = (
            f"{words} {row[f'{side}_amount']:,.2f} ({row[f'{side}_count']})"
            for side, words in (("lines", "流水 lines"), ("statistics", "统计 statistics"))
        )
        where = f"{row['month']:%Y-%m}  {row['institution']}  {row['category']} {row['direction']}"
        yield f"  {where}  {'  '.join(sides)}"


def line_text(line: Mapping[str, Any]) -> str:
    """One line: date, side, amount, counterparty, summary, nature, rule and confidence."""
    side = "收 in " if line["direction"] == "in" else "付 out"
    said = _seen(" ".join(line[name] for name in ("counterparty_name", "summary") if line[name]))
    label = (
        f"{' '.join(NATURES.get(line['nature'], (line['nature'],)))} [{line['rule']} {float(line['confidence']):.0%}]"
    )
    return f"{line['booked_at']}  {side} {cents(line['amount']):>16}  {label}  {said}"


def _seen(text: str) -> str:
    """Text from outside as a terminal may show it: what would steer the terminal or turn the line round is a mark."""
    return "".join("\ufffd" if category(letter) in STEERING else letter for letter in text)


def leakage_text(checked: Checked) -> str:
    """What was compared, a line for each feature that leaks, and the answer."""
    lines = [
        f"截至 as of {checked.as_of}  企业 firms {checked.firms:,}  特征 features {checked.features}  "
        f"此前已知 known before {checked.known:,}  其后 later {checked.later:,}"
    ]
    if not checked.leaks:
        return "\n".join(
            [*lines, "无泄露 No leak: 删去或改写其后的信息，特征逐位不变 no future moves a feature by a bit"]
        )
    rows: list[tuple[str, ...]] = [
        ("特征 feature", "未来 future", "企业数 firms", "例 example", "原值 value", "对照值 other value")
    ]
    for leak in checked.leaks:
        values = (NONE if value is None else repr(value) for value in (leak.value, leak.other))
        rows.append((leak.feature, FUTURES[leak.future], f"{leak.firms:,}", leak.enterprise_id, *values))
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines += ["  ".join(map(set_cell_size, row, widths)).rstrip() for row in rows]
    features = len({leak.feature for leak in checked.leaks})
    return "\n".join(
        [*lines, f"泄露 Leak: {features} 个特征用到了其后的信息 features read what was not known before the date"]
    )
