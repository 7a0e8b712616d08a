"""The monthly run over live loans: classes, signals, the watch list within its budget, limits that move.

Firms are read in batches that are written one by one, so that a killed run goes on where it stopped. All that is said
of a date follows from what was known before it, so that it can be run again at any time and says the same.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.artefact import code_fingerprint
from models.monitoring import Monitoring
from pipelines.consent import ask
from pipelines.features import compute
from pipelines.policy import current_policy
from pipelines.record import Record
from pipelines.score import Query
from pipelines.store import Store, move
from pipelines.tracking import load_champion
from pipelines.tracking.monthly import log_month
from pipelines.tracking.registry import CHAMPION, alias
from pipelines.watch_tables import Tables, tables
from pipelines.watched import LOANS, MOVES, borrowers, current_monitoring, months_of, read_firms

if TYPE_CHECKING:
    from models.credit_model import CreditModel

POST_LOAN = "03"
CREDIT_LIMIT = "credit-limit"
FIRMS_A_BATCH = 1000
FILES = ("watch_list", "signals", "signal_quality", "limit_actions", "classes")
Watch = Callable[[Sequence[Any], str], Iterable[Any]]


@dataclass(frozen=True, kw_only=True)
class Monitored:
    """What a run found: its tables, the firms not read and why, where the page is, and the figures for MLflow."""

    tables: Tables
    refused: dict[str, str]
    page: Path
    metrics: dict[str, float]

    @property
    def red(self) -> bool:
        """Whether a red signal stands."""
        return self.metrics["red"] > 0


def monitor(
    store: Store, as_of: date, out: Path, staff: str, budget: float | None = None, watch: Watch = lambda i, _: i
) -> Monitored:
    """Run the month as of a date and write ``FILES`` as Parquet and ``watch_list.html`` into ``out``.

    Parameters
    ----------
    store : Store
    as_of : the date; what was known before it counts.
    out : folder; files of an earlier run in it are replaced when this one is complete.
    staff : who asks; every firm read is a query on the record, for purpose 03.
    budget : share of the live firms on the list in a month, instead of the one in ``conf/monitoring.yaml``.
    watch : is handed the batches with a word for them, and gives them back one by one.
    """
    from pipelines.report.files import registered_names
    from pipelines.report.watch_list import watch_list_page

    settings = _with_budget(current_monitoring(), budget)
    months = months_of(as_of)
    firms = borrowers(store, months)
    consents, refused = ask(store, firms["enterprise_id"].tolist(), as_of, POST_LOAN)
    live = set(firms.loc[firms["live"], "enterprise_id"])
    model = _champion()
    work = out / f".{as_of}-{_key(store, as_of, settings, model)}"
    query = Query(as_of=as_of, staff=staff, purpose=POST_LOAN)
    with Record() as record:
        named = {firm: str(error) for firm, error in refused.items() if firm in live}
        record.append(*(query.draft("query_refused", firm, reason=reason) for firm, reason in named.items()))
        _read(store, consents, months, settings, model, work, record, query, watch)
    found = tables(store, work, months, settings, sorted(consents), list(named))
    shown = found.watch_list.loc[found.watch_list["status"] != "none", "enterprise_id"].tolist()
    raised = found.watch_list.loc[found.watch_list["action"] == "raise", "enterprise_id"].tolist()
    names = registered_names(store, [*shown, *raised], as_of)
    page = watch_list_page(found, named, months, settings, names)
    _publish(found, page, out, as_of)
    metrics = found.metrics(len(named))
    log_month("monitor", str(as_of), metrics, {"settings": settings.version})
    return Monitored(tables=found, refused=named, page=out / "watch_list.html", metrics=metrics)


def _with_budget(settings: Monitoring, budget: float | None) -> Monitoring:
    if budget is None:
        return settings
    yearly = min(1.0, budget * settings.watch_list.yearly_budget / settings.watch_list.budget)
    rules = settings.watch_list.model_copy(update={"budget": budget, "yearly_budget": yearly})
    return settings.model_copy(update={"watch_list": rules})


def _champion() -> "CreditModel | None":
    """The credit model in use, if there is one: without it no limit is raised."""
    return load_champion(CREDIT_LIMIT)[0] if alias(CREDIT_LIMIT, CHAMPION) else None


def _key(store: Store, as_of: date, settings: Monitoring, model: "CreditModel | None") -> str:
    """Names the work of one run: batches of other facts, settings, model or code are never taken up."""
    told = (store.content_hash, as_of, settings, code_fingerprint(), current_policy(), model and model.version)
    return sha256(repr(told).encode()).hexdigest()[:16]


def _read(
    store: Store,
    consents: dict[str, str],
    months: Sequence[date],
    settings: Monitoring,
    model: "CreditModel | None",
    work: Path,
    record: Record,
    query: Query,
    watch: Watch,
) -> None:
    """Read the batches that are not there yet; a query is on the record before its firm is read."""
    work.mkdir(parents=True, exist_ok=True)
    firms = sorted(consents)
    stretches = [firms[start : start + FIRMS_A_BATCH] for start in range(0, len(firms), FIRMS_A_BATCH)]
    columns = list(dict.fromkeys(["enterprise_id", "as_of", "live", "industry", *LOANS, *MOVES, *settings.columns]))
    for number, batch in watch(list(enumerate(stretches)), "firms"):
        place = work / f"{number:06}.parquet"
        if place.exists():
            continue
        record.append(*(query.draft("query", firm, consents[firm]) for firm in batch))
        rows = read_firms(store, batch, months, settings)
        rows = rows[columns].assign(**_new_money(store, rows, months[-1], model))
        staged = place.with_suffix(".part")
        rows.to_parquet(staged, index=False)
        staged.replace(place)


def _new_money(store: Store, rows: pd.DataFrame, as_of: date, model: "CreditModel | None") -> dict[str, pd.Series]:
    """What the credit policy's legs leave each firm on the date, and the leg that binds; NaN in the months before."""
    from models.decide import decide_table

    money = pd.Series(float("nan"), rows.index)
    leg = pd.Series("", rows.index, dtype="object")
    now = rows[(rows["as_of"] == pd.Timestamp(as_of)) & rows["live"]]
    if model is not None and len(now):
        decided = decide_table(compute(store, now[["enterprise_id", "as_of"]]), model).set_index(now.index)
        money[now.index], leg[now.index] = decided["limit"], decided["binding_leg"]
    return {"new_money": money, "leg": leg}


def _publish(found: Tables, page: str, out: Path, as_of: date) -> None:
    """Put the files in their places once all are written, the page last; then what the run worked on can go."""
    staged = out / f".{as_of}.part"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for name in FILES:
        getattr(found, name).to_parquet(staged / f"{name}.parquet", index=False)
    (staged / "watch_list.html").write_text(page, encoding="utf-8")
    for name in (*(f"{name}.parquet" for name in FILES), "watch_list.html"):
        move(staged / name, out / name)
    shutil.rmtree(staged)
    for left in out.glob(f".{as_of}-*"):  # of this run, and of killed ones over other facts or settings
        shutil.rmtree(left)
