import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from features.errors import ArtifactError
from models.artefact import MANIFEST, code_fingerprint, feature_set_fingerprint, load, read_manifest, save
from models.decide import decide, decide_table


@pytest.fixture
def folder(model, tmp_path) -> Path:
    return save(model, tmp_path / "model")


def test_a_loaded_model_decides_to_the_last_bit_as_the_fitted_one(model, rows, folder):
    again = load(folder, version="3")
    assert decide_table(rows, again).equals(decide_table(rows, model))
    assert [d.model_copy(update={"version": ""}) for d in decide(rows, again)] == decide(rows, model)
    assert decide(rows.head(1), again)[0].version == "3"
    assert (again.scorecard_probability(rows) == model.scorecard_probability(rows)).all()


def test_the_same_model_is_the_same_bytes_and_a_loaded_one_too(model, folder, tmp_path):
    other, again = save(model, tmp_path / "other"), save(load(folder), tmp_path / "again")
    for path in folder.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes() == (again / path.name).read_bytes(), path.name


def test_an_artefact_is_text_and_nothing_else(folder):
    assert {p.suffix for p in folder.iterdir()} == {".txt", ".json", ".yaml"}
    for path in folder.iterdir():
        path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "booster.txt",
        "calibration.json",
        "scorecard.json",
        "features.json",
        "reference.json",
        "policy.yaml",
        "golden.json",
        MANIFEST,
    ],
)
def test_a_changed_byte_anywhere_is_refused_by_name(folder, name):
    path, whole = folder / name, (folder / name).read_bytes()
    for place in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ArtifactError, match=rf"{name}: (changed since the model was saved|missing)"):
            load(folder)
    path.write_bytes(whole)
    load(folder)


def test_a_missing_file_is_refused_by_name(folder):
    (folder / "scorecard.json").unlink()
    with pytest.raises(ArtifactError, match=r"scorecard\.json: missing, though the manifest names it"):
        load(folder)
    with pytest.raises(ArtifactError, match=r"manifest\.json: missing; expected the folder of a saved model"):
        load(folder / "nowhere")


def test_a_model_that_gives_other_golden_answers_is_refused(model, tmp_path, monkeypatch):
    """As with a library that computes otherwise: the files are whole, the answers are not the same."""
    folder = save(model, tmp_path / "model")
    real = np.exp
    monkeypatch.setattr("models.calibration.np.exp", lambda x: real(x) * (1 + 1e-9))
    with pytest.raises(ArtifactError, match=r"golden\.json: row 0: pd is .*, it was .* when the model was saved"):
        load(folder)


def test_golden_rows_hold_no_firm(model, folder, firms):
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    trained = firms(900)[list(model.names)].to_numpy()
    for row in golden["rows"]:
        cells = np.array([np.nan if v is None else v for v in row[: len(model.names)]], dtype=float)
        assert (np.isclose(trained, cells, rtol=0, atol=0).sum(axis=1) < 8).all()


def test_the_manifest_tells_fingerprints_and_training_figures(model, folder):
    manifest = read_manifest(folder)
    assert manifest["code"] == code_fingerprint()
    assert manifest["policy"] == model.policy.version
    assert manifest["training"]["held_out"]["auc"] == model.training["held_out"]["auc"]
    other = dataclasses.replace(model, features=model.features[:-1])
    assert feature_set_fingerprint(other.features) != manifest["feature_set"]


def test_two_models_in_one_process_keep_their_own_answers(model, rows, tmp_path):
    stricter = model.policy.model_copy(update={"product": model.policy.product.model_copy(update={"cap": 30_000.0})})
    first = load(save(model, tmp_path / "one"))
    second = load(save(dataclasses.replace(model, policy=stricter), tmp_path / "two"))
    assert decide_table(rows, second)["limit"].max() <= 30_000 < decide_table(rows, first)["limit"].max()
    assert decide_table(rows, first).equals(decide_table(rows, model))
