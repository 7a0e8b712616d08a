"""Write the answers of a run where a person will open them: a page, a list with a page a firm, or a table."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from features.engine import connect
from pipelines.report.history import histories
from pipelines.report.page import Foot, decision_page, list_page
from pipelines.report.table import COLUMNS, decision_rows, write_csv
from pipelines.store import Store

if TYPE_CHECKING:
    from pipelines.score import Answer, Scored

Watch = Callable[[Sequence["Answer"]], Iterable["Answer"]]


def write(out: Path, store: Store, scored: "Scored", *, many: bool, watch: Watch = iter) -> Path:
    """Write ``out``: CSV or HTML by its ending; with ``many`` a list, and the pages in a folder beside it.

    ``watch`` is handed the answers and gives them back one by one, so that a caller can show how far it is.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    decisions = [answer.decision.model_dump(mode="json") for answer in scored.answers]
    if out.suffix == ".csv":
        write_csv(out, decision_rows(decisions), [*COLUMNS, "reason_zh", "reason_en"])
        return out
    pages = _pages(store, scored.answers, watch)
    if not many:
        out.write_text(next(iter(pages.values())), encoding="utf-8")
        return out
    folder = out.with_suffix("")
    folder.mkdir(exist_ok=True)
    files = {firm: f"{quote(firm, safe='')}.html" for firm in pages}
    for firm, page in pages.items():
        (folder / files[firm]).write_text(page, encoding="utf-8")
    links = {firm: f"{quote(folder.name)}/{quote(file)}" for firm, file in files.items()}
    refused = {firm: str(error) for firm, error in scored.refused.items()}
    out.write_text(list_page(decisions, links, refused), encoding="utf-8")
    return out


def _pages(store: Store, answers: Sequence["Answer"], watch: Watch) -> dict[str, str]:
    """The page of each firm answered for."""
    if not answers:
        return {}
    firms, as_of = [answer.decision.enterprise_id for answer in answers], answers[0].decision.as_of
    names, months = _names(store, firms, as_of), histories(store, firms, as_of)
    return {
        firm: decision_page(answer.decision.model_dump(mode="json"), months[firm], _foot(answer, names.get(firm, "")))
        for firm, answer in zip(firms, watch(answers), strict=True)
    }


def _foot(answer: "Answer", name: str) -> Foot:
    return Foot(
        decision_id=answer.decision_id,
        enterprise_name=name,
        consent_id=answer.consent_id,
        staff=answer.staff,
        recorded_at=answer.recorded_at,
    )


def _names(store: Store, firms: Sequence[str], as_of: date) -> dict[str, str]:
    """The registered names as known on the date."""
    backend = connect()
    try:
        known = store.facts(backend)["enterprise"]
        known = known.filter(known.enterprise_id.isin(firms) & (known.known_at < as_of)).order_by("known_at")
        rows = known.select("enterprise_id", "name").to_pyarrow().to_pylist()
    finally:
        backend.disconnect()
    return {row["enterprise_id"]: row["name"] for row in rows}
