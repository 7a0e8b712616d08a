"""Boosters of small trees as tables: LightGBM's sums to the last bit, in half of its time.

A tree of few splits is a list of questions and a table. All its questions are asked at once, and the answers, read as
the bits of a number, are the place of the leaf's value. Nothing branches, so that rows and trees go together.
"""

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from models.arrays import Flags, Floats, Places

MOST = 8  # questions of a tree, whose answers fit a byte
BITS = (1 << np.arange(MOST)).astype(np.uint8)
ZERO = float(np.float32(1e-35))  # LightGBM reads what is no farther from 0 as 0
ROWS = 128  # at a time, so that what is asked of them stays in the processor's cache


@dataclass(frozen=True)
class SmallTrees:
    """Trees of at most ``MOST`` splits.

    ``feature``, ``threshold`` and ``unknown`` have one row a question and one column a tree: is the value at most the
    threshold, and what is answered where it is missing. ``values`` has one row a tree and one column for each way to
    answer, the first question being the lowest bit.

    Examples
    --------
    One tree: above 3 in the first column 0.4; else 0.1 up to 5 in the second and 0.2 above it, or where it is missing

    >>> tree = SmallTrees(
    ...     feature=np.array([[0], [1]]),
    ...     threshold=np.array([[3.0], [5.0]]),
    ...     unknown=np.array([[False], [False]]),
    ...     values=np.array([[0.4, 0.2, 0.4, 0.1]]),  # no and no, yes and no, no and yes, yes and yes
    ... )
    >>> tree.total(np.array([[9.0, 5.0], [3.0, 5.0], [3.0, 6.0], [3.0, np.nan]]))
    array([0.4, 0.1, 0.2, 0.2])
    """

    feature: Places
    threshold: Floats
    unknown: Flags
    values: Floats

    def total(self, x: Floats) -> Floats:
        """Sum of the trees, one a row of ``x``, shape (n, features); no row depends on those beside it."""
        parts = [self._some(x[start : start + ROWS]) for start in range(0, len(x), ROWS)]
        return np.concatenate([np.empty(0), *parts])

    def _some(self, x: Floats) -> Floats:
        asked = x.take(self.feature.ravel(), axis=1).reshape(-1, *self.feature.shape)
        yes = (asked <= self.threshold) | (np.isnan(asked) & self.unknown)
        answers = np.einsum("nqt,q->nt", yes.view(np.uint8), BITS[: len(self.feature)])
        reached = self.values.take(answers + np.arange(0, self.values.size, self.values.shape[1]))
        # added one after the other, as LightGBM does: ``sum`` adds in pairs and rounds otherwise
        added: Floats = reached.cumsum(axis=1)[:, -1]
        return added


def small_trees(booster: lgb.Booster) -> SmallTrees | None:
    """The trees of a booster; None where one has too many splits, or asks otherwise than by a threshold."""
    roots = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    splits = [_splits(root) for root in roots]
    plain = all(s["decision_type"] == "<=" and s["missing_type"] != "Zero" for tree in splits for s in tree)
    most = max(map(len, splits), default=0)
    if not plain or not 0 < most <= MOST:
        return None
    shape = (most, len(roots))
    trees = SmallTrees(
        np.zeros(shape, dtype=np.intp), np.zeros(shape), np.zeros(shape, dtype=bool), np.zeros((len(roots), 2**most))
    )
    for j, (root, tree) in enumerate(zip(roots, splits, strict=True)):
        for split in tree:
            at = split["split_index"], j
            threshold, missing = split["threshold"], split["missing_type"]
            trees.feature[at] = split["split_feature"]
            trees.threshold[at] = np.nextafter(-ZERO, -1.0) if threshold == -ZERO else threshold
            trees.unknown[at] = split["default_left"] if missing == "NaN" else threshold >= 0
        _fill(trees.values[j], root, np.arange(2**most))
    return trees


def _splits(node: dict[str, Any]) -> list[dict[str, Any]]:
    if "leaf_value" in node:
        return []
    return [node, *_splits(node["left_child"]), *_splits(node["right_child"])]


def _fill(values: Floats, node: dict[str, Any], answers: Places) -> None:
    """Write the leaves below a node to the ways of answering that lead there."""
    if "leaf_value" in node:
        values[answers] = node["leaf_value"]
        return
    left = (answers >> node["split_index"]) & 1 == 1
    _fill(values, node["left_child"], answers[left])
    _fill(values, node["right_child"], answers[~left])
