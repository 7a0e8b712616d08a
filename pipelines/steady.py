"""Reading a store that others add to: an answer is of one state of facts and flow rules, which the record can name."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from features.errors import CreditError
from pipelines.panel import RULES
from pipelines.settings import texts
from pipelines.store import Store

TRIES = 4
T = TypeVar("T")


def steady(store: Store, read: Callable[[], T]) -> T:
    """What ``read`` gives while nobody adds to the store or edits the flow rules; it reads again when somebody did.

    Raises
    ------
    CreditError
        When facts were added, or rules edited, during each of ``TRIES`` readings.
    """
    for _ in range(TRIES):
        before = _state(store)
        try:
            found = read()
        except Exception:  # a part of the panel that was replaced meanwhile, for one
            if _state(store) == before:
                raise
            continue
        if _state(store) == before:
            return found
    raise CreditError(
        f"{TRIES} 次读取期间数据都有增加或流水规则被修改，请在导入或修改结束后重试",
        f"facts were added or flow rules edited during each of {TRIES} readings; run it again when that has ended",
        store.root,
    )


def _state(store: Store) -> tuple[str, Mapping[str, str]]:
    return store.content_hash, texts(*RULES)
