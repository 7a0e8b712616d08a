"""Months and quarters by the names that people give them."""

import re
from datetime import date, timedelta
from typing import Literal

from features.errors import WindowError

Kind = Literal["month", "quarter"]
FORMS = {  # calendar months, the name, how it is written, and an example
    "month": (1, r"((?:19|20)\d\d)-(0[1-9]|1[0-2])", "月份", "YYYY-MM", "2025-06"),
    "quarter": (3, r"((?:19|20)\d\d)Q([1-4])", "季度", "YYYYQn", "2025Q4"),
}


def period(kind: Kind, name: str) -> tuple[date, date]:
    """First day of a month or quarter, and the day after its last.

    >>> period("month", "2025-12"), period("quarter", "2025Q4")[0]
    ((datetime.date(2025, 12, 1), datetime.date(2026, 1, 1)), datetime.date(2025, 10, 1))

    Raises
    ------
    WindowError
        When the name is written otherwise.
    """
    months, written, zh, form, example = FORMS[kind]
    found = re.fullmatch(written, name)
    if found is None:
        raise WindowError(
            f"{name!r} 不是{zh}，应为 {form}，如 {example}",
            f"{name!r} is not a {kind}; expected {form}, as {example}",
        )
    first = date(int(found[1]), months * (int(found[2]) - 1) + 1, 1)
    return first, (first + timedelta(days=31 * months)).replace(day=1)
