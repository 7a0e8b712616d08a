import numpy as np
import pandas as pd

from pipelines.modelling.credit_proofs import _limits


def test_a_firm_for_a_person_to_decide_is_not_counted_as_declined():
    answers = pd.DataFrame(
        [(True, False, "tax", 50_000.0), (True, True, "tax", 30_000.0), (False, True, "admission", 0.0),
         (False, False, "admission", 0.0)],
        columns=["admitted", "referral", "binding_leg", "limit"],
    )  # fmt: skip
    found = _limits(answers, np.array([0.0, 1.0, 1.0, 0.0]))
    assert [found[name] for name in ("admitted", "referral", "no_limit", "declined")] == [0.5, 0.25, 0.25, 0.25]
    assert found["legs"][0] == {"leg": "tax", "n": 2, "share": 0.5, "median": 40_000.0, "bad": 0.5}
    assert [(row["leg"], row["n"], row["bad"]) for row in found["legs"][1:]] == [
        ("admission", 1, 0.0),
        ("referral", 1, 1.0),
    ]
