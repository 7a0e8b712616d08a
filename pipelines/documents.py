"""Write the documents of contract and catalogue into ``docs/``: ``python -m pipelines.documents``."""

from pathlib import Path

from features.catalogue import documents as catalogue
from features.contract import documents as contract
from pipelines.settings import ROOT

DOCUMENTS = {
    "contract.md": contract.markdown,
    "contract.odcs.yaml": contract.odcs,
    "features.md": catalogue.markdown,
}


def write(folder: Path) -> None:
    """Write every document into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write(ROOT / "docs")
