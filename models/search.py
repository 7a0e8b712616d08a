"""Search for settings of the booster, each judged on later rows of firms that it did not learn from."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import CreditError
from models.boosted import ROUNDS, SETTINGS
from models.held_out import by_time_and_firm
from models.labelled import Labelled
from models.metrics import auc

Ranges = Mapping[str, tuple[float, float]]


def search(
    rows: Labelled,
    at: NDArray[np.datetime64],
    ranges: Ranges,
    trials: int,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Every configuration tried, in order; the shipped settings are the first.

    The next draw follows from the trials before it by Optuna's tree-structured Parzen estimator, seeded: the same rows
    and seed give the same list. The search is part of the fit: its best figure is no estimate of quality.

    Parameters
    ----------
    at : date of each row.
    ranges : least and greatest value by setting; whole numbers where both are.
    trials : how many draws beside the shipped settings.

    Returns
    -------
    ``settings`` and ``auc`` on the later rows.

    Raises
    ------
    CreditError
        When a side of the cut in time has fewer than ten of an outcome.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({name: ROUNDS if name == "rounds" else SETTINGS[name] for name in ranges})
    tried: list[dict[str, Any]] = []
    for _ in range(trials + 1):
        trial = study.ask()
        settings = {name: _draw(trial, name, *ends) for name, ends in ranges.items()}
        tried.append({"settings": settings, "auc": _judge(rows, at, seed, settings)})
        study.tell(trial, tried[-1]["auc"])
    return tried


def best(tried: list[dict[str, Any]]) -> dict[str, Any]:
    """The settings of the highest AUC, the first of equals.

    >>> best([{"settings": {"a": 1}, "auc": 0.7}, {"settings": {"a": 2}, "auc": 0.8}])
    {'a': 2}
    """
    found: dict[str, Any] = max(tried, key=lambda one: one["auc"])["settings"]
    return found


def _draw(trial: Any, name: str, least: float, greatest: float) -> float | int:
    if isinstance(least, int) and isinstance(greatest, int):
        return int(trial.suggest_int(name, least, greatest, log=True))
    return float(trial.suggest_float(name, least, greatest, log=True))


def _judge(rows: Labelled, at: NDArray[np.datetime64], seed: int, settings: Mapping[str, Any]) -> float:
    found = by_time_and_firm(rows, at, seed, settings)
    if found is None:
        raise CreditError(
            "参数搜索要求时间切分前后各有违约与非违约十笔，请不带 --trials 训练，或导入更多日期的申请",
            "a search needs ten defaults and ten others on either side of the cut in time; train without --trials, "
            "or on applications of more dates",
        )
    later, p = found
    return auc(rows.default[later], p)
