import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from features.errors import ArtifactError
from models.credit_model import CreditModel
from pipelines import compare as module
from pipelines.compare import HELD_OUT, NEW, compare_versions
from pipelines.tracking import load_version, promote
from pipelines.tracking.runs import connect
from pipelines.train import train
from serving.cli.app import app
from serving.cli.compare import _text


@pytest.fixture(scope="module")
def two(trained, loan_store) -> tuple[str, str]:
    """A champion and a challenger of another seed."""
    second = train(loan_store, trainer="赵", seed=3).version
    promote("credit-limit", trained.version, "孙")
    return trained.version, second


@pytest.fixture(scope="module")
def found(two, loan_store) -> dict:
    done = CliRunner().invoke(app, ["compare", "credit-limit", "--store", str(loan_store.root), "--json"])
    assert done.exit_code == 0
    return json.loads(done.stdout)


def test_who_only_trained_is_told_to_promote(trained, loan_store):
    with pytest.raises(ArtifactError, match=r"has no champion; run 'sme-credit train .*' and 'sme-credit promote"):
        compare_versions(loan_store, "credit-limit")


def test_with_nothing_new_both_are_fitted_again_without_the_firm(two, found):
    assert (found["champion_version"], found["challenger_version"]) == two
    assert (found["rows"], found["n"], found["bad"], found["simulated"]) == (HELD_OUT, 60, 15, False)
    assert sum(line["n"] for line in found["swap"]) == 60
    assert sum(line["amount"] for line in found["swap"]) == 60 * 100_000


def test_rows_that_neither_can_have_known_are_judged_by_the_versions_themselves(two, loan_store, monkeypatch):
    monkeypatch.setattr(module, "load_version", _as_of("2025-01-01"))
    found = compare_versions(loan_store, "credit-limit")
    assert (found["rows"], found["n"], found["bad"]) == (NEW, 60, 15)
    assert not np.isnan(found["difference"]["auc"])


def test_a_loan_that_was_learned_from_while_its_window_was_open_is_not_new(two, loan_store, monkeypatch):
    monkeypatch.setattr(module, "load_version", _as_of("2025-07-15"))
    assert compare_versions(loan_store, "credit-limit")["rows"] == HELD_OUT


def _as_of(known_before: str) -> Callable[[str, str], CreditModel]:
    """Loads versions as if they had been trained by what was known before a date."""

    def earlier(name: str, version: str) -> CreditModel:
        model = load_version(name, version)
        return replace(model, training={**model.training, "known_before": known_before})

    return earlier


def test_the_text_says_both_versions_and_the_swap_set(two, found):
    told = _text(found)
    assert f"champion v{two[0]}: AUC {found['champion']['auc']:.3f}" in told
    assert "换入 taken up" in told
    assert found["profit"]["difference"] == pytest.approx(found["profit"]["challenger"] - found["profit"]["champion"])


def test_a_version_is_not_compared_with_itself(two, loan_store):
    connect().MlflowClient().set_registered_model_alias("credit-limit", "challenger", two[0])
    with pytest.raises(ArtifactError, match=f"version {two[0]} is both champion and challenger; train another"):
        compare_versions(loan_store, "credit-limit")
    connect().MlflowClient().set_registered_model_alias("credit-limit", "challenger", two[1])
