import json
from datetime import date
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from features.labels import DEFAULT, LATE
from models.post_loan import fit_post_loan
from pipelines.modelling.post_loan import FEATURES, post_loan_matrix, post_loan_rows
from pipelines.watch.drift import answers, standing, write
from pipelines.watch.watched import live

UNTIL = date(2025, 12, 21)
BAD, LATE_FIRMS = 15, 21  # as the store's loans: never paid, and these or paid 40 days late


def turns(firm, first, last):
    return sum(month % 3 == crc32(firm.encode()) % 3 for month in range(first, last + 1))


@pytest.fixture(scope="module")
def asked(loan_store):
    return post_loan_rows(loan_store, UNTIL)


def test_rows_and_outcomes_by_hand(asked):
    # paid out on 15 January 2024; the horizon of 2 December 2024 and later is not over by 21 December 2025
    assert (asked["as_of"].min(), asked["as_of"].max()) == (pd.Timestamp("2024-02-01"), pd.Timestamp("2024-12-01"))
    firms = [f"E{i:02}" for i in range(60)]
    assert len(asked) == sum(turns(firm, 2, 12) for firm in firms)
    # 91 days past due on 16 April 2025: within twelve months of 1 May 2024 and later
    assert asked["default"].sum() == asked[DEFAULT].sum() == sum(turns(firm, 5, 12) for firm in firms[:BAD])
    # 31 days past due on 15 February 2025: within three months of 1 December alone
    assert asked[LATE].sum() == sum(turns(firm, 12, 12) for firm in firms[:LATE_FIRMS])
    assert not asked["grey"].any()


@pytest.mark.slow
def test_how_a_model_stands_is_told_from_the_store(loan_store, asked, tmp_path):
    matrix = post_loan_matrix(loan_store, asked)
    assert matrix[["enterprise_id", "loan_id"]].equals(asked[["enterprise_id", "loan_id"]])
    assert list(matrix)[3:] == [feature.name for feature in FEATURES]
    made_up = asked.assign(**{LATE: (np.arange(len(asked)) % 9 == 0).astype(float)})
    model = fit_post_loan(
        matrix, made_up, features=FEATURES, settings={"rounds": 5}, training={"known_before": "2025-03-01"}
    )
    firms = sorted(set(asked["enterprise_id"]))

    def stands(as_of):
        said = answers(loan_store, model, live(loan_store, firms, [as_of]))
        return standing(loan_store, model, said, as_of, firms)

    found = stands(date(2025, 3, 1))
    assert found.measured == {}  # what it learned from is no test of it
    assert found.expected[DEFAULT].rows == 15  # 45 days past due; those paid have no live loan
    assert LATE not in found.expected
    later = stands(date(2025, 4, 1))  # 76 days past due
    assert (later.measured[LATE].rows, later.measured[LATE].bad) == (60, 21)
    assert DEFAULT not in later.measured  # nobody had failed within twelve months of 1 April 2024
    write(found, tmp_path)
    assert len(pd.read_parquet(tmp_path / "drift.parquet")) == len(model.baseline.edges)
    assert json.loads((tmp_path / "model_standing.json").read_text(encoding="utf-8")) == found.to_json()
    assert stands(UNTIL) is None  # every loan that is still live has defaulted
    assert stands(date(2024, 1, 10)) is None  # no loan is paid out yet
