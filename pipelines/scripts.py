"""The text of builds, kept under the home folder for the next process of the same code.

Writing the expressions of the panel and the features takes a process ten seconds, reading their text back a few
milliseconds. The text is run as SQL, so that a file is read only where nobody but this user can have written it.
"""

import json
import os
import stat
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from features.engine import Key, Script, hold
from pipelines.fingerprint import code
from pipelines.settings import ROOT, home

MOST = 32  # files that are kept: those of another code or other rules are of no use any more
LIBRARIES = ("ibis-framework", "sqlglot", "duckdb")


def keep_scripts() -> None:
    """From now on this process reads and leaves the text of builds in ``$SME_CREDIT_HOME/scripts``."""
    hold(Scripts(home() / "scripts"))


class Scripts(MutableMapping[Key, Script]):
    """Scripts in memory and, each in a file, in ``folder``; for ``features.engine.hold``.

    A file is for one key, code of ``features`` and version of the libraries that write the text. It is there whole or
    not at all; what is missing, damaged, another user's or open to others counts as not there and is written anew, and
    where nothing can be written the scripts live as long as the process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[Key, Script] = {}

    def __getitem__(self, key: Key) -> Script:
        if key not in self._held:
            self._held[key] = self._read(key)
        return self._held[key]

    def __setitem__(self, key: Key, script: Script) -> None:
        self._held[key] = script
        with suppress(OSError):
            self._write(key, json.dumps(asdict(script)))
            self._sweep()

    def __delitem__(self, key: Key) -> None:
        del self._held[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    @cached_property
    def _writer(self) -> str:
        """What writes the text, besides the key."""
        from importlib.metadata import version

        return repr((code(ROOT / "features"), [version(name) for name in LIBRARIES]))

    def _stands_for(self, key: Key) -> str:
        return _digest(repr((self._writer, key)))

    def _read(self, key: Key) -> Script:
        digest = self._stands_for(key)
        try:
            seal, _, text = _own(self._folder / f"{digest}.json").partition("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyError(key) from error
        if seal != _digest(digest + text):
            raise KeyError(key)
        return Script(**json.loads(text))

    def _write(self, key: Key, text: str) -> None:
        digest = self._stands_for(key)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=self._folder, delete=False) as staged:  # its mode is 0600
            staged.write(f"{_digest(digest + text)}\n{text}")
        Path(staged.name).replace(self._folder / f"{digest}.json")

    def _sweep(self) -> None:
        """Leave the newest files; what a killed process left of one grows old too."""
        for old in sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)[:-MOST]:
            old.unlink()


def _own(file: Path) -> str:
    """Text of a file that this user alone may read and write."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), encoding="utf-8") as content:
        state = os.fstat(content.fileno())
        if state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            raise PermissionError(file)
        return content.read()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
