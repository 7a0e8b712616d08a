"""The data contract: every canonical table as data.

The Arrow schema, the Great Expectations suite, the documentation page and the ODCS file all come from
``TABLES``. Facts are append-only and every row carries ``known_at``, the date on which the bank learned it.
"""

from features.contract.credit import CREDIT
from features.contract.flows import FLOWS
from features.contract.model import Column, Table
from features.contract.parties import PARTIES

VERSION = "1.0.0"
TABLES: dict[str, Table] = {table.name: table for table in (*PARTIES, *FLOWS, *CREDIT)}

__all__ = ["TABLES", "VERSION", "Column", "Table"]
