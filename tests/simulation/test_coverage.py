"""What the product makes of accounts that are not shown, held against what the simulation knows of them."""

from datetime import date

import pandas as pd

SECOND = ("lines", "statistics", "hidden")


def test_hidden_accounts_are_told_by_coverage(world, features_of):
    firms = world["truth/firm"].to_pandas()
    as_of = max(world["line"]["known_at"].to_pylist()).replace(day=1)
    alive = firms[firms.died_on.isna()]
    busy = world["truth/line"].to_pandas()
    busy = busy[busy.account_id.str.endswith("B") & (busy.booked_at >= date(as_of.year - 1, as_of.month, 1))]
    active = set(busy.account_id.str.replace("A", "E", n=1).str.removesuffix("B"))
    population = pd.DataFrame({"enterprise_id": alive.enterprise_id, "as_of": as_of})
    found = features_of({n: t for n, t in world.items() if not n.startswith("truth/")}, population)
    found = found.assign(second=alive.second_account.fillna("none").to_numpy())
    found = found[(found.second == "none") | found.enterprise_id.isin(active)]
    score = found.groupby("second").coverage_score_12m.mean()
    assert set(score.index) == {"none", *SECOND}
    assert score["hidden"] < score[["none", "lines", "statistics"]].min() - 0.05
    assert score[["none", "lines", "statistics"]].min() > 0.95
