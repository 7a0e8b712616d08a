"""The one family of errors that a user is meant to read.

A message says what happened, where (file, row, column), what was expected and what to do. Anything that is
not a ``CreditError`` is a defect of ours.
"""


class CreditError(Exception):
    """Base of every error that a user can act on."""


class ContractError(CreditError):
    """A file or table does not keep the data contract."""


class WindowError(CreditError):
    """A feature was asked for over a window or date that cannot be computed."""


class ArtifactError(CreditError):
    """A model artefact is missing, altered, or does not reproduce its golden rows."""


class PolicyError(CreditError):
    """A file under ``conf/`` is not valid, or a decision is refused by policy."""


class ConsentError(CreditError):
    """No live consent covers the enterprise, the purpose and the date."""


class EngineError(CreditError):
    """An engine or a server is not installed or does not answer."""


class AccessError(CreditError):
    """The person may not do this, or is named as another than they are."""
