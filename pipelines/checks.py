"""The checks of a canonical table, as data: what must hold, in which column, and what was expected in words.

Row checks look at one row. Cross checks look over rows, files and what is already stored: the staging database
computes them into helper columns, empty where all is well. Great Expectations validates both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from features.contract import Column, Table
from features.contract.model import EARLIEST, LATEST

Rule = Literal["filled", "empty", "one_of", "matches", "between"]
Bound = float | datetime | None

FORMS = {
    "date": ("日期，如 2024-01-31", "a date such as 2024-01-31"),
    "money": (
        "金额，如 -1234.50，最多 16 位数字、2 位小数",
        "an amount such as -1234.50, at most 16 digits and 2 decimals",
    ),
    "quantity": (
        "数，如 12.5，最多 14 位数字、4 位小数",
        "a number such as 12.5, at most 14 digits and 4 decimals",
    ),
    "integer": ("整数", "a whole number"),
    "boolean": ("true 或 false", "true or false"),
}
REFERENCE, CONTINUITY, FIRM = "reference", "balance_continuity", "firm"


@dataclass(frozen=True)
class Check:
    """One check: ``name`` for the user, ``subject`` the column of the frame, ``zh`` and ``en`` what was expected."""

    name: str
    column: str
    subject: str
    rule: Rule
    zh: str
    en: str
    values: tuple[str, ...] = ()
    pattern: str = ""
    least: Bound = None
    most: Bound = None

    @property
    def label(self) -> str:
        """How reports and the quarantine name it.

        >>> Check("range", "amount", "amount:value", "between", "不小于 0", "at least 0").label
        'range(amount)'
        """
        return f"{self.name}({self.column})" if self.column else self.name


def row_checks(table: Table) -> list[Check]:
    """What each row must keep by itself, column by column."""
    return [check for column in table.columns for check in _column_checks(column)]


def cross_checks(table: Table) -> list[Check]:
    """What a row must keep towards other rows."""
    zh, en = "、".join(table.version_key), ", ".join(table.version_key)
    checks = [
        _helper("duplicate", "", "与前面各行不完全相同", "no earlier row that is the same in every column"),
        _helper(
            "duplicate_of_stored",
            "",
            "与已存、当时已知的行内容不同",
            "no stored row that was known by then and says the same",
        ),
        _helper("key", "", f"与本批及已存各行的 {zh} 不重复", f"no other row, here or stored, with the same {en}"),
    ]
    checks += [
        _helper(
            REFERENCE,
            column.name,
            f"已存或本批有效的 {column.references}",
            f"a value of {column.references} that is stored or sound in the same load",
        )
        for column in table.columns
        if column.references
    ]
    if of_one_firm(table):
        checks.append(
            _helper(
                FIRM,
                "",
                "该键及所引用数据已归属的企业",
                "the firm of which the key, and what the row refers to, are known already",
            )
        )
    if table.ordered_by:
        checks.append(
            _helper(
                CONTINUITY,
                "balance_after",
                "上笔余额加本笔收入或减本笔支出",
                "the balance before it, plus what came in or less what went out",
            )
        )
    return checks


def of_one_firm(table: Table) -> bool:
    """Whether the key leaves the firm out, so that two firms could tell of one key.

    All that is said of a firm is worked out from its own rows: a key that moved would stay with the one and come to the
    other. What was booked for the wrong firm is taken back there, and told of the other by another key.
    """
    return "enterprise_id" not in table.key


def _column_checks(column: Column) -> Iterator[Check]:
    name = column.name
    if not column.nullable:
        yield Check("missing", name, name, "filled", "有值", "a value")
    if column.type != "string":
        yield Check("type", name, unread(name), "empty", *FORMS[column.type])
    if column.values:
        zh, en = f"{'、'.join(column.values)} 之一", f"one of {', '.join(column.values)}"
        yield Check("code", name, name, "one_of", zh, en, values=column.values)
    if column.pattern:
        zh, en = f"符合 {column.pattern} 的文字", f"text matching {column.pattern}"
        yield Check("pattern", name, name, "matches", zh, en, pattern=column.pattern)
    least, most = _bounds(column)
    if least is not None or most is not None:
        yield Check("range", name, value(name), "between", *_between(least, most), least=least, most=most)
    if column.first_of_month:
        yield Check(
            name="first_of_month",
            column=name,
            subject=day_of_month(name),
            rule="between",
            zh="月份的第一天",
            en="the first day of a month",
            least=1,
            most=1,
        )


def _bounds(column: Column) -> tuple[Bound, Bound]:
    if column.type == "date":
        midnight = datetime.min.time()
        return datetime.combine(EARLIEST, midnight), datetime.combine(LATEST, midnight)
    return column.minimum, column.maximum


def _between(least: Bound, most: Bound) -> tuple[str, str]:
    """Bounds in words.

    >>> _between(0, 1)
    ('不小于 0，且不大于 1', 'at least 0 and at most 1')
    >>> _between(None, datetime(2100, 1, 1))
    ('不大于 2100-01-01', 'at most 2100-01-01')
    """
    sides = (("不小于", "at least", least), ("不大于", "at most", most))
    told = [(f"{zh} {_plain(bound)}", f"{en} {_plain(bound)}") for zh, en, bound in sides if bound is not None]
    return "，且".join(zh for zh, _ in told), " and ".join(en for _, en in told)


def _plain(bound: float | datetime) -> str:
    return bound.date().isoformat() if isinstance(bound, datetime) else f"{bound:g}"


def _helper(name: str, column: str, zh: str, en: str) -> Check:
    return Check(name, column, helper(name, column), "empty", zh, en)


def value(column: str) -> str:
    """Frame column that holds the value as read."""
    return f"{column}:value"


def unread(column: str) -> str:
    """Frame column that holds the text where it could not be read as a value."""
    return f"{column}:unread"


def day_of_month(column: str) -> str:
    """Frame column that holds the day of the month of a date."""
    return f"{column}:day"


def helper(name: str, column: str = "") -> str:
    """Frame column that a cross check fills where it fails."""
    return f"{name}:{column}" if column else name
