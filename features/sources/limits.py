"""Files from outside may be hostile: how large, long and deep one may be, and what an archive may hold.

Every limit is checked before or while reading, never after a file is in memory. What passes a limit raises
``ContractError`` and says which limit, so that a person can split the file.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NoReturn

from features.errors import ContractError, unreadable

MB = 1_000_000
MOST_BYTES = 256 * MB
MOST_LINE = 1 * MB
MOST_ROWS = 200_000
# A parsed document takes many times its size in memory.
MOST_XML, MOST_JSON, MOST_ELEMENTS = 32 * MB, 24 * MB, 5_000_000
MOST_PARTS, MOST_UNPACKED, MOST_RATIO, FREE_OF_RATIO = 2_000, 64 * MB, 100, 8 * MB
UNREADABLE_ARCHIVE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError)


def no_rows(path: Path) -> ContractError:
    """There is not even a header."""
    return ContractError("文件为空，应有表头和数据行", "the file is empty; expected a header row and data rows", path)


def too_much(path: Path, zh: str, en: str) -> ContractError:
    """There is more of something in the file than is allowed."""
    return ContractError(f"超过允许的{zh}，请按月拆分", f"has more than the {en} allowed; split it by month", path)


def spanning(path: Path, first: int, last: int) -> ContractError:
    """A stray quote makes one cell of several lines."""
    return ContractError(
        f"第 {first} 行的引号跨行至第 {last} 行，请重新导出",
        f"row {first} has a quote that spans lines up to {last}: export it again",
        path,
    )


def refuse_size(path: Path, most: int = MOST_BYTES) -> None:
    """Raise ``ContractError`` when ``path`` is not a file, or larger than ``most`` bytes."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not path.is_file():
        raise ContractError("是文件夹，应为文件", "is a folder; expected a file", path)
    if not size:
        raise no_rows(path)
    if size > most:
        raise ContractError(
            f"有 {size:,} 字节，超过允许的 {most:,}，请按月拆分",
            f"has {size:,} bytes, more than the {most:,} allowed; split it by month",
            path,
        )


def short_lines(path: Path, stream: IO[str], most: int = MOST_LINE) -> Iterator[str]:
    """Lines of ``stream``; one of more than ``most`` characters is refused without being read to its end.

    So is a compressed file that unpacks to far more than texts do.
    """
    row, read, allowed = 0, 0, FREE_OF_RATIO + MOST_RATIO * path.stat().st_size
    while line := stream.readline(most + 1):
        row, read = row + 1, read + len(line)
        if read > allowed:
            raise ContractError(
                f"解压后超过 {allowed:,} 个字符，不是数据表而是压缩炸弹，不予读取",
                f"unpacks to more than {allowed:,} characters, no table but a bomb; refused",
                path,
            )
        if len(line) > most:
            raise ContractError(
                f"第 {row} 行超过 {most:,} 个字符，不是文本数据表",
                f"row {row} has more than {most:,} characters; this is not a table of text",
                path,
            )
        if "\0" in line:
            raise ContractError(
                f"第 {row} 行含空字符（NUL），不是文本数据表",
                f"row {row} holds a NUL character; this is not a table of text",
                path,
            )
        yield line


def refuse_archive(path: Path) -> None:
    """Raise ``ContractError`` when a zip archive is damaged, unpacks to too much, or names paths outside itself."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except UNREADABLE_ARCHIVE as error:
        raise ContractError(
            f"不是完整的压缩文件（{error}），请重新另存为 .xlsx",
            f"not a whole archive ({error}); save the workbook as .xlsx again",
            path,
        ) from error
    if len(parts) > MOST_PARTS:
        raise ContractError(
            f"压缩包有 {len(parts):,} 个文件，超过允许的 {MOST_PARTS:,} 个",
            f"the archive has {len(parts):,} parts, more than the {MOST_PARTS:,} allowed",
            path,
        )
    for part in parts:
        _refuse_part(path, part)
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > MOST_UNPACKED or unpacked > max(FREE_OF_RATIO, MOST_RATIO * packed):
        raise ContractError(
            f"解压后从 {packed:,} 字节增至 {unpacked:,} 字节，不是对账单而是压缩炸弹，不予读取",
            f"unpacks from {packed:,} to {unpacked:,} bytes, which is no statement but a zip bomb; refused",
            path,
        )


def _refuse_part(path: Path, part: zipfile.ZipInfo) -> None:
    place = PurePosixPath(part.filename.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in part.filename:
        raise ContractError(
            f"压缩包中的“{part.filename}”指向包外路径，不予读取",
            f"the archive names '{part.filename}', a path outside itself; refused",
            path,
        )
    if part.flag_bits & 1:
        raise ContractError(
            f"“{part.filename}”已加密，请取消密码后另存",
            f"'{part.filename}' is encrypted; save the workbook without a password",
            path,
        )


def read_json(path: Path) -> Any:
    """The content of a JSON file, numbers as the text they are.

    Raises
    ------
    ContractError
        When it is too large or deep, is not JSON in UTF-8, or says a key twice (one of the two would be lost).
    """
    refuse_size(path, MOST_JSON)
    try:
        return json.loads(
            path.read_bytes().decode("utf-8-sig"),
            parse_float=str,
            parse_int=str,
            parse_constant=_not_a_number,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError, OSError) as error:
        raise ContractError(
            f"不是正确的 UTF-8 JSON（{error}），请重新导出", f"not sound JSON in UTF-8 ({error}); export it again", path
        ) from error


def _not_a_number(word: str) -> NoReturn:
    raise ValueError(f"'{word}' is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key '{twice}' stands twice in one object")
    return content
