"""What a firm could do about the answer, confirmed by deciding again.

An action of the policy moves the features that it is about to where they would stand had the firm done so, wherever
they stand worse today. It is told only if nothing of the answer worsens and something strictly improves.
"""

import numpy as np

from models.arrays import Flags, Floats, Places
from models.credit_model import CreditModel
from models.decision import Counterfactual
from models.outcome import Outcome, outcome
from models.policy_parts import Action
from models.reasons import no_worse

MOST = 3


def counterfactuals(matrix: Floats, result: Outcome, model: CreditModel) -> list[tuple[Counterfactual, ...]]:
    """For each row the actions that would help, the one with the largest limit first.

    Parameters
    ----------
    matrix : rows of ``model.columns``.
    result : what was decided for them.
    """
    found: list[list[Counterfactual]] = [[] for _ in range(len(matrix))]
    for action in model.policy.actions:
        moved = _moved(matrix, action, model)
        rows = np.flatnonzero((moved != matrix).any(axis=1, where=~np.isnan(matrix)))
        if not len(rows):
            continue
        after = outcome(moved[rows], model)
        for k in np.flatnonzero(no_worse(after, result, rows) & _better(after, result, rows)):
            found[rows[k]].append(_told(action, after, int(k), result, int(rows[k])))
    return [tuple(sorted(told, key=lambda c: -c.limit)[:MOST]) for told in found]


def _moved(matrix: Floats, action: Action, model: CreditModel) -> Floats:
    """The rows had the firm acted; what is not known stays so, and what stands better already."""
    changed = matrix.copy()
    directions = {f.name: f.direction for f in model.features}
    untold = {f.name for f in model.features if not f.told}
    for name, to in action.moves.items():
        if name in model.columns and name not in untold:
            j = model.columns.index(name)
            side = directions.get(name) or (1 if to == 0 else -1)
            worse = side * (matrix[:, j] - to) > 0
            changed[worse, j] = to
    return changed


def _better(after: Outcome, before: Outcome, rows: Places) -> Flags:
    admitted = after.admitted > before.admitted[rows]
    cheaper = after.admitted & before.admitted[rows] & (after.terms.annual_rate < before.terms.annual_rate[rows])
    alone = before.admitted[rows] & (after.referral < before.referral[rows])
    better: Flags = admitted | (after.limit > before.limit[rows]) | cheaper | alone
    return better


def _told(action: Action, after: Outcome, k: int, before: Outcome, i: int) -> Counterfactual:
    change = float(after.limit[k] - before.limit[i])
    zh, en = _result(after, k, before, i, change)
    return Counterfactual(
        code=action.name,
        zh=f"{action.zh}：{zh}",
        en=f"{action.en}: {en}",
        admitted=bool(after.admitted[k]),
        limit=float(after.limit[k]),
        change=change,
        annual_rate=float(after.terms.annual_rate[k]) if after.admitted[k] else None,
    )


def _result(after: Outcome, k: int, before: Outcome, i: int, change: float) -> tuple[str, str]:
    if change > 0:
        return f"额度增加{change:,.0f}元", f"+{change:,.0f} yuan"
    if before.referral[i] and not after.referral[k]:
        return "无需人工审批", "no person needs to decide"
    return f"年利率降至{after.terms.annual_rate[k]:.2%}", f"the rate falls to {after.terms.annual_rate[k]:.2%}"
