"""The record: who looked at whose data, with which consent, and what was decided.

One append-only table of events. Each event carries the hash of the one before it, so that a change, a removal or an
insertion breaks the chain at that place, and the database itself refuses UPDATE and DELETE.
"""

from pipelines.record.chain import Draft, Event, RecordError, canonical
from pipelines.record.log import Record

__all__ = ["Draft", "Event", "Record", "RecordError", "canonical"]
