"""The manual card in ``conf/``: what answers when no model is asked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from features.errors import ArtifactError
from models.manual_card import ManualCard, decide_by_hand, why_by_hand
from models.policy import Policy
from pipelines.basis import of_this_generation, setting
from pipelines.policy import POLICY, current_policy
from pipelines.settings import checked, conf_path, texts

if TYPE_CHECKING:
    import pandas as pd

    from models.decision import Decision

CARD = "manual_card.yaml"


def by_hand(features: "pd.DataFrame", why: str) -> "list[Decision]":
    """A referral of each firm by the card and the policy in force.

    Raises
    ------
    PolicyError
        When one of the two files is not valid.
    """
    return decide_by_hand(features, checked(ManualCard, CARD), current_policy(), why)


def again_by_hand(features: "pd.DataFrame", recorded: Mapping[str, Any], holds: Mapping[str, str]) -> "list[Decision]":
    """As ``by_hand``, for a decision on record.

    Parameters
    ----------
    holds : the card and the policy that it rests on (``pipelines.basis``); by default those in force.

    Raises
    ------
    ArtifactError
        When that card is not the one that the decision names.
    """
    held = texts(CARD, POLICY) | {**holds}
    with of_this_generation():
        card = ManualCard.parse(setting(held, CARD), CARD)
        policy = Policy.parse(setting(held, POLICY), POLICY)
    if card.version != recorded["version"]:
        raise ArtifactError(
            f"当前版本为 {card.version}，决策所用版本为 {recorded['version']}，请将 SME_CREDIT_CONF "
            "指向存有该版本的文件夹",
            f"version {card.version}, the decision names {recorded['version']}; point SME_CREDIT_CONF at a "
            "folder that holds that version",
            conf_path(CARD),
        )
    return decide_by_hand(features, card, policy, why_by_hand(recorded))
