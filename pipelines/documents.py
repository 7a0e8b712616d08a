"""Write the documents of contract, catalogue and decision into ``docs/``: ``python -m pipelines.documents``."""

import json
from pathlib import Path

from features.catalogue import documents as catalogue
from features.contract import documents as contract
from models.decision import Decision
from pipelines.settings import ROOT


def _decision() -> str:
    return json.dumps(Decision.model_json_schema(mode="serialization"), indent=2) + "\n"


DOCUMENTS = {
    "contract.md": contract.markdown,
    "contract.odcs.yaml": contract.odcs,
    "features.md": catalogue.markdown,
    "decision.schema.json": _decision,
}


def write(folder: Path) -> None:
    """Write every document into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write(ROOT / "docs")
