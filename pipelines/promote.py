"""Promotion: a person makes a version the champion, or takes the last promotion back."""

from pipelines import tracking


def promote(model: str, version: str, approver: str) -> str:
    """Move ``champion`` to ``version``; gives a line that says so.

    Raises
    ------
    ArtifactError
        When there is no such version, or it does not load.
    CreditError
        Without an approver.
    """
    tracking.promote(model, version, approver)
    return f"{model} version {version} is champion, approved by {approver.strip()}"


def rollback(model: str) -> str:
    """Move ``champion`` back to the version before; gives a line that says so.

    Raises
    ------
    ArtifactError
        When there was no other champion before.
    """
    return f"{model} version {tracking.rollback(model)} is champion again"
