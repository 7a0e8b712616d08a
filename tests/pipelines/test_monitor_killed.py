"""The monthly run with a post-loan model in use, killed at ten points drawn at random: the same bytes when resumed."""

import hashlib
import multiprocessing
import os
import shutil
import signal
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from homes import home_in, sample_store

import pipelines.modelling.post_loan
import pipelines.monitor
import pipelines.watch.watched
from features.labels import HORIZONS
from models.artefact import save
from models.post_loan import POST_LOAN, fit_post_loan
from pipelines.features import compute
from pipelines.modelling.post_loan import FEATURES
from pipelines.monitor import monitor
from pipelines.tracking import register
from pipelines.tracking.registry import promote
from pipelines.tracking.runs import start_run

AS_OF, KILLS = date(2025, 1, 1), 10  # the first month of which a run looks at no more than a year


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    """A home in which a post-loan model, learned from made-up loans, is champion."""
    random, folder, some = np.random.default_rng(0), tmp_path_factory.mktemp("killed-home"), FEATURES[::20]
    made_up = pd.DataFrame(random.normal(0, 100, (400, len(some))), columns=[f.name for f in some])
    asked = pd.DataFrame({"enterprise_id": [f"E{k:03}" for k in range(400)], "as_of": pd.Timestamp(AS_OF)})
    asked = asked.assign(**{name: (random.random(400) < 0.2).astype(float) for name in HORIZONS})
    with home_in(folder) as patch:
        patch.setattr(pipelines.watch.watched, "FIRMS_A_BATCH", 12)
        model = fit_post_loan(made_up, asked, features=some, settings={"rounds": 20})
        with start_run(POST_LOAN, "made up"):
            version = register(save(model, folder / POST_LOAN))
        promote(POST_LOAN, version, "王")
        yield folder


@pytest.fixture
def store(tmp_path):
    """The sample firms, of which nothing was kept by an earlier run."""
    return sample_store(tmp_path / "store")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


class Opened:
    """Counts the files that this process opens, once begun, and kills it at the one it is told."""

    def __init__(self) -> None:
        self.count, self.last, self.process = 0, float("inf"), 0
        sys.addaudithook(self)

    def __call__(self, event: str, _: object) -> None:
        if event == "open" and self.process == os.getpid():
            self.count += 1
            if self.count > self.last:
                os.kill(os.getpid(), signal.SIGKILL)

    def begin(self, last: float = float("inf")) -> None:
        self.count, self.last, self.process = 0, last, os.getpid()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_killed_at_ten_points_with_a_model_in_use_and_resumed_it_says_the_same(store, tmp_path):
    opened = Opened()
    opened.begin()
    found = monitor(store, AS_OF, tmp_path / "whole", "li")
    files = opened.count
    opened.process = 0
    assert found.tables.watch_list["risk"].notna().any()
    shutil.rmtree(store.derived("kept"))

    def work(last):
        opened.begin(last)
        monitor(store, AS_OF, tmp_path / "resumed", "li")

    ends = []  # a quarter of the files at most: a run goes on where the one before it was killed, with less to do
    for last in np.random.default_rng(7).integers(0, files // 4, KILLS):
        child = multiprocessing.get_context("fork").Process(target=work, args=(int(last),))
        child.start()
        child.join(600)
        ends.append(child.exitcode)
    monitor(store, AS_OF, tmp_path / "resumed", "li")
    assert ends == [-signal.SIGKILL] * KILLS
    assert digests(tmp_path / "resumed") == digests(tmp_path / "whole")


def test_features_of_a_firm_and_date_are_computed_once(store, tmp_path, monkeypatch):
    asked = []
    for reader in (pipelines.monitor, pipelines.watch.watched, pipelines.modelling.post_loan):
        monkeypatch.setattr(reader, "compute", lambda s, rows, **k: asked.append(rows) or compute(s, rows, **k))
    monitor(store, AS_OF, tmp_path / "out", "li")
    keys = pd.concat(asked)[["enterprise_id", "as_of"]]
    assert len(keys) > 0
    assert not keys.duplicated().any()
