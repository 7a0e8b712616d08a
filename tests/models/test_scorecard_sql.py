import sqlite3

import duckdb
import numpy as np
import pandas as pd
import pytest

from models.policy_parts import Scale
from models.scorecard import Characteristic, Scorecard
from models.scorecard_sql import scorecard_sql

CARD = Scorecard(
    base=512.34567890123457,
    scale=Scale(points=600.0, odds=20.0, double=40.0),
    rows=(
        Characteristic("income_sum_12m", (1e4, 123_456.789, 5e6), (-31.1, 0.1, 17.123456789012345, 40.0), -3.3),
        Characteristic('odd "name"; --', (-0.5, 0.1), (12.0, -7.25, 1e-7), 2.0),
        Characteristic("flat", (), (5.5,), 0.0),
    ),
)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Values on, just below and between the edges, and missing ones."""
    random = np.random.default_rng(0)
    edges = [e for row in CARD.rows for e in row.edges]
    near = np.array([*edges, *np.nextafter(edges, -np.inf), *(random.normal(size=40) * 1e5), np.nan])
    frame = pd.DataFrame({row.feature: random.choice(near, 500) for row in CARD.rows})
    return frame.assign(enterprise_id=[f"E{i:03}" for i in range(500)], as_of="2026-01-01")


def expected(rows: pd.DataFrame) -> list[float]:
    return CARD.score({row.feature: rows[row.feature].to_numpy() for row in CARD.rows}).tolist()


def cells(rows: pd.DataFrame) -> list[tuple]:
    return [tuple(None if isinstance(v, float) and np.isnan(v) else v for v in row) for row in rows.to_numpy().tolist()]


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_the_query_gives_the_same_points(rows, dialect):
    connection = duckdb.connect() if dialect == "duckdb" else sqlite3.connect(":memory:")
    kinds = ", ".join(
        '"' + str(c).replace('"', '""') + ('" TEXT' if c in ("enterprise_id", "as_of") else '" DOUBLE') for c in rows
    )
    connection.execute(f"CREATE TABLE features ({kinds})")
    holes = ", ".join("?" * len(rows.columns))
    connection.executemany(f"INSERT INTO features VALUES ({holes})", cells(rows))  # noqa: S608
    given = connection.execute(scorecard_sql(CARD, dialect)).fetchall()
    connection.close()
    points = {firm: score for firm, _, score in given}
    assert [points[firm] for firm in rows["enterprise_id"]] == pytest.approx(expected(rows), rel=1e-14)


def test_json_and_query_are_of_one_card(rows):
    again = Scorecard.from_json(CARD.to_json())
    assert scorecard_sql(again, "sqlite") == scorecard_sql(CARD, "sqlite")


def test_a_name_cannot_leave_its_quotes():
    assert '"odd ""name""; --"' in scorecard_sql(CARD, "sqlite")
