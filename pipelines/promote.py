"""Promotion: a person makes a validated version the champion, or takes the last promotion back.

Three persons stand behind a champion: who trained it, who validated it, and who approves it. The trainer is neither
of the others (Interim Measures for Internet Loans of Commercial Banks, 2020: models are reviewed apart from their
making). Where people are named (``access.yaml``), each of the three must be one for whom the machine vouches.
"""

from features.errors import CreditError
from pipelines import tracking
from pipelines.record import OS_USER, Draft, Record, Vouched
from pipelines.tracking.validation import PASSED, Standing, standing


def promote(model: str, version: str, approver: str) -> str:
    """Move ``champion`` to ``version``; gives a line that says so.

    Raises
    ------
    ArtifactError
        When there is no such version, or it does not load.
    CreditError
        Without an approver, a validation with every gate passed, or when one person acts twice; it names all that
        is missing.
    """
    stands = standing(model, version)
    missing = lacks(stands, approver, f"sme-credit validate {model} {version} --out FILE.html")
    if missing:
        raise CreditError(f"{model} version {version} is not promoted: " + "; ".join(missing))
    tracking.promote(model, version, approver)
    _told(approver, "promote", model, version, trainer=stands.trainer, validator=stands.validator)
    return f"{model} version {version} is champion, approved by {approver.strip()}"


def lacks(stands: Standing, approver: str, validate: str) -> list[str]:
    """What a promotion still wants, one phrase each; ``validate`` is the command that would bring a validation."""
    found = []
    if not stands.trainer:
        found.append("its trainer is not on record; train it again")
    if not stands.validator:
        found.append(f"it was never validated; run '{validate}' as a person other than the trainer")
    elif not stands.whole:
        found.append(f"its dossier is gone or was altered; run '{validate}' again")
    elif stands.gates != PASSED:
        found.append(f"gates failed: {stands.gates}; see its dossier, and train a better version")
    if _same(stands.validator, stands.trainer):
        found.append(f"{stands.validator} both trained and validated it; another person validates ('{validate}')")
    if isinstance(approver, Vouched):
        found += _on_trust(stands)
    if not approver.strip():
        found.append("name the approver; a champion needs a person who answers for it")
    elif _same(approver, stands.trainer):
        found.append(f"{approver.strip()} trained it; another person approves (--approver NAME)")
    return found


def _on_trust(stands: Standing) -> list[str]:
    """Who acted under a name that nothing vouches for, as all did before people were named."""
    named = (
        ("train", stands.trainer, stands.trainer_from),
        ("validate", stands.validator, stands.validator_from),
    )
    return [
        f"the name {name} was taken on trust; {act} it again, now that people are named"
        for act, name, known in named
        if name and known != OS_USER
    ]


def rollback(model: str, staff: str) -> str:
    """Move ``champion`` back to the version before; gives a line that says so.

    Parameters
    ----------
    staff : who takes the promotion back.

    Raises
    ------
    ArtifactError
        When there was no other champion before.
    """
    version = tracking.rollback(model)
    _told(staff, "rollback", model, version)
    return f"{model} version {version} is champion again"


def _told(staff: str, action: str, model: str, version: str, **about: str) -> None:
    """Put on the record who moved the champion, and to which version."""
    name = staff if isinstance(staff, Vouched) else staff.strip()
    with Record() as record:
        record.append(Draft(staff=name, action=action, subject=model, payload={"version": version, **about}))


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and one.strip().casefold() == other.strip().casefold()
