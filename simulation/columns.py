"""From numpy to Arrow, a column at a time: money, days, texts by number, and whole tables of the contract."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import TABLES
from simulation.calendar import Month

Array = Any


def money(cents: np.ndarray, empty: np.ndarray | None = None) -> Array:
    """Cents as decimal(18,2); where ``empty`` is true there is no value.

    >>> money(np.array([123, -5])).to_pylist()
    [Decimal('1.23'), Decimal('-0.05')]
    """
    return _decimal(cents, pa.decimal128(18, 2), empty)


def quantity(value: np.ndarray) -> Array:
    """Numbers as decimal(18,4)."""
    return _decimal(np.rint(value * 1e4).astype(np.int64), pa.decimal128(18, 4), None)


def _decimal(units: np.ndarray, kind: pa.DataType, empty: np.ndarray | None) -> Array:
    units = units.astype(np.int64)
    words = np.stack([units, units >> 63], axis=1)
    made = pa.Array.from_buffers(kind, len(units), [None, pa.py_buffer(np.ascontiguousarray(words))])
    return made if empty is None else pc.if_else(pa.array(empty), pa.scalar(None, kind), made)


def days(number: np.ndarray) -> Array:
    """Day numbers as dates."""
    return pa.array(number.astype(np.int32)).view(pa.date32())


def optional_days(number: np.ndarray) -> Array:
    """Day numbers as dates; a negative number is no date."""
    return pa.array(number.astype(np.int32), mask=number < 0).view(pa.date32())


def texts(table: Array, number: np.ndarray) -> Array:
    """Look texts up by number; a negative number is no text."""
    none = number < 0
    return table.take(pa.array(number.astype(np.int32), mask=none if none.any() else None))


def chosen(values: tuple[str, ...] | list[str], number: np.ndarray) -> Array:
    """Look texts up in a short list."""
    return texts(pa.array(list(values), pa.string()), np.asarray(number))


def joined(*parts: Array | str) -> Array:
    """Join texts row by row."""
    return pc.binary_join_element_wise(*(pc.cast(p, pa.string()) if not isinstance(p, str) else p for p in parts), "")


def padded(number: np.ndarray, width: int) -> Array:
    """Whole numbers as texts with leading zeros.

    >>> padded(np.array([7, 42]), 3).to_pylist()
    ['007', '042']
    """
    top = int(number.max(initial=0)) + 1
    if top < len(number) and number.min() >= 0:
        return texts(padded(np.arange(top), width), number)
    return pc.utf8_lpad(pa.array(number).cast(pa.string()), width=width, padding="0")


def serials(month: Month, number: np.ndarray, width: int) -> Array:
    """The month and the number of each record in it, as one text."""
    return joined(f"{month.year}{month.number:02d}", padded(number, width))


def table(name: str, values: Mapping[str, Array], last_known: int) -> pa.Table:
    """A table of the contract; a column not given is empty; what would be known after ``last_known`` is left out."""
    schema = TABLES[name].schema
    n = len(values["known_at"])
    made = pa.table([_column(values.get(field.name), field, n) for field in schema], schema=schema)
    in_time = made["known_at"].combine_chunks().view(pa.int32()).to_numpy() <= last_known
    return made if in_time.all() else made.filter(pa.array(in_time))


def _column(value: Array | None, field: pa.Field, n: int) -> Array:
    return pa.nulls(n, field.type) if value is None else value.cast(field.type) if value.type != field.type else value
