"""The manual card in ``conf/``: what answers when no model is asked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from features.errors import ArtifactError
from models.manual_card import ManualCard, decide_by_hand, why_by_hand
from pipelines.policy import current_policy
from pipelines.settings import checked, conf_path

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


def again_by_hand(features: "pd.DataFrame", recorded: Mapping[str, Any]) -> "list[Decision]":
    """As ``by_hand``, for a decision on record.

    Raises
    ------
    ArtifactError
        When the card in force is not the one that the decision names.
    """
    made = by_hand(features, why_by_hand(recorded))
    if made[0].version != recorded["version"]:
        raise ArtifactError(
            f"当前版本为 {made[0].version}，决策所用版本为 {recorded['version']}，请将 SME_CREDIT_CONF "
            "指向存有该版本的文件夹",
            f"version {made[0].version}, the decision names {recorded['version']}; point SME_CREDIT_CONF at a "
            "folder that holds that version",
            conf_path(CARD),
        )
    return made
