"""What every release wrote still loads and answers as it did."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.catalogue import EVERY
from features.errors import ArtifactError
from features.loan_behaviour import BEHAVIOUR
from models.artefact import load, read_manifest
from models.golden import TOLERANCE
from models.kinds import KINDS

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "tests" / "models" / "released"
ARTEFACTS = sorted(path.parent for path in RELEASED.rglob("manifest.json"))


def _name(folder):
    return str(folder.relative_to(RELEASED))


def test_there_is_one_of_every_release():
    released = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert {path.name for path in RELEASED.iterdir() if path.is_dir()} >= {"0.1.0", released}


@pytest.mark.parametrize("folder", ARTEFACTS, ids=_name)
def test_it_loads_and_gives_its_golden_answers(folder):
    """``load`` compares every golden answer; here the numbers are compared once more, apart from its code."""
    model, golden = load(folder), json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    values = np.array([[np.nan if v is None else v for v in row] for row in golden["rows"]], dtype=float)
    rows = pd.DataFrame(values, columns=golden["columns"]).assign(enterprise_id="E", as_of=pd.Timestamp("2026-01-01"))
    table = KINDS[model.kind].table(rows, model)
    for name in table.columns.intersection([*golden["expected"]]):
        wanted = golden["expected"][name]
        if pd.api.types.is_float_dtype(table[name]):
            wanted = np.array([np.nan if v is None else v for v in wanted], dtype=float)
            assert table[name].to_numpy() == pytest.approx(wanted, rel=TOLERANCE, abs=TOLERANCE, nan_ok=True), name
        else:
            assert table[name].tolist() == wanted, name


@pytest.mark.parametrize("folder", [path for path in ARTEFACTS if "0.1.0" not in path.parts], ids=_name)
def test_what_it_reads_is_in_the_catalogue(folder):
    """A version in use reads its features by name: one that is gone stops every decision. 0.1.0's are made up."""
    assert {*load(folder).names} <= {*EVERY, *BEHAVIOUR}


def test_a_format_that_is_not_read_says_what_to_do(tmp_path, model, monkeypatch):
    from models import artefact

    monkeypatch.setattr(artefact, "FORMAT", 9)
    folder = artefact.save(model, tmp_path / "later")
    monkeypatch.undo()
    assert read_manifest(folder)["format"] == 9
    with pytest.raises(ArtifactError, match=r"manifest\.json: format 9, kind credit; this release reads format 2 and"):
        load(folder)
