"""What analysts edit in ``conf/``, checked key by key."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from features.errors import PolicyError

# What pydantic expects, by the start of its kind of error; the first that fits counts.
EXPECTED = {
    "missing": "填写",
    "extra_forbidden": "删去此键（不可用）",
    "greater_than_equal": "不小于 {ge}",
    "greater_than": "大于 {gt}",
    "less_than_equal": "不大于 {le}",
    "less_than": "小于 {lt}",
    "finite_number": "有限的数",
    "literal_error": "{expected} 之一",
    "string_pattern": "符合 {pattern}",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "至多 {max_length} 个字符",
    "string": "文字",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "int": "整数",
    "float": "数",
    "bool": "true 或 false",
    "date": "日期，如 2025-06-30",
    "tuple": "列表",
    "list": "列表",
    "dict": "键值对",
    "model": "键值对",
    "json": "正确的 JSON",
}


class Written(float):
    """A number as the bank wrote it in ``conf/``: of a format, percent and separators count, how many digits does not.

    >>> f"{Written(0.125):.0%}, {Written(0.2):.0%}, {Written(1234567.5):,.0f}"
    '12.5%, 20%, 1,234,567.5'
    """

    def __format__(self, spec: str) -> str:
        super().__format__(spec)  # refuses what is no format of a number
        share = "%" if spec.endswith("%") else ""
        digits = Decimal(repr(float(self))).scaleb(2 if share else 0).normalize()
        return f"{digits:{',' if ',' in spec else ''}f}{share}"


class Part(BaseModel):
    """A part of a settings file, or the whole of it: frozen, and no key but those that are named."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def parse(cls, content: Mapping[str, Any], where: str) -> Self:
        """Check a mapping.

        Parameters
        ----------
        content : what the YAML holds.
        where : name of the file for messages.

        Raises
        ------
        PolicyError
            Naming the file, the path of every wrong key, what was expected and what was found.
        """
        try:
            return cls.model_validate(dict(content))
        except ValidationError as error:
            faults = [_fault(dict(each)) for each in error.errors()]
            zh, en = "；".join(zh for zh, _ in faults), "; ".join(en for _, en in faults)
            version = ("并更新其版本号", " and raise its version") if "version" in cls.model_fields else ("", "")
            raise PolicyError(f"{zh}；请改正文件{version[0]}", f"{en}; mend the file{version[1]}", where) from error


def expected(error: Mapping[str, Any]) -> tuple[str, str]:
    """What pydantic expected, in Chinese and in English; what our own validators expect is ``中文。English``."""
    own, _, en = str(error["msg"]).removeprefix("Value error, ").rpartition("。")
    kind = next((words for start, words in EXPECTED.items() if error["type"].startswith(start)), "有效的值")
    return own or kind.format(**error.get("ctx", {})), en


def _fault(error: Mapping[str, Any]) -> tuple[str, str]:
    """One wrong key, with what was found."""
    key = ".".join(str(part) for part in error["loc"])
    zh, en = expected(error)
    shown = "" if error["type"] in ("missing", "value_error") else repr(error["input"])
    return (
        f"{key and f'键 {key} '}要求：{zh}{shown and f'，现为 {shown}'}",
        f"key {key or 'the whole'}: expected {en[:1].lower()}{en[1:]}{shown and f', found {shown}'}",
    )
