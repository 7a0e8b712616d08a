"""A file that a person asked for is there whole, or as it was before."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """A place beside ``out`` to write to, which takes its place when the block ends; folders are made."""
    out.parent.mkdir(parents=True, exist_ok=True)
    staged = out.with_name(f".{out.name}.part")
    try:
        yield staged
        staged.replace(out)
    finally:
        staged.unlink(missing_ok=True)


def put(out: Path, text: str) -> None:
    """Write a page, or another text."""
    with whole(out) as staged:
        staged.write_text(text, encoding="utf-8")
