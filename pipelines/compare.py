"""Champion against challenger on the same rows, none of which either has learned from."""

from typing import Any

import numpy as np
import pandas as pd

from features.errors import ArtifactError
from models.arrays import Floats
from models.compare import Stakes, compare
from models.held_out import FEWEST, scarcer
from models.kinds import Model
from pipelines.modelling.recipe import Recipe, last_known
from pipelines.modelling.recipes import recipe
from pipelines.modelling.settings import Profit, validation_settings
from pipelines.simulate import is_simulated
from pipelines.store import Store
from pipelines.tracking import load_version
from pipelines.tracking.registry import CHALLENGER, CHAMPION
from pipelines.tracking.validation import latest
from pipelines.validate import judge

NEW = "outcomes known after both were trained, judged by the versions themselves"
HELD_OUT = "held out by firm: each version's recipe fitted again on the other firms of each fold"


def compare_versions(store: Store, model: str) -> dict[str, Any]:
    """What ``models.compare.compare`` finds, with both versions, the way of judging, and whether data are simulated.

    Rows whose outcome was known to neither are judged by the versions themselves when there are ten of each outcome;
    else both recipes are fitted again without the firm of each row.

    Raises
    ------
    ArtifactError
        When there is no champion, no challenger, or they are the same version.
    """
    champion, challenger = (load_version(model, latest(model, which)) for which in (CHAMPION, CHALLENGER))
    if champion.version == challenger.version:
        raise ArtifactError(
            f"模型 {model} 的版本 {champion.version} 既是在用版本又是候选版本，请先训练另一版本",
            f"model {model}: version {champion.version} is both champion and challenger; train another version first",
        )
    asked, scores, rows = _scores(store, recipe(model), champion, challenger)
    settings = validation_settings()
    y = asked["default"].to_numpy(dtype=float)
    found = compare(y, *scores, _stakes(asked, settings.profit), settings.profit.share)
    versions = {"model": model, "champion_version": champion.version, "challenger_version": challenger.version}
    return {**versions, "rows": rows, "share": settings.profit.share, "simulated": is_simulated(store), **found}


def _scores(
    store: Store, way: Recipe, champion: Model, challenger: Model
) -> tuple[pd.DataFrame, tuple[Floats, Floats], str]:
    new = _new(store, way, champion, challenger)
    if scarcer(new["default"].to_numpy()) >= FEWEST:
        matrix = way.matrix(store, new)
        return new, (champion.probability(matrix), challenger.probability(matrix)), NEW
    first, second = judge(store, champion), judge(store, challenger)
    return first.asked, (first.p, second.p), HELD_OUT


def _new(store: Store, way: Recipe, *versions: Model) -> pd.DataFrame:
    """The rows of whose outcome none of the versions can have known anything."""
    now = way.rows(store, last_known(store))
    seen = max(pd.Timestamp(version.training["known_before"]).date() for version in versions)
    keys = ["enterprise_id", "as_of"]
    known = pd.MultiIndex.from_frame(way.learned(store, seen)[keys])
    return now[~pd.MultiIndex.from_frame(now[keys]).isin(known)].reset_index(drop=True)


def _stakes(asked: pd.DataFrame, profit: Profit) -> Stakes:
    """Amount and term asked for; one yuan for a year where the question names none."""
    amount, months = (
        asked[name].fillna(other).to_numpy(dtype=float) if name in asked else np.full(len(asked), other)
        for name, other in (("requested_amount", 1.0), ("requested_term_months", 12.0))
    )
    return Stakes(amount, months / 12, profit.margin, profit.lgd)
