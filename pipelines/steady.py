"""Reading a store that others add to: an answer is of one state of its facts, which the record can name."""

from collections.abc import Callable
from typing import TypeVar

from features.errors import CreditError
from pipelines.store import Store

TRIES = 4
T = TypeVar("T")


def steady(store: Store, read: Callable[[], T]) -> T:
    """What ``read`` gives while nobody adds to the store; it reads again when somebody did.

    Raises
    ------
    CreditError
        When facts were added during each of ``TRIES`` readings.
    """
    for _ in range(TRIES):
        before = store.content_hash
        try:
            found = read()
        except Exception:  # a part of the panel that was replaced meanwhile, for one
            if store.content_hash == before:
                raise
            continue
        if store.content_hash == before:
            return found
    raise CreditError(
        f"{TRIES} 次读取期间数据都有增加，请在导入结束后重试",
        f"facts were added during each of {TRIES} readings; run it again when ingest has ended",
        store.root,
    )
