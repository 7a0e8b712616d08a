"""A bank in miniature: a simulated store and a champion in the registry, as the commands and the service find them."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from homes import home_in

from features import engine
from features.catalogue import CATALOGUE
from models.artefact import save
from models.fit import fit_credit_model
from models.labelled import Labelled
from pipelines.consent import ask
from pipelines.features import compute, latest_applications
from pipelines.policy import current_policy
from pipelines.settings import ROOT
from pipelines.simulate import simulate_into
from pipelines.store import Store
from serving.cli.app import main

AS_OF = date(2025, 12, 1)


@dataclass(frozen=True)
class Bank:
    """Where it is, the date, a firm with consent and one without."""

    home: Path
    store: Path
    as_of: str
    consented: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """What a process of its own needs to find the bank."""
        ours = {"SME_CREDIT_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | ours


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A copy of the code whose ``access.yaml`` names these people: what a process of its own imports."""

    def made(people: str) -> Path:
        house = tmp_path_factory.mktemp("house")
        for room in ("conf", "features", "models", "pipelines", "serving", "simulation"):
            shutil.copytree(ROOT / room, house / room, ignore=shutil.ignore_patterns("__pycache__"))
        rights = house / "conf" / "access.yaml"
        text = rights.read_text(encoding="utf-8")
        assert text.endswith("people: {}\n")
        rights.write_text(text.removesuffix("{}\n") + people + "\n", encoding="utf-8")
        return house

    return made


@pytest.fixture
def run(bank, monkeypatch, capsys):
    """Run ``sme-credit`` with these arguments, in this process: a new one would import everything again."""
    monkeypatch.setenv("SME_CREDIT_HOME", str(bank.home))
    monkeypatch.setenv("SME_CREDIT_STAFF", "li")
    monkeypatch.setattr(engine, "_SCRIPTS", engine._SCRIPTS)

    def command(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["sme-credit", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return command


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory, scripts: Path) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("bank")
    (folder / "home").mkdir()
    (folder / "home" / "scripts").symlink_to(scripts)
    with home_in(folder / "home"):
        store = Store(folder / "store")
        simulate_into(store, 30, 24, 1)
        asked = latest_applications(store, AS_OF)
        _champion(compute(store, asked), folder / "artefact")
        live, refused = ask(store, asked["enterprise_id"].tolist(), AS_OF, "01")
        yield Bank(
            home=folder / "home",
            store=store.root,
            as_of=AS_OF.isoformat(),
            consented=tuple(live),
            refused=tuple(refused),
        )


def _champion(features, folder: Path) -> None:
    """A model fitted to noise around the simulated firms: it answers, and what it answers does not matter here."""
    from pipelines.record import Draft, Record
    from pipelines.tracking import promote, register
    from pipelines.tracking.runs import start_run

    random = np.random.default_rng(0)
    entries = list(CATALOGUE.values())[::3]
    rows = features.sample(300, replace=True, random_state=0)[[e.name for e in entries]].reset_index(drop=True)
    rows *= random.lognormal(0, 0.2, rows.shape)
    default = (random.random(300) < 0.15).astype(float)
    policy = current_policy()
    model = fit_credit_model(Labelled.of(rows, default, entries), policy, benchmark=False)
    with start_run("credit-limit", "test"):
        version = register(save(model, folder))
    promote("credit-limit", version, "tester")
    with Record() as record:  # as the command does, which asks for a validation
        record.append(Draft(staff="tester", action="promote", subject="credit-limit", payload={"version": version}))
