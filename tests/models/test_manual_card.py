"""The manual card by hand: base 540, two rows."""

import numpy as np
import pandas as pd
import pytest

from features.errors import PolicyError
from models.manual_card import ManualCard, decide_by_hand, why_by_hand

CARD = {
    "version": "1",
    "approver": "a",
    "effective_from": "2026-01-01",
    "base": 540.0,
    "rows": [
        {"feature": "days_past_due_max_12m", "edges": [1, 31], "points": [20, -10, -40], "missing": 0},
        {"feature": "buffer_days_12m", "edges": [15], "points": [-20, 15], "missing": -20},
    ],
}


def card(**changes):
    return ManualCard.parse(CARD | changes, "manual_card.yaml")


def rows(**columns):
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"enterprise_id": [f"E{i}" for i in range(count)], "as_of": "2026-01-01", **columns})


def test_points_add_up_and_a_person_always_decides(policy):
    firms = rows(days_past_due_max_12m=[0.0, 1.0, 31.0, np.nan], buffer_days_12m=[15.0, 14.9, np.nan, 40.0])
    found = decide_by_hand(firms, card(), policy, "gone")
    assert [d.score for d in found] == [575.0, 510.0, 480.0, 555.0]  # 540 + 20 + 15, - 10 - 20, - 40 - 20, + 0 + 15
    # 600 points are 20 to 1 and 40 double it: at 480 points 20 / 8 to 1
    assert found[2].pd == pytest.approx(1 / (1 + 20 / 8))
    assert {(d.admitted, d.referral, d.limit, d.binding_leg, d.model) for d in found} == {
        (False, True, 0.0, "admission", "manual-card")
    }


def test_reasons_are_the_rows_that_take_points_the_most_first(policy):
    good, bad = decide_by_hand(
        rows(days_past_due_max_12m=[0.0, 31.0], buffer_days_12m=[40.0, 3.0]), card(), policy, "gone"
    )
    assert [r.code for r in good.reasons] == ["manual.no_model"]
    assert [(r.code, r.effect) for r in bad.reasons] == [
        ("manual.no_model", "refers"),
        ("days_past_due_max_12m", "raises_risk"),
        ("buffer_days_12m", "raises_risk"),
    ]
    assert bad.reasons[0].en == "no model was asked: 480 points of the manual card, for a person to decide"
    assert bad.reasons[1].zh.endswith("：-40分")


def test_gaps_name_what_kept_the_model_away_and_what_is_not_known(policy):
    (found,) = decide_by_hand(rows(buffer_days_12m=[40.0]), card(), policy, "model x has no champion")
    assert [gap.code for gap in found.data_gaps] == ["model", "calibration", "days_past_due_max_12m"]
    assert why_by_hand(found.model_dump(mode="json")) == "model x has no champion"


ROW = CARD["rows"][0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW | {"points": [20, -10]}, "expected edges that rise, and one more points than edges"),
        (ROW | {"edges": [31, 1]}, "expected edges that rise"),
        (ROW | {"feature": "luck"}, "expected a feature of the catalogue"),
        (ROW | {"points": [-10, 20, 30]}, "no more for more risk"),
        (ROW | {"missing": 25}, "missing: no more points than the best known value has"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place_and_expectation(row, words):
    with pytest.raises(PolicyError, match=f"manual_card.yaml: key rows.0: .*{words}"):
        card(rows=[row])
