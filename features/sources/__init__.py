"""Where facts come from: one file a format, each a reader from files to batches of canonical rows.

A reader is a function ``read(path, options) -> Iterator[Batch]``. It keeps the order of the file, says of every row
which file and row it was, leaves cells that it cannot read as the text they are (ingest quarantines those), and
raises ``ContractError`` for a fault of the file as a whole. ``SOURCES`` maps the name used by
``sme-credit ingest --source`` to the reader.
"""

from features.sources import berka, contract, invoices
from features.sources.batch import Batch, Options, Reader, numbered, reject
from features.sources.delimited import Chunk, read_delimited

SOURCES: dict[str, Reader] = {"contract": contract.read, "berka": berka.read, "invoices": invoices.read}

__all__ = ["SOURCES", "Batch", "Chunk", "Options", "Reader", "numbered", "read_delimited", "reject"]
