import copy

import pytest

from features.errors import PolicyError
from pipelines.modelling.gates import gates
from pipelines.modelling.settings import validation_settings

SOUND = {
    "samples": {
        "by_firm": {"auc": 0.72, "low": 0.66, "high": 0.78},
        "by_time_and_firm": {"auc": 0.65, "low": 0.55, "high": 0.74},
        "against_scorecard": {"difference": -0.01, "low": -0.05, "high": 0.03},
    },
    "calibration": {"slope": 0.9, "slope_low": 0.7, "slope_high": 1.1, "predicted": 0.04, "observed": 0.042,
                    "low": 0.03,
                                       "high": 0.05, "holds": True},
    "grades": [{"grade": "A", "holds": True}, {"grade": "B", "holds": True}],
    "stability": {"psi": 0.1, "chance": 0.03},
    "concentration": {"largest": 0.5},
    "monotonicity": {"violations": []},
    "reasons": {"violations": []},
}  # fmt: skip
BROKEN = [
    ("auc", ("samples", "by_firm"), {"auc": 0.59, "low": 0.55, "high": 0.7}),
    ("auc", ("samples", "by_firm"), {"auc": 0.62, "low": 0.49, "high": 0.7}),
    ("out_of_time", ("samples", "by_time_and_firm"), {"auc": 0.61, "low": 0.5, "high": 0.7}),
    ("scorecard", ("samples", "against_scorecard"), {"difference": -0.05, "low": -0.09, "high": -0.01}),
    ("calibration_slope", ("calibration",), {"slope": 0.5, "slope_low": 0.3, "slope_high": 0.79}),
    ("calibration_level", ("calibration",), {"holds": False}),
    ("calibration_grades", ("grades", 1), {"holds": False}),
    ("stability", ("stability",), {"psi": 0.26}),
    ("concentration", ("concentration",), {"largest": 0.91}),
    ("monotonicity", ("monotonicity",), {"violations": [{}]}),
    ("reasons", ("reasons",), {"violations": [{}]}),
]


def failed(figures) -> list[str]:
    return [gate.name for gate in gates(figures, validation_settings().gates) if not gate.passed]


def test_a_sound_version_passes_every_gate():
    assert failed(SOUND) == []
    assert len(gates(SOUND, validation_settings().gates)) == len({name for name, *_ in BROKEN})


@pytest.mark.parametrize(("name", "place", "found"), BROKEN)
def test_each_gate_stops_what_it_is_for_and_nothing_else(name, place, found):
    figures = copy.deepcopy(SOUND)
    part = figures
    for key in place:
        part = part[key]
    part.update(found)
    assert failed(figures) == [name]


def test_the_fall_out_of_time_is_that_of_the_figures_as_they_are_read():
    figures = copy.deepcopy(SOUND)
    figures["samples"]["by_firm"]["auc"], figures["samples"]["by_time_and_firm"]["auc"] = 0.6924, 0.6806  # 0.0118 apart
    made = {gate.name: gate for gate in gates(figures, validation_settings().gates)}
    assert made["out_of_time"].found == "AUC 0.692 → 0.681, 降 falls by 0.011"


def test_bounds_are_told_as_the_bank_wrote_them():
    bounds = validation_settings().gates.model_copy(
        update={"largest_grade_at_most": 0.625, "psi_at_most": 0.125, "slope_between": (0.8, 1.125)}
    )
    wanted = {gate.name: gate.wanted for gate in gates(SOUND, bounds)}
    assert wanted["concentration"] == "≤ 62.5%"
    assert wanted["stability"] == "≤ 0.125"
    assert wanted["calibration_slope"] == "区间触及 interval reaches [0.8, 1.125]"


def test_what_was_not_measured_stops_nothing_and_says_so():
    figures = copy.deepcopy(SOUND)
    del figures["samples"]["by_time_and_firm"], figures["reasons"], figures["samples"]["against_scorecard"]
    figures["stability"] = {"psi": None, "chance": None}
    figures["calibration"] |= {"slope_low": 0.1, "slope_high": 1.7}
    made = {gate.name: gate for gate in gates(figures, validation_settings().gates)}
    assert failed(figures) == []
    assert not made["out_of_time"].measured
    assert not made["calibration_slope"].measured
    assert not made["stability"].measured
    assert {"reasons", "scorecard"}.isdisjoint(made)


def test_a_movement_that_chance_explains_stops_nothing():
    assert failed({**SOUND, "stability": {"psi": 0.4, "chance": 0.5}}) == []


def test_a_faulty_setting_is_named(tmp_path, monkeypatch):
    from pipelines.settings import ROOT

    text = (ROOT / "conf" / "validation.yaml").read_text(encoding="utf-8")
    (tmp_path / "validation.yaml").write_text(text.replace("psi_at_most: 0.25", "psi_at_most: -1"), encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    with pytest.raises(
        PolicyError,
        match=r"validation\.yaml: key gates\.psi_at_most: expected input should be greater than 0, found -1",
    ):
        validation_settings()
