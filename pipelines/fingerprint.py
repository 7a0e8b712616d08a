"""What makes a source of facts the same source, and code the same code."""

from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import unreadable

if TYPE_CHECKING:
    from features.sources import Options


def fingerprint(kind: str, path: Path, options: "Options") -> tuple[str, tuple[str, ...]]:
    """Digest of a source, its options and its bytes, and the names of its files.

    The name of a single file does not count: a copy is the same source.
    """
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    total = sha256(repr((kind, options)).encode())
    for file in files:
        total.update((file.relative_to(path).as_posix() if path.is_dir() else "").encode())
        total.update(_digest(file))
    return total.hexdigest(), tuple(file.name for file in files)


def code(*folders: Path) -> str:
    """Digest of the Python files in folders, by name."""
    total = sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            total.update(f"{file.relative_to(folder.parent).as_posix()}\0".encode() + file.read_bytes())
    return total.hexdigest()


def _digest(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return file_digest(content, "sha256").digest()
    except OSError as error:
        raise unreadable(file, error.strerror) from error
