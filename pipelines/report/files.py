"""Write the answers of a run where a person will open them: a page, a list with a page a firm, or a table."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from features.engine import connected
from features.evidence.income import ENDS, STEPS
from pipelines.income_lines import COLUMNS as LINE_COLUMNS
from pipelines.modelling.outcomes import outcomes
from pipelines.panel import rules
from pipelines.report.features import feature_page
from pipelines.report.history import histories
from pipelines.report.income import income_page
from pipelines.report.page import Foot, decision_page, list_page
from pipelines.report.table import COLUMNS, decision_rows, write_csv
from pipelines.report.whole import put
from pipelines.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.income import Income
    from pipelines.income_lines import Line
    from pipelines.record import Event
    from pipelines.score import Answer, Scored

Stressed = Mapping[str, Any]
Watch = Callable[[Sequence["Answer"]], Iterable["Answer"]]


def write(
    out: Path, store: Store, scored: "Scored", *, many: bool, watch: Watch = iter, stress: Sequence[Stressed] = ()
) -> Path:
    """Write ``out``: CSV or HTML by its ending; with ``many`` a list, and the pages in a folder beside it.

    ``stress`` is what the one firm's answer would have been in each scenario.

    ``watch`` is handed the answers and gives them back one by one, so that a caller can show how far it is.
    """
    decisions = [answer.decision.model_dump(mode="json") for answer in scored.answers]
    if out.suffix == ".csv":
        write_csv(out, decision_rows(decisions), [*COLUMNS, "reason_zh", "reason_en"])
        return out
    answers = scored.answers
    firms = [answer.decision.enterprise_id for answer in answers]
    names = registered_names(store, firms, answers[0].decision.as_of) if answers else {}
    pages = _pages(store, answers, names, watch, stress)
    if many:
        links = _write_pages(out.with_suffix(""), pages)
        refused = {firm: str(error) for firm, error in scored.refused.items()}
        put(out, list_page(decisions, links, refused, names))
    else:
        put(out, next(page for _, page in pages))
    return out


def write_income(out: Path, store: Store, income: "Income", lines: "Sequence[Line]", event: "Event") -> Path:
    """Write the page of a waterfall, or its lines as CSV, by the ending of ``out``."""
    if out.suffix == ".csv":
        write_csv(out, lines, [*LINE_COLUMNS, *STEPS, *ENDS])
        return out
    names = registered_names(store, [income.enterprise_id], income.as_of)
    foot = Foot(
        enterprise_name=names.get(income.enterprise_id, ""),
        consent_id=event.subject,
        staff=event.staff,
        recorded_at=event.at,
    )
    put(out, income_page(income, lines, rules(), foot))
    return out


def write_feature_page(out: Path, store: Store, matrix: "pd.DataFrame") -> None:
    """Write the page of a matrix that was computed from the store."""
    put(out, feature_page(matrix, outcomes(store, matrix)))


def _write_pages(folder: Path, pages: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One file a firm; gives each firm's address relative to the folder's parent."""
    links = {}
    for firm, page in pages:
        file = folder / f"{quote(firm, safe='')}.html"
        put(file, page)
        links[firm] = f"{quote(folder.name)}/{quote(file.name)}"
    return links


def _pages(
    store: Store, answers: Sequence["Answer"], names: Mapping[str, str], watch: Watch, stress: Sequence[Stressed]
) -> Iterator[tuple[str, str]]:
    """Each firm answered for, and its page."""
    if not answers:
        return
    firms, as_of = [answer.decision.enterprise_id for answer in answers], answers[0].decision.as_of
    months = histories(store, firms, as_of)
    for answer in watch(answers):
        firm = answer.decision.enterprise_id
        foot = Foot(
            decision_id=answer.decision_id,
            enterprise_name=names.get(firm, ""),
            consent_id=answer.consent_id,
            staff=answer.staff,
            recorded_at=answer.recorded_at,
        )
        yield firm, decision_page(answer.decision.model_dump(mode="json"), months[firm], foot, stress)


def registered_names(store: Store, firms: Sequence[str], as_of: date) -> dict[str, str]:
    """The registered names of the firms, as known on the date."""
    with connected() as backend:
        known = store.facts(backend)["enterprise"]
        known = known.filter(known.enterprise_id.isin(firms) & (known.known_at < as_of)).order_by("known_at")
        rows = known.select("enterprise_id", "name").to_pyarrow().to_pylist()
    return {row["enterprise_id"]: row["name"] for row in rows}
