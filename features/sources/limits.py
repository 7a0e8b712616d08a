"""Files from outside may be hostile: how large, long and deep one may be, and what an archive may hold.

Every limit is checked before or while reading, never after a file is in memory. What passes a limit raises
``ContractError`` and says which limit, so that a person can split the file.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NoReturn

from features.errors import ContractError

MB = 1_000_000
MOST_BYTES = 256 * MB
MOST_LINE = 1 * MB
MOST_ROWS = 200_000
# A parsed document takes many times its size in memory.
MOST_XML, MOST_JSON, MOST_ELEMENTS = 32 * MB, 24 * MB, 5_000_000
MOST_PARTS, MOST_UNPACKED, MOST_RATIO, FREE_OF_RATIO = 2_000, 64 * MB, 100, 8 * MB
UNREADABLE_ARCHIVE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError)


def refuse_size(path: Path, most: int = MOST_BYTES) -> None:
    """Raise ``ContractError`` when ``path`` is not a file, or larger than ``most`` bytes."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise ContractError(f"{path}: cannot be read ({error}); expected a file") from error
    if not path.is_file():
        raise ContractError(f"{path}: is a folder; expected a file")
    if not size:
        raise ContractError(f"{path}: the file is empty; expected a header row and data rows")
    if size > most:
        raise ContractError(f"{path}: has {size:,} bytes, more than the {most:,} allowed; split it by month")


def short_lines(path: Path, stream: IO[str], most: int = MOST_LINE) -> Iterator[str]:
    """Lines of ``stream``; one of more than ``most`` characters is refused without being read to its end.

    So is a compressed file that unpacks to far more than texts do.
    """
    row, read, allowed = 0, 0, FREE_OF_RATIO + MOST_RATIO * path.stat().st_size
    while line := stream.readline(most + 1):
        row, read = row + 1, read + len(line)
        if read > allowed:
            raise ContractError(f"{path}: unpacks to more than {allowed:,} characters, no table but a bomb; refused")
        if len(line) > most:
            raise ContractError(f"{path}: row {row} has more than {most:,} characters; this is not a table of text")
        if "\0" in line:
            raise ContractError(f"{path}: row {row} holds a NUL character; this is not a table of text")
        yield line


def refuse_archive(path: Path) -> None:
    """Raise ``ContractError`` when a zip archive is damaged, unpacks to too much, or names paths outside itself."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except UNREADABLE_ARCHIVE as error:
        raise ContractError(f"{path}: not a whole archive ({error}); save the workbook as .xlsx again") from error
    if len(parts) > MOST_PARTS:
        raise ContractError(f"{path}: the archive has {len(parts):,} parts, more than the {MOST_PARTS:,} allowed")
    for part in parts:
        _refuse_part(path, part)
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > MOST_UNPACKED or unpacked > max(FREE_OF_RATIO, MOST_RATIO * packed):
        raise ContractError(
            f"{path}: unpacks from {packed:,} to {unpacked:,} bytes, which is no statement but a zip bomb; refused"
        )


def _refuse_part(path: Path, part: zipfile.ZipInfo) -> None:
    place = PurePosixPath(part.filename.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in part.filename:
        raise ContractError(f"{path}: the archive names '{part.filename}', a path outside itself; refused")
    if part.flag_bits & 1:
        raise ContractError(f"{path}: '{part.filename}' is encrypted; save the workbook without a password")


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
        raise ContractError(f"{path}: not sound JSON in UTF-8 ({error}); export it again") from error


def _not_a_number(word: str) -> NoReturn:
    raise ValueError(f"'{word}' is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key '{twice}' stands twice in one object")
    return content
