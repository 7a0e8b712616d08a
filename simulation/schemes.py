"""Who deceives, how, and when: drawn once a world, so that the truth can name every ring."""

import numpy as np

from simulation.firms import Firms
from simulation.parameters import Parameters
from simulation.randomness import stream

DESIGNS = (
    "circle",
    "in_and_out",
    "related_sales",
    "relay",
    "dressing",
    "four_circle",
    "split_return",
    "pass_through",
    "held_a",
    "held_b",
    "held_c",
    "held_d",
)
CIRCLE, IN_AND_OUT, RELATED_SALES, RELAY, DRESSING, FOUR_CIRCLE, SPLIT_RETURN, PASS_THROUGH = range(8)
HELD_A, HELD_B, HELD_C, HELD_D, HELD_E, HELD_F, HELD_G, HELD_H, HELD_I, HELD_J, HELD_K, HELD_L = range(8, 20)
HELD_M, HELD_N, HELD_O, HELD_P, HELD_Q, HELD_R, HELD_S, HELD_T = range(20, 28)
HELD_U, HELD_V, HELD_W, HELD_X = range(28, 32)
SHARES = (12, 15, 12, 9, 12, 10, 10, 10, 14, 10, 11, 10)
# Whoever writes rules for money that goes round does not see these: rules are judged on them. See held_out.py.
# A world has one set of them, in the same shares; the first is that of every world that does not ask for another.
HELD_OUT = {
    "first": DESIGNS[HELD_A:],
    "second": ("held_e", "held_f", "held_g", "held_h"),
    "third": ("held_i", "held_j", "held_k", "held_l"),
    "fourth": ("held_m", "held_n", "held_o", "held_p"),
    "fifth": ("held_q", "held_r", "held_s", "held_t"),
    "sixth": ("held_u", "held_v", "held_w", "held_x"),
}
HELD_OUT_DESIGNS = tuple(name for names in HELD_OUT.values() for name in names)
ALL_DESIGNS = (*DESIGNS[:HELD_A], *HELD_OUT_DESIGNS)
CIRCLES = ((CIRCLE, 3), (FOUR_CIRCLE, 4), (HELD_A, 2), (HELD_E, 3), (HELD_I, 4), (HELD_M, 4), (HELD_Q, 3), (HELD_U, 2))
SCHEME = np.dtype(
    [("design", "i2"), ("ring", "i4"), ("firm", "i4"), ("next", "i4"), ("first", "i4"), ("last", "i4"), ("size", "f8")]
)
NEVER = -1


def draw_schemes(firms: Firms, seed: int, parameters: Parameters, designs: str = "first") -> np.ndarray:
    """Draw the schemes, sorted by ring; ``first`` and ``last`` are months, ``size`` is a share of usual sales.

    ``designs`` names the set of ``HELD_OUT`` that the world has.
    """
    rng = stream(seed, "schemes")
    weak = 1 / (1 + np.exp(1.2 * firms.quality))
    liars = np.flatnonzero(rng.random(firms.n) < parameters.deceiver_share * 2 * weak)
    design = rng.choice(len(DESIGNS), len(liars), p=np.array(SHARES) / sum(SHARES))
    made = np.zeros(len(liars), dtype=SCHEME)
    numbers = np.array([ALL_DESIGNS.index(name) for name in (*DESIGNS[:HELD_A], *HELD_OUT[designs])])
    made["design"], made["firm"], made["next"] = numbers[design], liars, NEVER
    made["first"] = rng.integers(-2, 48, len(liars))
    made["last"] = made["first"] + np.where(design == DRESSING, 3, rng.integers(3, 15, len(liars)))
    made["size"] = rng.uniform(0.15, 0.7, len(liars))
    made["ring"] = np.arange(len(liars))
    return _close_circles(made)


def _close_circles(made: np.ndarray) -> np.ndarray:
    """Join the firms of a group that pays within itself: each knows the next, with one calendar and one size."""
    for design, members in CIRCLES:
        spots = np.flatnonzero(made["design"] == design)
        whole = spots[: len(spots) // members * members].reshape(-1, members)
        made["design"][spots[whole.size :]] = IN_AND_OUT
        for name in ("ring", "first", "last", "size"):
            made[name][whole] = made[name][whole[:, :1]]
        made["next"][whole] = np.roll(made["firm"][whole], -1, axis=1)
    return made[np.argsort(made["ring"], kind="stable")]
