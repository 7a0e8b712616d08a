"""The one family of errors that a user is meant to read.

A message says what happened, where (file, row, column), what was expected and what to do. Anything that is
not a ``CreditError`` is a defect of ours. A message is either in both languages, ``中文。English``, or in English, and
then ``said`` puts the Chinese of its family before it wherever a user reads it.
"""


class CreditError(Exception):
    """Base of every error that a user can act on."""

    zh = "未能完成"


class ContractError(CreditError):
    """A file or table does not keep the data contract."""

    zh = "文件或数据不符合契约"


class WindowError(CreditError):
    """A feature was asked for over a window or date that cannot be computed."""

    zh = "该日期或窗口无法计算"


class ArtifactError(CreditError):
    """A model artefact is missing, altered, or does not reproduce its golden rows."""

    zh = "模型不可用"


class PolicyError(CreditError):
    """A file under ``conf/`` is not valid, or a decision is refused by policy."""

    zh = "配置无效或政策不允许"


class ConsentError(CreditError):
    """No live consent covers the enterprise, the purpose and the date."""

    zh = "没有有效授权"


class EngineError(CreditError):
    """An engine or a server is not installed or does not answer."""

    zh = "计算引擎或服务器不可用"


class AccessError(CreditError):
    """The person may not do this, or is named as another than they are."""

    zh = "无权执行"


def said(error: CreditError) -> str:
    """The message in both languages.

    >>> said(ContractError("line.csv: the file is empty"))
    '文件或数据不符合契约。line.csv: the file is empty'
    >>> said(ConsentError("企业 E1 没有授权。Firm E1 has no consent"))
    '企业 E1 没有授权。Firm E1 has no consent'
    """
    return str(error) if "。" in str(error) else f"{error.zh}。{error}"
