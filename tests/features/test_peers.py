"""Distances to like firms: worked by hand, by NumPy over the whole matrix, and unmoved by any firm's future."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.catalogue import CATALOGUE
from features.catalogue.peers import BY, COMPARED, FEWEST

FIRMS = "abcdefghijkl"
PEERS = [name for name, feature in CATALOGUE.items() if feature.family == "peers"]
AS_OF = date(2024, 9, 1)


def sold(firm, amount, **more):
    """Sales of the three months before July, and of none before."""
    days = [date(2024, month, 10) for month in (4, 5, 6)]
    return [{"enterprise_id": firm, "account_id": firm, "booked_at": day, "amount": amount, "summary": "货款"} | more
            for day in days]  # fmt: skip


@pytest.fixture(scope="module")
def tiny(world_of, features_of):
    """Eleven weavers who sell for 100 to 1,100 a month, a maker of plastics elsewhere in the province, and others."""
    weavers = [{"enterprise_id": f"w{n:02}", "industry": "C17", "region": "370102"} for n in range(1, 12)]
    others = [
        {"enterprise_id": "plastics", "industry": "C29", "region": "370281"},
        {"enterprise_id": "trader", "industry": "F51"},
        {"enterprise_id": "silent", "industry": "C17", "region": "370102"},
        {"enterprise_id": "later", "industry": "C17", "region": "370102", "known_at": date(2024, 7, 3)},
        {"enterprise_id": "unknown"},
    ]
    lines = [line for n in range(1, 12) for line in sold(f"w{n:02}", 100 * n)]
    lines += [*sold("plastics", 1600), *sold("trader", 700), *sold("later", 9000), *sold("unknown", 800)]
    lines += sold("w01", 400, known_at=date(2024, 7, 5))  # late news of the same months
    firms = [*weavers, *others]
    accounts = [{"enterprise_id": f["enterprise_id"], "account_id": f["enterprise_id"]} for f in firms]
    asked = pd.DataFrame({"enterprise_id": [f["enterprise_id"] for f in firms], "as_of": date(2024, 7, 15)})
    found = features_of(world_of(enterprise=firms, account=accounts, line=lines), asked).set_index("enterprise_id")
    return found.astype(dict.fromkeys(CATALOGUE, float))


def test_a_distance_is_in_quartile_ranges_from_the_median_of_the_division(tiny):
    """Quartiles of 100, 200 ... 1,100 are 350, 600 and 850."""
    distance = tiny["industry_distance_income_mean_12m"]
    assert distance["w11"] == pytest.approx((1100 - 600) / 500, rel=1e-12)
    assert distance["w06"] == 0.0
    assert distance["later"] == pytest.approx((9000 - 600) / 500, rel=1e-12)  # no peer of June, but compared with it


def test_late_news_moves_the_firm_and_not_the_figures_of_its_peers(tiny):
    assert tiny["income_mean_12m"]["w01"] == 500.0
    assert tiny["industry_distance_income_mean_12m"]["w01"] == pytest.approx((500 - 600) / 500, rel=1e-12)


@pytest.mark.parametrize("group", ["industry", "region"])
def test_a_group_too_small_gives_way_to_the_wider_one(tiny, group):
    """With 1,600 of the one firm of its division and city they are 375, 650 and 925."""
    distance = tiny[f"{group}_distance_income_mean_12m"]
    assert distance["plastics"] == pytest.approx((1600 - 650) / 550, rel=1e-12)


def test_without_group_peers_value_or_spread_there_is_no_distance(tiny):
    assert tiny.loc[["trader", "unknown", "silent"], PEERS].isna().all().all()
    alike = ["industry_distance_income_cv_12m", "industry_distance_utility_to_income_12m"]
    assert tiny.loc["w06", ["income_cv_12m", "utility_to_income_12m"]].tolist() == [0.0, 0.0]
    assert tiny.loc["w06", alike].isna().all()


@pytest.fixture(scope="module")
def world(random_world):
    return random_world(7, FIRMS)


@pytest.fixture(scope="module")
def asked():
    return pd.DataFrame({"enterprise_id": list(FIRMS), "as_of": AS_OF, "requested_amount": 1e5})


@pytest.fixture(scope="module")
def now(world, asked, features_of):
    return features_of(world, asked)


def test_a_distance_is_what_numpy_says_of_the_matrix_of_all_firms(now):
    """On the first day of a month, all firms of one section and province."""
    values = now.astype(dict.fromkeys(CATALOGUE, float))
    earn = values[values["income_mean_12m"] > 0]
    compared = 0
    for name in COMPARED:
        known = earn[name].dropna()
        low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
        for group in (group for group, names in BY.items() if name in names):
            found = values[f"{group}_distance_{name}"]
            if len(known) < FEWEST or high == low:
                assert found.isna().all(), name
                continue
            wanted = (values[name] - middle) / (high - low)
            pd.testing.assert_series_equal(found, wanted, check_names=False, rtol=1e-12)
            compared += 1
    assert compared >= len(PEERS) - 4


@pytest.mark.slow
def test_the_future_of_no_firm_moves_a_feature_of_any(world, asked, now, features_of):
    past = {name: rows.filter(pc.less(rows["known_at"], AS_OF)) for name, rows in world.items()}
    future = {name: rows.filter(pc.greater_equal(rows["known_at"], AS_OF)) for name, rows in world.items()}
    other = {name: pa.concat_tables([past[name], mixed(rows)]) for name, rows in future.items()}
    assert sum(rows.num_rows for rows in future.values()) > 100
    pd.testing.assert_frame_equal(now, features_of(other, asked), check_exact=True)


def mixed(rows):
    """Every value but firm and time of knowledge from another row."""
    kept, number = ("enterprise_id", "known_at"), rows.num_rows
    order = np.random.default_rng(1).permutation(number)
    columns = {n: rows[n] if n in kept else rows[n].take(pa.array(order)) for n in rows.column_names}
    return pa.table(columns, rows.schema)
