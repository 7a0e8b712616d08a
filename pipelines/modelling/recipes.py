"""The models that can be trained, by name."""

from features.errors import CreditError
from pipelines.modelling import credit_limit, post_loan
from pipelines.modelling.recipe import Recipe

RECIPES = {made.name: made for made in (credit_limit.RECIPE, post_loan.RECIPE)}


def recipe(model: str) -> Recipe:
    """The recipe of a model.

    Raises
    ------
    CreditError
        When there is none of that name.
    """
    if model not in RECIPES:
        raise CreditError(
            f"没有模型“{model}”，应为 {'、'.join(RECIPES)} 之一",
            f"model '{model}' is not known; expected one of {', '.join(RECIPES)}",
        )
    return RECIPES[model]
