"""What every release wrote still loads and answers as it did."""

from pathlib import Path

import pytest

from features.errors import ArtifactError
from models.artefact import load, read_manifest
from models.golden import TOLERANCE

RELEASED = sorted(path for path in (Path(__file__).parent / "released").iterdir() if path.is_dir())


def test_there_is_one_of_every_release():
    assert "0.1.0" in [path.name for path in RELEASED]


@pytest.mark.parametrize("folder", RELEASED, ids=lambda path: path.name)
def test_it_loads_and_gives_its_golden_answers(folder):
    """``load`` compares every golden answer; here the numbers are compared once more, apart from its code."""
    import json

    import numpy as np
    import pandas as pd

    from models.decide import decide_table

    model, golden = load(folder), json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    values = np.array([[np.nan if v is None else v for v in row] for row in golden["rows"]], dtype=float)
    rows = pd.DataFrame(values, columns=golden["columns"]).assign(enterprise_id="E", as_of=pd.Timestamp("2026-01-01"))
    table = decide_table(rows, model)
    for name in ("pd", "score", "limit"):
        assert table[name].to_numpy() == pytest.approx(golden["expected"][name], rel=TOLERANCE, abs=TOLERANCE), name
    for name in ("admitted", "referral", "grade", "binding_leg"):
        assert table[name].tolist() == golden["expected"][name], name


def test_a_format_that_is_not_read_says_what_to_do(tmp_path, model, monkeypatch):
    from models import artefact

    monkeypatch.setattr(artefact, "FORMAT", 9)
    folder = artefact.save(model, tmp_path / "later")
    monkeypatch.undo()
    assert read_manifest(folder)["format"] == 9
    with pytest.raises(ArtifactError, match=r"manifest\.json: format 9, kind credit; this release reads format 2 and"):
        load(folder)
