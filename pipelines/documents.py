"""Write the documents of the data contract into ``docs/``: ``python -m pipelines.documents``."""

from pathlib import Path

from features.contract.documents import markdown, odcs
from pipelines.settings import ROOT

DOCUMENTS = {"contract.md": markdown, "contract.odcs.yaml": odcs}


def write(folder: Path) -> None:
    """Write every document into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write(ROOT / "docs")
