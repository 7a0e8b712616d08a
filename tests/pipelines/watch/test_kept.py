"""What a run reads is kept by month: taken up as it is, read anew where what it was made of no longer stands."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipelines.storage.parts import Parts
from pipelines.watch.kept import Kept

MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)


def asked(*firms, days=(MAY, JUNE)):
    rows = [(firm, pd.Timestamp(day)) for firm in firms for day in days]
    return pd.DataFrame(rows, columns=["enterprise_id", "as_of"])


@pytest.fixture
def made():
    """A column that is made of firm and month, and the rows for which it was made."""
    told = []

    def make(missing):
        told.append(missing)
        value = missing["enterprise_id"].map(ord) + missing["as_of"].dt.month / 10
        return missing.iloc[::-1].assign(value=value.where(missing["enterprise_id"] != "n"))

    make.told = told
    return make


@pytest.fixture
def kept(tmp_path):
    parts = Parts(names=("0001-01-01.aa", "2025-05-01.bb"))
    return Kept(folder=tmp_path / "kept", columns=("value",), version="1", parts=parts)


def keep(kept, rows, tmp_path):
    rows.assign(other=1).to_parquet(tmp_path / "000000.parquet", index=False)
    kept.keep([tmp_path / "000000.parquet"], [MAY, JUNE])


def test_what_was_kept_is_not_made_again_and_is_the_same(kept, made, tmp_path):
    first = kept.rows(asked("a", "n"), made)
    assert first["value"].tolist() == pytest.approx([97.5, 97.6, np.nan, np.nan], nan_ok=True)
    keep(kept, first, tmp_path)
    made.told.clear()
    again = kept.rows(asked("a", "b", "n"), made)
    assert [rows["enterprise_id"].tolist() for rows in made.told] == [["b", "b"]]
    assert again["enterprise_id"].tolist() == list("aabbnn")
    pd.testing.assert_frame_equal(again.iloc[[0, 1, 4, 5]].reset_index(drop=True), first)


def test_a_month_stands_as_long_as_what_was_known_before_it(kept, made, tmp_path):
    keep(kept, kept.rows(asked("a"), made), tmp_path)
    made.told.clear()
    newer = replace(kept, parts=Parts(names=("0001-01-01.aa", "2025-05-01.cc")))  # what became known in May is opened
    newer.rows(asked("a"), made)
    assert [rows["as_of"].tolist() for rows in made.told] == [[pd.Timestamp(JUNE)]]
    made.told.clear()
    replace(kept, version="2").rows(asked("a"), made)
    assert len(made.told[0]) == 2


def test_rows_that_no_longer_hold_make_room(kept, made, tmp_path):
    keep(kept, kept.rows(asked("a"), made), tmp_path)
    newer = replace(kept, version="2")
    keep(newer, newer.rows(asked("a"), made), tmp_path)
    assert sorted(path.name for path in kept.folder.iterdir()) == sorted(newer.file(day).name for day in (MAY, JUNE))
