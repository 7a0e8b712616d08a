"""Promotion: a person makes a validated version the champion, or takes the last promotion back.

Three persons stand behind a champion: who trained it, who validated it, and who approves it. The trainer is neither
of the others (Interim Measures for Internet Loans of Commercial Banks, 2020: models are reviewed apart from their
making). Nobody else writes to the record meanwhile, so that one champion is moved at a time, and none where the record
cannot be written. Where people are named (``access.yaml``), each of the three must be one for whom the machine vouches.
"""

from features.errors import CreditError
from pipelines import tracking
from pipelines.record import OS_USER, Draft, Record, Vouched
from pipelines.tracking.registry import NO_APPROVER, champions, registered_version
from pipelines.tracking.validation import PASSED, Standing, standing

FOUND = "champion_found"
MOVES = ("promote", "rollback", FOUND)


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
        raise CreditError(
            f"{model} 版本 {version} 未上线：{'；'.join(zh for zh, _ in missing)}",
            f"{model} version {version} is not promoted: {'; '.join(en for _, en in missing)}",
        )
    with Record() as record, record.holding() as append:
        append(*_found(record, model, approver))
        append(_draft(approver, "promote", model, version, trainer=stands.trainer, validator=stands.validator))
        tracking.promote(model, version, approver)
    return f"已上线 {model} version {version} is champion, 批准人 approved by {approver.strip()}"


def lacks(stands: Standing, approver: str, validate: str) -> list[tuple[str, str]]:
    """What a promotion still wants in both languages; ``validate`` is the command that would bring a validation."""
    found: list[tuple[str, str]] = []

    def want(zh: str, en: str) -> None:
        found.append((zh, en))

    if not stands.trainer:
        want("没有训练人的记录，请重新训练", "its trainer is not on record; train it again")
    if not stands.validator:
        want(
            f"尚未验证，请由训练人以外的人运行 '{validate}'",
            f"it was never validated; run '{validate}' as a person other than the trainer",
        )
    elif not stands.whole:
        want(
            f"验证报告缺失或被改动，请重新运行 '{validate}'",
            f"its dossier is gone or was altered; run '{validate}' again",
        )
    elif stands.gates != PASSED:
        want(
            f"门槛未通过：{stands.gates}，请见验证报告，并训练更好的版本",
            f"gates failed: {stands.gates}; see its dossier, and train a better version",
        )
    if _same(stands.validator, stands.trainer):
        want(
            f"{stands.validator} 既训练又验证，须由他人验证（'{validate}'）",
            f"{stands.validator} both trained and validated it; another person validates ('{validate}')",
        )
    if isinstance(approver, Vouched):
        found += _on_trust(stands)
    if not approver.strip():
        want(*NO_APPROVER)
    elif _same(approver, stands.trainer):
        want(
            f"{approver.strip()} 是训练人，须由他人批准（--approver）",
            f"{approver.strip()} trained it; another person approves (--approver NAME)",
        )
    return found


def _on_trust(stands: Standing) -> list[tuple[str, str]]:
    """Who acted under a name that nothing vouches for, as all did before people were named."""
    named = (
        ("训练", "train", stands.trainer, stands.trainer_from),
        ("验证", "validate", stands.validator, stands.validator_from),
    )
    return [
        (
            f"姓名 {name} 未经核实，现已登记用户，请重新{zh}",
            f"the name {name} was taken on trust; {en} it again, now that people are named",
        )
        for zh, en, name, known in named
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
    with Record() as record, record.holding() as append:
        append(*_found(record, model, staff))
        version = tracking.rollback(model)
        append(_draft(staff, "rollback", model, version))
    return f"已回退 {model} version {version} is champion again"


def unrecorded(record: Record) -> dict[str, str]:
    """Champions by model of which the record does not tell: who moved them was killed before the event was written.

    The next move of that model's champion puts it on the record.

    Raises
    ------
    EngineError
        When the registry does not answer.
    """
    return {model: version for model, version in champions().items() if _last(record, model) != version}


def _last(record: Record, model: str) -> str:
    """The version to which the record last saw the champion moved."""
    moves = (event for event in record.events(subject=model) if event.action in MOVES)
    return next((str(event.content["version"]) for event in reversed([*moves])), "")


def _found(record: Record, model: str, staff: str) -> list[Draft]:
    """The event of a champion that the record does not tell of, with who approved it by the registry."""
    version = unrecorded(record).get(model)
    if version is None:
        return []
    tags = registered_version(model, version).tags
    return [_draft(staff, FOUND, model, version, **{name: tags.get(name, "") for name in ("approver", "promoted_at")})]


def _draft(staff: str, action: str, model: str, version: str, **about: str) -> Draft:
    """Who moved the champion, and to which version."""
    name = staff if isinstance(staff, Vouched) else staff.strip()
    return Draft(staff=name, action=action, subject=model, payload={"version": version, **about})


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and one.strip().casefold() == other.strip().casefold()
