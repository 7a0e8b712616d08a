"""Texts of which there are few, as numbers of the engine.

A text takes DuckDB ten times as long to store as a number, and longer to filter, join and group. So columns that hold
words of the contract or ids of a stretch are enumerations in the engine. They read, compare and sort as the texts that
they stand for, and are written to Parquet as these.
"""

from typing import TYPE_CHECKING

from features.contract import TABLES
from features.contract.words import CATEGORIES, DIRECTIONS, NATURES
from pipelines.storage.duck import quoted, text

if TYPE_CHECKING:
    from features.engine import Backend

WORDS = {"direction": DIRECTIONS, "category": CATEGORIES, "nature": NATURES}
IDS = ("enterprise_id", "account_id")
CODES = {name: f"{name}_code" for name in (*WORDS, *IDS)}


def as_codes(backend: "Backend") -> None:
    """Make the types ``CODES`` in the engine, those of ids from its tables of facts, which are turned into them.

    No row may have been deleted from these: DuckDB turns what is deleted too.
    """
    for name, words in WORDS.items():
        backend.raw_sql(f"CREATE TYPE {quoted(CODES[name])} AS ENUM ({', '.join(map(text, sorted(words)))})")
    for name in IDS:
        tables = [quoted(f"fact_{table}") for table in TABLES if name in TABLES[table].names]
        every = " UNION ".join(("SELECT '' AS id", *(f"SELECT {quoted(name)} FROM {table}" for table in tables)))  # noqa: S608
        ids = f"SELECT id FROM ({every}) WHERE id IS NOT NULL ORDER BY id"  # noqa: S608
        backend.raw_sql(f"CREATE TYPE {quoted(CODES[name])} AS ENUM ({ids})")
        for table in tables:
            backend.raw_sql(f"ALTER TABLE {table} ALTER {quoted(name)} TYPE {quoted(CODES[name])}")
