"""The one family of errors that a user is meant to read.

A message says what happened, where (file, row, column), what was expected and what to do, in Chinese and in
English. Anything that is not a ``CreditError`` is a defect of ours.
"""


class CreditError(Exception):
    """Base of every error that a user can act on.

    Parameters
    ----------
    zh, en : what happened, in both languages.
    at : the file, or another place, that stands before each of the two.

    >>> print(CreditError("文件为空，应有表头", "the file is empty; expected a header", "line.csv"))
    line.csv：文件为空，应有表头。line.csv: the file is empty; expected a header
    """

    def __init__(self, zh: str, en: str, at: object = "") -> None:
        super().__init__(zh, en, at)
        self.zh, self.en = (f"{at}：{zh}", f"{at}: {en}") if at else (zh, en)

    def __str__(self) -> str:
        return f"{self.zh}。{self.en}"


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


def unreadable(path: object, reason: object) -> ContractError:
    """The file cannot be read at all, for a reason that the system gives."""
    return ContractError(f"无法读取（{reason}），应为可读的文件", f"cannot be read ({reason}); expected a file", path)
