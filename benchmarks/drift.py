"""How often a stable book alarms, and how often a planted drift is found: ``python -m benchmarks.drift``.

One stationary panel of firms whose loans and inputs go together; baseline and month are both drawn from it by firm with
replacement, 1,000 times: nothing has moved between them, so any input called significant is a false discovery. By the
rule of Benjamini and Hochberg that happens in at most one draw in twenty. The panel is made up, and so are the figures:
they tell the test's rate, not a bank's.
"""

import json
import sys
import time

import numpy as np
import pandas as pd

from models.drift import LEVEL, MATERIAL, Shares, bin_edges, compared, firm_shares, of_firms

FIRMS, ROWS, INPUTS, FACTORS = 2_000, 3, 32, 6
BASELINE, SIZES = 6_000, (200, 20_000)
PLANTED = {"none": 0.0, "0.2 sd": 0.2, "0.5 sd": 0.5, "1 sd": 1.0}
MOVED = 4  # inputs that a planted drift moves
Tables = dict[str, np.ndarray]


def panel(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of firms: inputs share factors, a firm's rows are alike, some inputs are skewed, some seldom known."""
    random = np.random.default_rng(seed)
    loadings = random.normal(size=(FACTORS, INPUTS)) / np.sqrt(FACTORS)
    firm = random.normal(size=(FIRMS, FACTORS)) @ loadings + 0.5 * random.normal(size=(FIRMS, INPUTS))
    values = np.repeat(firm, ROWS, axis=0) + 0.2 * random.normal(size=(FIRMS * ROWS, INPUTS))
    values /= values.std(axis=0)
    values[:, ::4] = np.exp(values[:, ::4])
    values[:, 1::8] = np.where(random.random((FIRMS * ROWS, INPUTS // 8)) < 0.3, np.nan, values[:, 1::8])
    return pd.DataFrame(values, columns=[f"x{j}" for j in range(INPUTS)]), np.repeat(np.arange(FIRMS), ROWS)


def tables(frame: pd.DataFrame, firm: np.ndarray, edges: Tables) -> Tables:
    """Shares of bins of every firm, by input."""
    return {str(name): firm_shares(frame[name].to_numpy(), firm, edges[str(name)]) for name in frame}


def drawn(held: Tables, count: int, random: np.random.Generator) -> dict[str, Shares]:
    """Shares of ``count`` firms drawn with replacement, the same firms for every input."""
    times = np.bincount(random.integers(0, FIRMS, count), minlength=FIRMS)
    return {name: of_firms(table, times) for name, table in held.items()}


def main(draws: int = 1_000) -> dict[str, object]:
    """Rates of draws with any significant input and with any alarm, by firms and planted drift."""
    frame, firm = panel()
    edges = {str(name): bin_edges(frame[name].to_numpy()) for name in frame}
    before, results = tables(frame, firm, edges), []
    for label, step in PLANTED.items():
        moved = frame.copy()
        moved.iloc[:, :MOVED] += step * moved.iloc[:, :MOVED].std()
        now = tables(moved, firm, edges)
        for size in SIZES:
            results.append(rates(before, now, size, draws if not step else draws // 10) | {"planted": label})
    return {"level": LEVEL, "material": MATERIAL, "inputs": INPUTS, "results": results}


def rates(before: Tables, now: Tables, size: int, draws: int) -> dict[str, object]:
    """How often draws of ``size`` firms are called significant or alarm, and how many moved inputs are found."""
    random, began = np.random.default_rng(size), time.perf_counter()
    significant, alarms, found = [], [], []
    for _ in range(draws):
        table = compared(drawn(before, BASELINE, random), drawn(now, size, random)).set_index("input")
        significant.append(table["significant"].any())
        alarms.append(table["alarm"].any())
        found.append(table.loc[[f"x{j}" for j in range(MOVED)], "alarm"].mean())
    half = 1.96 * np.sqrt(np.mean(significant) * (1 - np.mean(significant)) / draws)
    return {
        "firms": size,
        "draws": draws,
        "significant": float(np.mean(significant)),
        "significant_half_width": float(half),
        "alarm": float(np.mean(alarms)),
        "moved_inputs_in_alarm": float(np.mean(found)),
        "seconds": round(time.perf_counter() - began, 1),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000), indent=1))
