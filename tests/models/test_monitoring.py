"""The settings of monitoring: what ships is sound, and what is wrong is named with the key."""

import copy

import pytest

from features.errors import PolicyError
from models.monitoring import Monitoring
from models.signals import KINDS
from pipelines.settings import conf
from pipelines.watch.watched import current_monitoring


@pytest.fixture(scope="module")
def shipped():
    return conf("monitoring.yaml")


def test_what_ships_uses_every_kind_and_each_signal_once():
    monitoring = current_monitoring()
    assert {signal.kind for signal in monitoring.signals} == set(KINDS)
    assert len({signal.name for signal in monitoring.signals}) == len(monitoring.signals)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"yellow": 3.0, "orange": 2.0}, "signals.0: expected bounds of yellow, orange and red each worse"),
        ({"yellow": None, "orange": None, "red": None}, "at least one of yellow, orange and red"),
        ({"kind": "persistence", "months": 3}, "a bound for kind persistence"),
        ({"kind": "trend", "months": 1}, "months of at least 2 for kind trend"),
        ({"clear": 99.0}, "a bound to clear that is no worse than the first one"),
        ({"side": "beyond"}, "signals.0.side: expected"),
        ({"typo": 1}, "signals.0.typo"),
    ],
)
def test_a_wrong_signal_is_named_with_its_key(shipped, change, words):
    wrong = copy.deepcopy(shipped)
    wrong["signals"][0].update(change)
    with pytest.raises(PolicyError, match=r"monitoring\.yaml: key signals\.0") as told:
        Monitoring.parse(wrong, "monitoring.yaml")
    assert words in str(told.value)


def test_two_signals_of_one_name_are_refused(shipped):
    wrong = copy.deepcopy(shipped)
    wrong["signals"].append(wrong["signals"][0])
    with pytest.raises(PolicyError, match="each name once, found 'past_due' twice"):
        Monitoring.parse(wrong, "monitoring.yaml")


def test_a_signal_of_something_that_is_not_there_is_refused(shipped, tmp_path, monkeypatch):
    text = tmp_path / "monitoring.yaml"
    text.write_text(
        str(shipped | {"effective_from": "2026-01-01"}).replace("'of': 'dpd'", "'of': 'dbd'"), encoding="utf-8"
    )
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    with pytest.raises(PolicyError, match="signal 'past_due' is measured of 'dbd', which is neither a feature"):
        current_monitoring()
