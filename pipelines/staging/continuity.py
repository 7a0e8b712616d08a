"""Whether each balance follows from the one before it."""
# ruff: noqa: S608 - names come from the contract

from features.contract import Table
from features.contract.model import EARLIEST, LATEST
from pipelines.checks import value
from pipelines.staging.sql import named
from pipelines.storage.duck import quoted


def continuity(table: Table, tolerance: float) -> str:
    """SQL for the rows whose balance does not follow from the balance before, with the balance that would.

    Within an account, balance less all flows so far is a constant level. A row off the level of sound rows is
    broken. Two rows in a row at a new level make it the sound one (a line is missing or its amount is wrong: only
    the first is broken); a single row off the level (its balance is wrong) does not, so the row after it is sound.
    The first row of an account in a load has nothing before it and is sound. Levels that differ by at most
    ``tolerance`` yuan are the same: some banks round their balances.

    Rows without a balance only add their flow. Later versions and repeats of a line do not count, nor do rows that
    the reader refused. A row whose date or number cannot be read stays where it was delivered, so that it does not
    break the row after it.
    """
    account, *within = table.ordered_by
    account, day, place = quoted(account), *(quoted(value(name)) for name in within)
    key, version = ", ".join(map(quoted, table.key)), quoted(value("known_at"))
    order = "PARTITION BY account ORDER BY day, place, row"
    return f"""
        WITH once AS (
            SELECT row, {account} AS account, {place} AS place,
                CASE WHEN {day} BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}' THEN {day} END AS day,
                CASE direction WHEN 'in' THEN "amount:value" WHEN 'out' THEN -"amount:value" ELSE 0 END AS flow,
                "balance_after:value" AS balance
            FROM {named(table, "load")}
            WHERE {account} IS NOT NULL
                AND row NOT IN (SELECT row FROM {named(table, "failed")} WHERE position = 0)
            QUALIFY concat_ws('', {key}) = ''
                OR row_number() OVER (PARTITION BY {key} ORDER BY {version}, row) = 1
        ), placed AS (
            SELECT row, account, balance, flow,
                coalesce(day, last_value(day IGNORE NULLS) OVER delivered) AS day,
                coalesce(place, last_value(place IGNORE NULLS) OVER delivered) AS place
            FROM once WINDOW delivered AS (PARTITION BY account ORDER BY row)
        ), levels AS (
            SELECT *, balance - sum(coalesce(flow, 0)) OVER ({order} ROWS UNBOUNDED PRECEDING) AS level FROM placed
        ), stepped AS (
            SELECT *, coalesce(abs(level - lag(level) OVER ({order})) > {tolerance}, true) AS steps
            FROM levels WHERE balance IS NOT NULL
        ), runs AS (
            SELECT *, sum(steps::INTEGER) OVER ({order} ROWS UNBOUNDED PRECEDING) AS run FROM stepped
        ), lengths AS (
            SELECT *, count(*) OVER (PARTITION BY account, run) AS length FROM runs
        ), judged AS (
            SELECT *, last_value(CASE WHEN length > 1 OR run = 1 THEN level END IGNORE NULLS)
                OVER ({order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS sound
            FROM lengths
        )
        SELECT row, balance || ' where ' || (balance + sound - level) || ' follows' AS finding
        FROM judged WHERE steps AND abs(level - sound) > {tolerance}"""
