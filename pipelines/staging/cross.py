"""Comparing the rows of a load with one another and with what is stored, as helper columns."""
# ruff: noqa: S608 - names come from the contract, words go through ``text``

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from features.contract import Column, Table
from pipelines.checks import CONTINUITY, FIRM, REFERENCE, helper, of_one_firm
from pipelines.staging.continuity import continuity
from pipelines.staging.sql import named, read
from pipelines.storage.duck import parquet, quoted

# What the queries below find, and ``(personal)`` in place of a value, in Chinese.
FOUND = {
    r"the same as row (\d+) of (.*)": r"与 \2 第 \1 行相同",
    r"differs from row (\d+) of (.*)": r"与 \2 第 \1 行不同",
    r"the same row is stored": r"已存有相同的一行",
    r"another row is stored": r"已存有另一行",
    r"known of (.*)": r"已属于 \1",
    r"(\w+) (.*) is of another": r"\1 \2 属于另一企业",
    r"(\S+) where (\S+) follows": r"\1，而按前后流水应为 \2",
    r"\(personal\)": r"（个人信息）",
}


def in_chinese(found: str) -> str:
    """What was found, in Chinese where the words are ours.

    >>> in_chinese("the same as row 14 of line.csv"), in_chinese("A9")
    ('与 line.csv 第 14 行相同', 'A9')
    """
    return next((match.expand(zh) for en, zh in FOUND.items() if (match := re.fullmatch(en, found))), found)


def cross(table: Table, loaded: Sequence[str], stored: Mapping[str, Sequence[Path]], tolerance: float) -> str:
    """Compute ``t:cross`` for the rows that are sound so far.

    ``loaded`` are the tables of this load, ``stored`` the files that the store has of each table,
    ``tolerance`` what a balance may be off by rounding, in yuan.
    """
    files = stored.get(table.name, [])
    parts = [f"repeated AS ({_repeated(table)})", f"known AS ({_known(table, files)})"]
    columns = [
        "row",
        "repeated.duplicate",
        "CASE WHEN known.same THEN 'the same row is stored' END AS duplicate_of_stored",
        "coalesce(repeated.conflict, CASE WHEN NOT known.same THEN 'another row is stored' END) AS key",
    ]
    columns += [_reference(column, loaded, stored) for column in table.columns if column.references]
    if of_one_firm(table):
        columns.append(f"{_firm(table, loaded, stored)} AS {FIRM}")
    joins = "LEFT JOIN repeated USING (row) LEFT JOIN known USING (row)"
    if table.ordered_by:
        parts.append(f"broken AS ({continuity(table, tolerance)})")
        columns.append(f"broken.finding AS {quoted(helper(CONTINUITY, 'balance_after'))}")
        joins += " LEFT JOIN broken USING (row)"
    sound = named(table, "sound")
    return (
        f"CREATE TABLE {named(table, 'cross')} AS WITH {', '.join(parts)} "
        f"SELECT {', '.join(columns)} FROM {sound} AS sound {joins}"
    )


def _key(table: Table) -> list[str]:
    return [read(table.column(name)) for name in table.version_key]


def _repeated(table: Table) -> str:
    """Rows whose key came before in this load, with where: the version as the same row, or as another; of which firm.

    Only rows of keys that stand several times are looked at.
    """
    key, everything = ", ".join(_key(table)), ", ".join(read(column) for column in table.columns)
    sound = named(table, "sound")
    place = "'row ' || source_row || ' of ' || source_file"
    fact = ", ".join(read(table.column(name)) for name in table.key)
    firm = "enterprise_id" if of_one_firm(table) else "NULL::VARCHAR"
    return f"""
        SELECT row,
            CASE WHEN row > min(row) OVER same THEN 'the same as ' || first_value({place}) OVER same END AS duplicate,
            CASE WHEN row > min(row) OVER one AND row = min(row) OVER same
                THEN 'differs from ' || first_value({place}) OVER one END AS conflict,
            first_value({firm}) OVER (PARTITION BY {fact} ORDER BY row) AS firm
        FROM {sound}
        WHERE ({fact}) IN (SELECT ({fact}) FROM {sound} GROUP BY {fact} HAVING count(*) > 1)
        WINDOW one AS (PARTITION BY {key} ORDER BY row), same AS (PARTITION BY {everything} ORDER BY row)"""


def _known(table: Table, files: Sequence[Path]) -> str:
    """Rows of which a version is stored, whether the stored row is the same, and another firm that it is stored of.

    Compared is the latest version known by the row's own date: one that says the same was learnt before, and the
    row is nothing new; one of the same date that says otherwise is a conflict; an older one is only a new version.
    A place among the lines of the day (the last of ``ordered_by``) that differs says nothing else: an export without
    times of day shows the same line.
    """
    if not files:
        return "SELECT NULL::BIGINT AS row, NULL::BOOLEAN AS same, NULL::VARCHAR AS firm WHERE false"
    match = " AND ".join(f"sound.{read(table.column(name))} = stored.{quoted(name)}" for name in table.key)
    facts = [column for column in table.columns if column.name not in ("known_at", *table.ordered_by[-1:])]
    same = " AND ".join(f"sound.{read(c)} IS NOT DISTINCT FROM stored.{quoted(c.name)}" for c in facts)
    known = f"sound.{read(table.column('known_at'))}"
    before = f"FILTER (stored.known_at <= {known})"
    firm = "min(stored.enterprise_id)" if of_one_firm(table) else "NULL"
    return f"""
        SELECT row, CASE WHEN same OR latest = known THEN same END AS same, firm FROM (
            SELECT sound.row AS row, {known} AS known, arg_max({same}, stored.known_at) {before} AS same,
                max(stored.known_at) {before} AS latest, {firm} AS firm
            FROM {named(table, "sound")} AS sound JOIN {parquet(files)} AS stored ON {match}
            GROUP BY sound.row, {known})"""


def _reference(column: Column, loaded: Sequence[str], stored: Mapping[str, Sequence[Path]]) -> str:
    own, places = quoted(column.name), _places(column, loaded, stored)
    found = f"{own} IN ({places})" if places else f"{own} IS NULL"
    return f"CASE WHEN NOT ({found}) THEN {own} END AS {quoted(helper(REFERENCE, column.name))}"


def _places(column: Column, loaded: Sequence[str], stored: Mapping[str, Sequence[Path]], beside: str = "") -> str:
    """The values that a column may have, with a column ``beside`` them; empty when there is no place for any."""
    other, name = column.references.split(".")
    what = ", ".join(map(quoted, [name, beside] if beside else [name]))
    places = [quoted(f"{other}:sound")] if other in loaded else []
    places += [parquet(stored[other])] if stored.get(other) else []
    return " UNION ALL ".join(f"SELECT {what} FROM {place}" for place in places)


def _firm(table: Table, loaded: Sequence[str], stored: Mapping[str, Sequence[Path]]) -> str:
    """Of which other firm the key, or what a row refers to, is known; null where all is of one firm."""
    firms = "coalesce(known.firm, repeated.firm)"
    cases = [f"WHEN {firms} <> enterprise_id THEN 'known of ' || {firms}"]
    for column in table.columns:
        if column.references and column.name != "enterprise_id" and (places := _places(column, loaded, stored)):
            own, both = quoted(column.name), _places(column, loaded, stored, "enterprise_id")
            other = f"{own} IN ({places}) AND ({own}, enterprise_id) NOT IN ({both})"
            cases.append(f"WHEN {other} THEN '{column.name} ' || {own} || ' is of another'")
    return f"CASE {' '.join(cases)} END"
