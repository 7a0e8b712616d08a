"""The manifest of a store: which files count, and which sources they came from."""

import json
import os
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from features.contract import VERSION
from features.errors import ContractError


@dataclass(frozen=True, kw_only=True, order=True)
class File:
    """One Parquet file of a table: its path under the store, and its rows."""

    path: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class SourceRecord:
    """One ingested source: the digest of its bytes and options, and what became of its rows."""

    digest: str
    kind: str
    files: tuple[str, ...]
    rows_in: int
    kept: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)


@dataclass
class Manifest:
    """The state of a store."""

    files: dict[str, list[File]] = field(default_factory=dict)
    sources: list[SourceRecord] = field(default_factory=list)

    @property
    def content_hash(self) -> str:
        """Hash over all files; their names are digests of their content."""
        paths = sorted(file.path for files in self.files.values() for file in files)
        return sha256("\n".join(paths).encode()).hexdigest()

    def add(self, table: str, file: File) -> None:
        """Count a file; one that counts already is the same file."""
        self.files[table] = sorted({*self.files.get(table, []), file})

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read a manifest; a missing one is empty.

        Raises
        ------
        ContractError
            When it is not a manifest, or was written under another major version of the contract.
        """
        if not path.exists():
            return cls()
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            written = str(content["contract"])
            if written.split(".")[0] == VERSION.split(".")[0]:
                return cls(
                    files={table: [File(**file) for file in files] for table, files in content["files"].items()},
                    sources=[SourceRecord(**{**one, "files": tuple(one["files"])}) for one in content["sources"]],
                )
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            found = f"{type(error).__name__}: {error}"
            raise ContractError(
                f"不是数据清单（{found}），请恢复该文件或重建数据目录",
                f"not a manifest ({found}); restore it or rebuild the store",
                path,
            ) from error
        raise ContractError(
            f"按契约 {written} 写入，当前契约为 {VERSION}，请重新导入",
            f"written under contract {written}, this is {VERSION}; ingest the sources again",
            path,
        )

    def write(self, path: Path) -> None:
        """Write it down to the disk; the caller moves it into place."""
        content = {"contract": VERSION, "content_hash": self.content_hash, **asdict(self)}
        with path.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
