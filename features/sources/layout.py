"""How one bank writes its statements: column names, signs and notes as data, one file of ``conf/statements`` each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from features.errors import PolicyError


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The headings under which a layout has each column; of several in one header the first filled cell counts.

    ``debit`` is money out and ``credit`` money in, as on the customer's statement. ``amount`` is signed, or goes with
    ``direction``. Where a bank tells payer and payee, the counterparty is the payee of money out and the payer of money
    in. ``summary`` is what all of its cells say. Headings are compared without blanks, width, and what stands in
    brackets.
    """

    date: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    debit: tuple[str, ...] = ()
    credit: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    direction: tuple[str, ...] = ()
    balance: tuple[str, ...] = ()
    counterparty: tuple[str, ...] = ()
    counterparty_account: tuple[str, ...] = ()
    payer: tuple[str, ...] = ()
    payer_account: tuple[str, ...] = ()
    payee: tuple[str, ...] = ()
    payee_account: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    status: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One layout. ``preamble`` are patterns with a group ``account``, ``enterprise`` or ``printed`` (a date).

    ``out_positive`` is for banks that write money out as a positive number, ``debit_negative`` for those that write it
    with a minus in a column of its own. A row whose first filled cell fits one of ``totals`` is a total, and one whose
    status is among ``void`` moved no money.
    """

    name: str
    zh: str
    en: str
    columns: Columns
    encodings: tuple[str, ...] = ("utf-8-sig", "gb18030")
    delimiters: tuple[str, ...] = (",",)
    date_formats: tuple[str, ...] = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")
    preamble: tuple[str, ...] = ()
    totals: tuple[str, ...] = (r"(本页|本月|累计)?(合计|总计|小计)", "期初余额", "期末余额", "承前页", "过次页")
    in_words: tuple[str, ...] = ("贷", "贷方", "收入", "收", "进", "转入", "in", "cr", "credit")
    out_words: tuple[str, ...] = ("借", "借方", "支出", "支", "付", "出", "转出", "out", "dr", "debit")
    void: tuple[str, ...] = ()
    out_positive: bool = False
    debit_negative: bool = False
    header_within: int = 40
    patterns: tuple[re.Pattern[str], ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        columns, where = self.columns, f"conf/statements/{self.name}.yaml"
        if not columns.date:
            raise PolicyError(
                "columns 缺少 date，每个版式都须有记账日期的列名",
                "columns lacks 'date'; every layout needs the heading of the booking date",
                where,
            )
        if bool(columns.amount) == bool(columns.debit and columns.credit):
            raise PolicyError(
                "columns 应有 amount，或同时有 debit 和 credit",
                "columns needs either 'amount' or both 'debit' and 'credit'",
                where,
            )
        if any(len(delimiter) != 1 for delimiter in self.delimiters):
            raise PolicyError(
                f"delimiters 应为单个字符，实为 {list(self.delimiters)}",
                f"delimiters are single characters, found {list(self.delimiters)}",
                where,
            )
        try:
            compiled = tuple(re.compile(pattern) for pattern in (*self.preamble, *self.totals))
            for encoding in self.encodings:
                "".encode(encoding)
        except (re.error, LookupError) as error:
            raise PolicyError(
                f"{error}，请改正正则表达式或编码", f"{error}; mend the pattern or the encoding", where
            ) from error
        object.__setattr__(self, "patterns", compiled)

    @classmethod
    def parse(cls, name: str, content: Mapping[str, Any]) -> "Layout":
        """Read the content of ``conf/statements/<name>.yaml``.

        Raises
        ------
        PolicyError
            When a key is unknown or missing, or a value is not of its kind.
        """
        where = f"conf/statements/{name}.yaml"
        given = dict(content)
        named = given.pop("columns", None)
        kinds = {f.name: f.type for f in fields(cls) if f.name not in ("name", "columns", "patterns")}
        for key, value in given.items():
            if key not in kinds:
                raise PolicyError(
                    f"键“{key}”不可用，可用的有 columns、{'、'.join(kinds)}",
                    f"unknown key '{key}'; allowed are columns, {', '.join(kinds)}",
                    where,
                )
            given[key] = _fitting(where, key, value, kinds[key])
        columns = Columns(**_listed(where, "columns", named, {f.name for f in fields(Columns)}))
        if missing := {"zh", "en"} - given.keys():
            raise PolicyError(
                f"缺少版式说明“{min(missing)}”", f"lacks '{min(missing)}', the layout's description", where
            )
        return cls(name=name, columns=columns, **given)

    def total(self, cell: str) -> bool:
        """Whether a row that starts with ``cell`` is a total."""
        return any(pattern.match(cell) for pattern in self.patterns[len(self.preamble) :])

    def told(self, line: str) -> dict[str, str]:
        """What a line above the header says: ``account``, ``enterprise``, ``printed``."""
        found = (pattern.search(line) for pattern in self.patterns[: len(self.preamble)])
        return {key: value.strip() for match in found if match for key, value in match.groupdict().items() if value}


def _listed(where: str, key: str, value: Any, allowed: set[str]) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value.keys() <= allowed:
        extra = sorted(value.keys() - allowed) if isinstance(value, dict) else []
        zh, en = (f"，且不含 {extra}", f" without {extra}") if extra else ("", "")
        raise PolicyError(
            f"“{key}”应为键值对{zh}，可用的键：{'、'.join(sorted(allowed))}",
            f"'{key}' is a mapping{en}; allowed are {', '.join(sorted(allowed))}",
            where,
        )
    return {name: _texts(where, f"{key}.{name}", words) for name, words in value.items()}


def _texts(where: str, key: str, value: Any) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(v, str) and v for v in values):
        raise PolicyError(
            f"“{key}”应为文字或文字列表，实为 {value!r}",
            f"'{key}' is a text or a list of texts, found {value!r}",
            where,
        )
    return tuple(values)


def _fitting(where: str, key: str, value: Any, kind: Any) -> Any:
    if kind not in (str, bool, int):
        return _texts(where, key, value)
    if type(value) is not kind:
        raise PolicyError(
            f"“{key}”的类型应为 {kind.__name__}，实为 {value!r}",
            f"'{key}' is of kind {kind.__name__}, found {value!r}",
            where,
        )
    return value
