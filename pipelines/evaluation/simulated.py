"""``evaluate simulated``: the ladder on a simulated store, by the outcomes that a training would learn from."""

from pathlib import Path
from typing import Any

from features.errors import ContractError, CreditError
from models.held_out import FEWEST
from pipelines.evaluation.cross_validation import FOLDS, LADDER_SEEDS, ladder, ranked
from pipelines.features import compute
from pipelines.modelling.credit_limit import labelled
from pipelines.modelling.recipe import last_known
from pipelines.progress import shown
from pipelines.simulate import is_simulated
from pipelines.store import Store

SIMULATED = "simulated"
PROTOCOL = (
    "Simulated data: no figure here is of a real firm. Applications that were lent to and whose performance window has "
    "passed, each as of its own date; bad is default as in training, 31 to 90 days past due counts as good. Stratified "
    f"{FOLDS}-fold cross-validation over {LADDER_SEEDS} seeds of cuts and fits, no firm on both sides; ranked by the "
    "booster's score, since nothing but the order is told."
)


def evaluate_simulated(path: Path, out: Path) -> dict[str, Any]:
    """Measure the ladder on a store that ``simulate`` made.

    Parameters
    ----------
    path : the store.
    out : folder for the results, into which nothing goes but the metrics.

    Returns
    -------
    dict
        The metrics.

    Raises
    ------
    ContractError
        When the store is no simulated one: its figures would be taken for those of a simulation.
    CreditError
        When too few outcomes are known to judge by.
    """
    del out
    store = Store(path)
    if not is_simulated(store):
        raise ContractError(
            "不是模拟数据目录，应为 sme-credit simulate 所生成",
            "is no simulated store; expected one that 'sme-credit simulate' made",
            path,
        )
    asked = labelled(store, last_known(store))
    y = asked["default"].to_numpy(dtype=float)
    bad = int(y.sum())
    if min(bad, len(y) - bad) < FEWEST:
        raise CreditError(
            f"结果已知的有违约 {bad} 笔、非违约 {len(y) - bad} 笔，逐级评估须各有 {FEWEST} 笔，请模拟更多企业或月份",
            f"has {bad} defaults and {len(y) - bad} others with a known outcome; the ladder needs {FEWEST} of each: "
            "simulate more firms or more months",
            path,
        )
    with shown() as progress:
        rungs = ladder(compute(store, asked), y, ranked, lambda folds: progress.track(folds, description="folds"))
    counts = {"rows": len(asked), "n": len(asked), "bad": bad, "firms": asked["enterprise_id"].nunique()}
    return {"data": SIMULATED, "store": store.content_hash, "protocol": PROTOCOL, **counts, "ladder": rungs}
