"""The record: who looked at whose data, with which consent, and what was decided.

One append-only table of events. Each event carries the hash of the one before it, so that a change, a removal or an
insertion breaks the chain at that place, and the database itself refuses UPDATE and DELETE.
"""

from pipelines.record.chain import OS_USER, TOKEN, TRUST, Draft, Event, RecordError, Vouched, canonical, name_from
from pipelines.record.log import Record

__all__ = ["OS_USER", "TOKEN", "TRUST", "Draft", "Event", "Record", "RecordError", "Vouched", "canonical", "name_from"]
