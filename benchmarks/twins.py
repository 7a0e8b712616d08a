"""Features that rank firms nearly alike: ``python -m benchmarks.twins STORE [DATE]``, and why each pair stays."""

import sys
from datetime import date
from itertools import combinations
from pathlib import Path

from features.catalogue import CATALOGUE
from features.catalogue.twins import TWINS
from pipelines.features import compute, latest_applications
from pipelines.store import Store

ALIKE, FIRMS = 0.99, 50


def main(folder: str, as_of: str = "2025-07-01") -> int:
    """Print every pair above the bound; returns how many have no reason to stay."""
    store = Store(Path(folder))
    values = compute(store, latest_applications(store, date.fromisoformat(as_of)))[list(CATALOGUE)]
    ranks = values.corr(method="spearman", min_periods=FIRMS).abs()
    pairs = [(a, b) for a, b in combinations(values.columns, 2) if ranks.loc[a, b] > ALIKE]
    for a, b in pairs:
        print(f"{ranks.loc[a, b]:.4f}  {a:40} {b:40} {TWINS.get(frozenset((a, b)), 'NO REASON: one goes')}")
    copies = sum(frozenset(pair) not in TWINS for pair in pairs)
    print(
        f"{len(values):,} firms, {len(CATALOGUE)} features, {len(pairs)} pairs above {ALIKE}, {copies} without a reason"
    )
    return copies


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
