"""What a derived panel consists of: parts by the day on which their rows became known, and the facts in them.

A part holds the rows that became known from its first day up to that of the next part. What is known later never
changes a row that was known before, so that new facts open the parts from their own day on and no others.
"""

import json
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

STAMP, DRAFT = "stamp.json", ".part"
ABANDONED = 86_400  # seconds


@dataclass(frozen=True, kw_only=True)
class Parts:
    """``code`` stands for the rules and the code that made them; ``facts`` are the files of the store in them.

    ``names`` are first day and token (``2025-11-01.1f2e3d4c``), the earliest first; each table has a folder for each.
    """

    code: str = ""
    facts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> "Parts":
        """Those of a panel; none when it is not there, or its stamp is missing or damaged."""
        try:
            content = json.loads((folder / STAMP).read_text(encoding="utf-8"))
            return cls(code=content["code"], facts=tuple(content["facts"]), names=tuple(content["names"]))
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return cls()

    def write(self, folder: Path) -> Path:
        """The stamp, in a folder."""
        path = folder / STAMP
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path

    def serve(self, wanted: "Parts") -> bool:
        """Whether they are the work of this code on these facts."""
        return (self.code, self.facts) == (wanted.code, wanted.facts)

    def on_the_way_to(self, wanted: "Parts") -> "Parts":
        """Themselves when facts were only added since, and nothing when code or facts are others."""
        same = self.code == wanted.code and set(self.facts) <= set(wanted.facts)
        return self if same else replace(wanted, facts=(), names=())

    def opened_by(self, day: date) -> tuple[str, ...]:
        """The parts that facts known from ``day`` on can change."""
        ends = [*map(first_day, self.names[1:]), date.max]
        return tuple(name for name, end in zip(self.names, ends, strict=False) if end > day)


def first_day(name: str) -> date:
    """The first day on which rows of a part became known."""
    return date.fromisoformat(name.split(".")[0])


def day_file(folder: Path, day: date, parts: Parts, *made_of: object) -> Path:
    """Where that is kept which follows from the facts known before a day and from ``made_of``.

    It is named after the day, these, and the parts that begin before it, so that it serves as long as they stand.
    """
    before = [name for name in parts.names if first_day(name) < day]
    return folder / f"{day.isoformat()}.{sha256(repr((made_of, before)).encode()).hexdigest()[:16]}.parquet"


def draft(place: Path) -> Path:
    """A file of its own beside ``place``, to be written before it is put there: another process may write one too."""
    return place.with_name(f"{place.name}.{secrets.token_hex(4)}{DRAFT}")


def put(staged: Path, place: Path) -> None:
    """Move a file of a day into its place in one step; files of the day that no longer hold go.

    So do drafts that nobody has written to for a day: whoever did was killed.
    """
    staged.replace(place)
    for left in place.parent.glob(f"*{DRAFT}"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()
    day = place.name.split(".")[0]
    for other in {*place.parent.glob(f"{day}.*.parquet")} - {place}:
        other.unlink(missing_ok=True)


def spans(days: Sequence[date], token: str) -> dict[str, tuple[date, date]]:
    """Names of parts that begin on these days, with the first day and the day after the last; the last has no end."""
    days = sorted(set(days))
    ends = [*days[1:], date.max]
    return {f"{day.isoformat()}.{token}": (day, end) for day, end in zip(days, ends, strict=True)}


def files(folder: Path, table: str, names: Sequence[str]) -> list[Path]:
    """The files of one table in some parts, in a fixed order; a folder that may not be read is no empty one."""
    found = []
    for name in names:
        with suppress(FileNotFoundError):  # Spark keeps no labels
            found += sorted(file for file in (folder / table / name).iterdir() if file.suffix == ".parquet")
    return found
