"""The kinds of source that ``ingest`` knows: formats, and for statements the layouts of ``conf/statements``."""

from pathlib import Path

from features.errors import CreditError
from features.sources import SOURCES, Layout, Reader
from pipelines.settings import conf, conf_folders

STATEMENT, AUTO, FOLDER = "statement", "auto", "statements"


def kinds() -> list[str]:
    """Every kind by name, ``statement:auto`` and one ``statement:<layout>`` for each file of ``conf/statements``."""
    statements = [f"{STATEMENT}:{name}" for name in (AUTO, *_names())]
    return [*(kind for kind in SOURCES if kind != STATEMENT), *statements]


def resolve(kind: str) -> tuple[Reader, tuple[Layout, ...]]:
    """The reader of a kind, and the layouts to hand to it.

    Raises
    ------
    CreditError
        When no kind has this name; the known ones are listed.
    PolicyError
        When a layout's file is not valid.
    """
    if kind not in kinds():
        raise CreditError(
            f"没有“{kind}”这种来源，应为 {'、'.join(kinds())} 之一",
            f"no source is called '{kind}'; expected one of {', '.join(kinds())}",
        )
    format_name, _, layout = kind.partition(":")
    if not layout:
        return SOURCES[kind], ()
    names = _names() if layout == AUTO else [layout]
    return SOURCES[format_name], tuple(Layout.parse(name, conf(f"{FOLDER}/{name}.yaml")) for name in names)


def _names() -> list[str]:
    places: list[Path] = [folder / FOLDER for folder in conf_folders()]
    return sorted({file.stem for place in places for file in place.glob("*.yaml")})
