"""The one table of the record, and the triggers by which the database itself refuses to forget."""

from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, event

metadata = MetaData()

events = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", String(27), nullable=False, index=True),
    Column("staff", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("enterprise_id", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False, index=True),
    Column("payload", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
)

_SQLITE = [
    """CREATE TRIGGER event_no_update BEFORE UPDATE ON event
       BEGIN SELECT RAISE(ABORT, 'the record is append-only: UPDATE refused'); END""",
    """CREATE TRIGGER event_no_delete BEFORE DELETE ON event
       BEGIN SELECT RAISE(ABORT, 'the record is append-only: DELETE refused'); END""",
    # INSERT OR REPLACE removes the old row without asking the DELETE trigger.
    """CREATE TRIGGER event_no_replace BEFORE INSERT ON event
       WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM event)
         OR EXISTS (SELECT 1 FROM event WHERE hash = NEW.hash OR previous_hash = NEW.previous_hash)
       BEGIN SELECT RAISE(ABORT, 'the record is append-only: an event goes after the last one'); END""",
]
_POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION USING MESSAGE = 'the record is append-only: ' || TG_OP || ' refused'; END $$""",
    """CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event
       FOR EACH ROW EXECUTE FUNCTION event_refuse()""",
    """CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event
       FOR EACH STATEMENT EXECUTE FUNCTION event_refuse()""",
]

_TRIGGERS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}


@event.listens_for(events, "after_create")
def _guard(_: Table, connection: Connection, **__: Any) -> None:
    for statement in _TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
