"""What Click says, with Chinese before its English: faults in what was typed, and the headings of ``--help``."""

import re
import sys
from typing import Any

import typer
from typer.core import TyperGroup

# What Click says is wrong, by how it begins; in Chinese {} is what it names.
FAULTS = {
    r"No such command ('.*?')": "没有命令 {}",
    r"No such option: (\S+)": "没有选项 {}",
    r"Missing option ('.*?')": "缺少选项 {}",
    r"Missing argument ('.*?')": "缺少参数 {}",
    r"Got unexpected extra arguments?\b.*\((.*)\)": "多余的参数 {}",
    r"Option ('.*?') does not take": "选项 {} 不带值",
    r"Option ('.*?') requires": "选项 {} 缺少值",
    r"Invalid value for (.*?):": "{} 的值无效",
}
HEADINGS = {
    "Usage: ": "用法",
    "Arguments:\n": "参数",
    "Options:\n": "选项",
    "Commands:\n": "命令",
    "Show this message": "显示本说明",
}


class Group(TyperGroup):
    """Commands under one name, whose help has Chinese headings too."""

    def get_help(self, ctx: Any) -> str:
        """The text of ``--help``."""
        return headed(super().get_help(ctx))


def headed(text: str) -> str:
    """A help text, the Chinese before each heading.

    >>> headed("Usage: sme-credit usage [OPTIONS]")
    '用法 Usage: sme-credit usage [OPTIONS]'
    """
    for en, zh in HEADINGS.items():
        text = re.sub(rf"^(.*?)\b{en}", rf"\g<1>{zh} {en}", text, count=1, flags=re.DOTALL)
    return text


def wrong(zh: str, en: str, option: str | None = None) -> typer.BadParameter:
    """What our own checks find wrong with what was typed."""
    return typer.BadParameter(f"{zh}。{en}", param_hint=option)


def told(error: typer.TyperException) -> str:
    """A fault in what was typed, in both languages.

    >>> told(wrong("应为 .html", "expected .html", "--out"))
    '--out 的值无效：应为 .html。Invalid value for --out: expected .html'
    """
    own = ""
    if isinstance(error, typer.BadParameter):
        own, _, error.message = error.message.rpartition("。")
        own = own or _expected(error.__cause__)
    en = error.format_message()
    zh = next((zh.format(found[1]) for begin, zh in FAULTS.items() if (found := re.match(begin, en))), "")
    return f"{'：'.join(filter(None, (zh, own))) or '命令有误'}。{en}"


def _expected(cause: BaseException | None) -> str:
    """What kind or range of value pydantic, by which Typer reads what was typed, expected of it."""
    from pydantic import ValidationError

    from models.checked import expected

    return f"应为{expected(cause.errors()[0])[0]}" if isinstance(cause, ValidationError) else ""


def show(error: typer.TyperException) -> int:
    """Say on standard error what is wrong; gives the exit code."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
        print(error.message, file=sys.stderr)
        return error.exit_code
    if context is not None:
        print(f"{headed(context.get_usage())}\n查看说明 Try '{context.command_path} --help'\n", file=sys.stderr)
    print(f"sme-credit: {told(error)}", file=sys.stderr)
    return error.exit_code
