from datetime import date

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from features.engine import connect, register
from features.knowledge import MONTHS, known_facts, known_months, months_between


@pytest.fixture
def seen():
    """Rows that questions see of a table: ``of(reader, rows, questions)``."""
    backend = connect()
    shape = pa.schema([("row", pa.int64()), ("enterprise_id", pa.string()), ("as_of", pa.date32())])

    def of(reader, rows, *questions):
        asked = [{"row": n, "enterprise_id": firm, "as_of": day} for n, (firm, day) in enumerate(questions)]
        facts = register(backend, "facts", pa.Table.from_pylist(rows))
        return reader(facts, register(backend, "asked", pa.Table.from_pylist(asked, shape))).to_pyarrow().to_pylist()

    return of


def entry(month, known_on, firm="a"):
    return {"enterprise_id": firm, "month": month, "known_on": known_on, "tag": f"{month:%y%m}-{known_on:%y%m%d}"}


@pytest.mark.parametrize(
    ("as_of", "tags"),
    [
        (date(2024, 1, 31), set()),  # the month's end is not over
        (date(2024, 2, 1), {"2401-240131"}),
        (date(2024, 2, 10), {"2401-240131"}),  # known on the date itself is not known before it
        (date(2024, 2, 11), {"2401-240131", "2401-240210"}),
        (date(2024, 3, 1), {"2401-240131", "2401-240210", "2402-240229"}),
    ],
)
def test_an_entry_is_seen_after_the_day_it_was_known_and_after_its_month(seen, as_of, tags):
    jan, feb = date(2024, 1, 1), date(2024, 2, 1)
    rows = [entry(jan, date(2024, 1, 31)), entry(jan, date(2024, 2, 10)), entry(feb, date(2024, 2, 29)),
            entry(jan, date(2024, 1, 31), "b")]  # fmt: skip
    found = seen(known_months, rows, ("a", as_of))
    assert {row["tag"] for row in found} == tags


def test_offsets_count_whole_months_back_and_end_after_three_years(seen):
    rows = [entry(date(year, 1, 1), date(year, 1, 31)) for year in (2021, 2022, 2023, 2024)]
    found = seen(known_months, rows, ("a", date(2024, 1, 1)), ("a", date(2024, 2, 15)))
    assert {(row["row"], row["month"].year, row["offset"]) for row in found} == {
        (0, 2021, 36),
        (0, 2022, 24),
        (0, 2023, 12),
        (1, 2022, 25),
        (1, 2023, 13),
        (1, 2024, 1),
    }
    assert MONTHS == 36


def test_the_version_seen_is_the_last_one_known_before_the_date(seen):
    rows = [
        {"enterprise_id": "a", "id": key, "known_at": date(2024, month, 10), "value": month}
        for key, month in (("x", 1), ("x", 3), ("x", 5), ("y", 2))
    ]
    days = [date(2024, 1, 10), date(2024, 1, 11), date(2024, 3, 10), date(2024, 3, 11), date(2025, 1, 1)]
    found = seen(lambda t, asked: known_facts(t, ("id",), asked), rows, *(("a", d) for d in days), ("b", days[-1]))
    assert sorted((row["row"], row["id"], row["value"]) for row in found) == [
        (1, "x", 1),
        (2, "x", 1),
        (2, "y", 2),
        (3, "x", 3),
        (3, "y", 2),
        (4, "x", 5),
        (4, "y", 2),
    ]


@pytest.mark.parametrize(
    ("earlier", "later", "months"),
    [("2024-01-31", "2024-02-01", 1), ("2023-12-31", "2024-01-01", 1), ("2024-02-01", "2024-02-29", 0),
     ("2022-03-15", "2024-02-14", 23), ("2024-02-01", "2024-01-31", -1)],
)  # fmt: skip
def test_months_between_counts_calendar_months(earlier, later, months):
    value = months_between(ibis.literal(pd.Timestamp(earlier).date()), ibis.literal(pd.Timestamp(later).date()))
    assert connect().execute(value) == months
