"""The credit policy in force: the file in ``conf/``, checked against the catalogue."""

from features.catalogue import CATALOGUE
from features.errors import PolicyError
from models.policy import Policy
from pipelines import settings

POLICY = "policy.yaml"


def current_policy() -> Policy:
    """The policy in ``conf/``, every rule of which reads a feature of the catalogue.

    Raises
    ------
    PolicyError
        Naming the file, the key, what was expected and what was found.
    """
    policy = settings.checked(Policy, POLICY)
    named = (*policy.features, *(name for action in policy.actions for name in action.moves))
    unknown = [name for name in named if name not in CATALOGUE]
    if unknown:
        raise PolicyError(
            f"规则或措施读取的“{unknown[0]}”不是特征，应为 pd 或特征目录中的名称",
            f"a rule or action reads '{unknown[0]}', which is no feature; expected pd or a name of the catalogue",
            settings.conf_path(POLICY),
        )
    return policy
