"""Append to the record, read from it, and verify it: SQLite by default, PostgreSQL where there is a server."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Select, create_engine, func, insert, make_url, select
from sqlalchemy import event as sa_event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError

from pipelines import settings
from pipelines.record.chain import Draft, Event, RecordError, first_break, link
from pipelines.record.schema import events, metadata

WAIT_SECONDS = 60
ADVISORY_LOCK = 7_263_190_825  # any number, the same for every writer of this table
NO_TABLE = "42P01"  # what PostgreSQL calls a table that is not there
DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class Record:
    """The append-only record at one database address.

    Parameters
    ----------
    url : str, optional
        SQLAlchemy address, by default ``pipelines.settings.database_url()``.
    read_only : bool
        For who may read the record and not write it: nothing is made or locked, and the database itself refuses to
        append. The record must be there.

    Raises
    ------
    RecordError
        When the address is not SQLite or PostgreSQL, or the database does not answer.
    """

    def __init__(self, url: str | None = None, *, read_only: bool = False) -> None:
        self.url = _checked(url or settings.database_url())
        driven = self.url.set(drivername=DRIVERS[self.url.drivername])
        if read_only:
            self._engine = _reading_engine(driven)
            return
        self._engine = _engine(driven)
        with self._writing() as connection:
            metadata.create_all(connection)

    def append(self, *drafts: Draft) -> list[Event]:
        """Write the drafts after the last event, all or none; other writers wait their turn."""
        with self.holding() as append:
            return append(*drafts)

    @contextmanager
    def holding(self) -> Iterator[Callable[..., list[Event]]]:
        """While nobody else may write: gives what ``append`` is, for drafts that follow from what is read meanwhile.

        They are written at the end of the block, and not at all when it raises.
        """
        with self._writing() as connection:
            yield partial(_append, connection)

    def events(self, **equal: str) -> Generator[Event]:
        """The events in order, those whose columns equal the words given (``action="decision"``)."""
        wanted = select(events).order_by(events.c.id)
        for column, value in equal.items():
            wanted = wanted.where(events.c[column] == value)
        with self._reading() as connection, connection.execution_options(yield_per=1000).execute(wanted) as rows:
            yield from map(_event, rows)

    def decision(self, decision_id: str) -> Event:
        """The decision's event, its own seal checked; raises ``RecordError`` when there is none."""
        with closing(self.events(action="decision", subject=decision_id)) as matches:
            found = next(matches, None)
        if found is None:
            raise RecordError(
                f"记录（{self.place}）中没有决策 {decision_id}，请核对编号",
                f"decision {decision_id} is not in the record at {self.place}; check the number",
            )
        if found.hash != found.seal:
            raise RecordError(
                f"决策 {decision_id} 写入后被改动，请运行 `sme-credit audit verify` 校验",
                f"decision {decision_id} was changed after it was written; run `sme-credit audit verify`",
            )
        return found

    def head(self) -> Event | None:
        """The last event; noting its hash elsewhere makes a cut-off end visible."""
        with self._reading() as connection:
            return _one(connection, select(events).order_by(events.c.id.desc()).limit(1))

    def verify(self, head: str = "") -> str:
        """Name the first broken event, or the absence of the event whose hash is ``head``; empty when whole."""
        seen = False

        def watched(walk: Iterator[Event]) -> Iterator[Event]:
            nonlocal seen
            for event in walk:
                seen = seen or event.hash == head
                yield event

        with closing(self.events()) as walk:
            fault = first_break(watched(walk))
        if not fault and head and not seen:
            zh = f"没有事件的哈希为 {head}，记录末尾被截断或替换"
            return f"{zh}。no event carries the hash {head}: the end of the record was cut off or replaced"
        return fault

    @property
    def place(self) -> str:
        """The address as it was given, without its passwords."""
        return self.url.difference_update_query(("password", "sslpassword")).render_as_string(hide_password=True)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _told(self), self._engine.execution_options(writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _told(self), self._engine.begin() as connection:
            yield connection


@contextmanager
def _told(record: Record) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == NO_TABLE or "no such table" in str(error.orig):
            raise RecordError(
                f"{record.place} 中没有记录，请核对 DATABASE_URL；首次查询或决策会建立记录",
                f"{record.place} holds no record; check DATABASE_URL: the first query or decision makes one",
            ) from error
        raise RecordError(
            f"记录（{record.place}）读写失败：{str(error.orig).strip()}，请检查 DATABASE_URL、"
            "数据库是否运行及有无读写权限",
            f"the record at {record.place} failed: {str(error.orig).strip()}; check DATABASE_URL and that the "
            "database runs and you may read and write it",
        ) from error


def _checked(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise RecordError(
            "DATABASE_URL 不是数据库地址，应为 sqlite:///FILE 或 postgresql://...",
            "DATABASE_URL is not an address; expected sqlite:///FILE or postgresql://...",
        ) from error
    if url.drivername not in DRIVERS:
        raise RecordError(
            f"DATABASE_URL 不支持 {url.drivername}，应为 sqlite 或 postgresql",
            f"DATABASE_URL: {url.drivername} is not supported; expected sqlite or postgresql",
        )
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, isolation_level="READ COMMITTED")
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            Path(url.database).touch(mode=0o600)
        except OSError as error:
            raise RecordError(
                f"记录 {url.database} 无法写入：{error.strerror}，文件属于其创建者，多人使用请以 DATABASE_URL "
                "指定共用的 PostgreSQL",
                f"the record {url.database} cannot be written: {error.strerror}; it belongs to who made it, and "
                "several users of a machine share one in PostgreSQL: set DATABASE_URL",
            ) from error
    return _sqlite(url)


def _reading_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return _engine(url).execution_options(postgresql_readonly=True)
    file = Path(url.database or "")
    if not os.access(file, os.R_OK, effective_ids=True):
        zh, en = ("您无权读取", "may not be read by you") if file.exists() else ("不存在", "is not there")
        raise RecordError(
            f"记录 {file} {zh}，应为 SME_CREDIT_HOME 中的 record.db，或请设置 DATABASE_URL",
            f"the record {file} {en}; expected the record.db of SME_CREDIT_HOME, or set DATABASE_URL",
        )
    return _sqlite(url.set(database=file.resolve().as_uri(), query={"mode": "ro", "uri": "true"}))


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS})
    sa_event.listen(engine, "connect", _own_transactions)
    sa_event.listen(engine, "begin", _begin)
    return engine


def _own_transactions(connection: DBAPIConnection, _: Any) -> None:
    """Keep the driver from opening transactions by itself, which it does too late to serialise appends."""
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _append(connection: Connection, *drafts: Draft) -> list[Event]:
    last = _one(connection, select(events).order_by(events.c.id.desc()).limit(1))
    written: list[Event] = []
    for draft in drafts:
        last = link(last, draft, _now())
        written.append(last)
    if written:
        connection.execute(insert(events), [vars(event) for event in written])
    return written


def _one(connection: Connection, wanted: Select[Any]) -> Event | None:
    row = connection.execute(wanted).first()
    return _event(row) if row else None


def _event(row: Any) -> Event:
    return Event(**row._mapping)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
