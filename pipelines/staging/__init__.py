"""The working database of one ingest: every row as written and as read, and which checks it failed.

It lives in a file beside the store while the ingest runs, so that a load may be larger than memory.
"""

from pipelines.staging.base import Fault, Staging

__all__ = ["Fault", "Staging"]
