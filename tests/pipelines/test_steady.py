"""What is read while others add to the store is read again, and what goes wrong by itself is not."""

from datetime import date

import pytest

from features.errors import CreditError
from pipelines.steady import TRIES, steady
from pipelines.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def add(store, table):
    """Add one firm more."""
    return lambda number: store.commit(
        [
            (
                "enterprise",
                table("enterprise", [{"enterprise_id": f"E{number}", "name": "甲", "known_at": date(2024, 1, 1)}]),
            )
        ]
    )


def test_a_reading_that_facts_came_into_is_done_again_whether_it_failed_or_not(store, add):
    said = iter(["mixed", OSError("a part of the panel is gone"), "whole"])

    def read():
        found = next(said)
        if found != "whole":
            add(found == "mixed")
        if isinstance(found, OSError):
            raise found
        return found

    assert steady(store, read) == "whole"


def test_a_reading_during_which_the_flow_rules_were_edited_is_done_again(store, tmp_path, monkeypatch):
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    edits = iter(["version: a", "version: b"])

    def read():
        text = next(edits, None)
        if text:
            (tmp_path / "flow_rules.yaml").write_text(text, encoding="utf-8")
        return text

    assert steady(store, read) is None


def test_what_fails_in_a_store_that_stands_fails_at_once(store, add):
    add(1)
    tried = []

    def read():
        tried.append(1)
        raise OSError("damaged")

    with pytest.raises(OSError, match="damaged"):
        steady(store, read)
    assert len(tried) == 1


def test_a_store_that_never_stands_is_told_in_both_languages(store, add):
    numbers = iter(range(100))
    with pytest.raises(
        CreditError,
        match=r"4 次读取期间数据都有增加或流水规则被修改.*facts were added or flow rules edited during each of 4",
    ):
        steady(store, lambda: add(next(numbers)))
    assert next(numbers) == TRIES
