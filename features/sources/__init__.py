"""Where facts come from: one file a format, each a reader from files to batches of canonical rows.

A reader is a function ``read(path, options) -> Iterator[Batch]``. It keeps the order of the file, says of every row
which file and row it was, leaves cells that it cannot read as the text they are (ingest quarantines those), and
raises ``ContractError`` for a fault of the file as a whole. ``SOURCES`` maps the name used by
``sme-credit ingest --source`` to the reader; ``statement`` needs a layout too, as in ``statement:cn-signed``.
"""

from features.sources import (
    berka,
    camt053,
    contract,
    invoices,
    open_banking,
    platform_report,
    sba,
    statement,
    tax_lines,
    utility_bills,
)
from features.sources.batch import Batch, Options, Reader, numbered, reject
from features.sources.delimited import Chunk, read_delimited
from features.sources.layout import Layout
from features.sources.reasons import REASONS

SOURCES: dict[str, Reader] = {
    "contract": contract.read,
    "berka": berka.read,
    "invoices": invoices.read,
    "statement": statement.read,
    "camt053": camt053.read,
    "open-banking": open_banking.read,
    "platform-report": platform_report.read,
    "tax-lines": tax_lines.read,
    "sba": sba.read,
    "utility-bills": utility_bills.read,
}

__all__ = [
    "REASONS",
    "SOURCES",
    "Batch",
    "Chunk",
    "Layout",
    "Options",
    "Reader",
    "numbered",
    "read_delimited",
    "reject",
]
