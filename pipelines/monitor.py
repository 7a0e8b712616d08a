"""The monthly run over live loans: classes, signals, the watch list within its budget, limits that move.

Firms are read in batches that are written one by one, so that a killed run goes on where it stopped. All that is said
of a date follows from what was known before it, so that it can be run again at any time and says the same.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import CreditError
from features.labels import DEFAULT
from models.artefact import code_fingerprint
from models.credit_model import CREDIT_LIMIT
from models.monitoring import SEVERITIES, Monitoring
from models.post_loan import POST_LOAN
from pipelines.consent import ask
from pipelines.features import compute, write_matrix
from pipelines.policy import current_policy
from pipelines.record import Draft, Record
from pipelines.score import Query
from pipelines.steady import steady
from pipelines.store import Store, move
from pipelines.tracking import load_champion
from pipelines.tracking.registry import CHAMPION, alias
from pipelines.tracking.runs import log_month
from pipelines.watch.drift import FILES as OF_MODEL
from pipelines.watch.drift import Standing, answers, standing, write
from pipelines.watch.kept import KEY, Kept
from pipelines.watch.watch_tables import Tables, tables
from pipelines.watch.watched import (
    LOANS,
    MOVES,
    batches,
    borrowers,
    current_monitoring,
    kept_features,
    live,
    months_of,
    read_firms,
)

if TYPE_CHECKING:
    from models.credit_model import CreditModel
    from models.post_loan import PostLoanModel

CHECK = "03"  # the purpose of a query after the loan
OF_LOANS = "loans"  # the folder of what the model says of each live loan, a file a batch
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

    With a model in use, also how it stands: the files of ``pipelines.watch.drift.FILES``.

    Parameters
    ----------
    store : Store
    as_of : the date; what was known before it counts.
    out : folder; files of an earlier run in it are replaced when this one is complete.
    staff : who asks; every firm read is a query on the record, for purpose 03.
    budget : share of the live firms on the list in a month, instead of the one in ``conf/monitoring.yaml``.
    watch : is handed the batches with a word for them, and gives them back one by one.
    """
    settings = _with_budget(current_monitoring(), budget)
    with _alone(out), Record() as record:
        asking = Asking(record, Query(as_of=as_of, staff=staff, purpose=CHECK))
        found, named, stand, page = steady(store, lambda: _month(store, as_of, out, settings, asking, watch))
        _publish(found, stand, page, out, as_of)
        metrics = found.metrics(len(named)) | (stand.metrics if stand else {})
        log_month("monitor", str(as_of), metrics, {"settings": settings.version})
        return Monitored(tables=found, refused=named, page=out / "watch_list.html", metrics=metrics)


def _month(
    store: Store, as_of: date, out: Path, settings: Monitoring, asking: "Asking", watch: Watch
) -> tuple[Tables, dict[str, str], Standing | None, str]:
    """The tables, the firms not read and why, how the model stands, and the page."""
    from pipelines.report.files import registered_names
    from pipelines.report.watch_list import watch_list_page

    months = months_of(as_of)
    firms = borrowers(store, months)
    consents, refused = ask(store, firms["enterprise_id"].tolist(), as_of, CHECK)
    now = set(firms.loc[firms["live"], "enterprise_id"])
    if not now:
        raise CreditError(
            f"在 {as_of} 没有在贷企业，无可监测",
            f"no loan is live on {as_of}, so there is nothing to watch",
            store.root,
        )
    models = Models.in_use()
    work = out / f".{as_of}-{_key(store, as_of, settings, models)}"
    named = {firm: str(error) for firm, error in refused.items() if firm in now}
    asking.put(*(asking.query.draft("query_refused", firm, reason=reason) for firm, reason in named.items()))
    _read(store, consents, months, settings, models, work, asking, watch)
    step = models.credit.policy.product.step if models.credit else 1.0  # without a model no limit is raised
    found = tables(store, work, months, settings, sorted(consents), list(named), step)
    listed = found.watch_list
    waits_or_red = (listed["waits"] != "") | (listed["severity"] == len(SEVERITIES))
    on_page = (listed["status"] != "none") | (listed["action"] == "raise") | waits_or_red
    names = registered_names(store, listed.loc[on_page, "enterprise_id"].tolist(), as_of)
    stand = None
    if models.risk and consents:
        answered = pd.concat(map(pd.read_parquet, sorted(work.glob(f"{OF_LOANS}/*.parquet"))))
        stand = standing(store, models.risk, answered, as_of, sorted(consents))
    return found, named, stand, watch_list_page(found, named, months, settings, names, stand)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """While nobody else writes a month into the folder; one that was made for it and holds nothing goes again."""
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    folder = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CreditError(
                "正在写入另一个月的结果，请待其结束",
                "another month is being written there; wait until it has ended",
                out,
            ) from error
        yield
    finally:
        os.close(folder)
        if made:
            with suppress(OSError):
                out.rmdir()


def _with_budget(settings: Monitoring, budget: float | None) -> Monitoring:
    if budget is None:
        return settings
    yearly = min(1.0, budget * settings.watch_list.yearly_budget / settings.watch_list.budget)
    rules = settings.watch_list.model_copy(update={"budget": budget, "yearly_budget": yearly})
    return settings.model_copy(update={"watch_list": rules})


@dataclass(frozen=True)
class Asking:
    """The queries of one run on the record: each once, however often facts that come in make it read again."""

    record: Record
    query: Query
    told: set[tuple[str, str, str]] = field(default_factory=set)

    def put(self, *drafts: Draft) -> None:
        """Append those that this run has not put there: of another firm, or under another consent."""
        fresh = {
            key: draft
            for draft in drafts
            if (key := (draft.action, draft.enterprise_id, draft.subject)) not in self.told
        }
        self.record.append(*fresh.values())
        self.told.update(fresh)


@dataclass(frozen=True)
class Models:
    """The models in use, if any: no limit is raised without ``credit``, no risk is known without ``risk``."""

    credit: "CreditModel | None"
    risk: "PostLoanModel | None"

    @classmethod
    def in_use(cls) -> "Models":
        """The champions."""
        return cls(*(load_champion(n)[0] if alias(n, CHAMPION) else None for n in (CREDIT_LIMIT, POST_LOAN)))

    @property
    def versions(self) -> tuple[str, str]:
        """What the champions are called."""
        return str(self.credit and self.credit.version), str(self.risk and self.risk.version)


def _key(store: Store, as_of: date, settings: Monitoring, models: Models) -> str:
    """Names the work of one run: batches of other facts, settings, model or code are never taken up."""
    told = (store.content_hash, as_of, settings, code_fingerprint(), current_policy(), models.versions)
    return sha256(repr(told).encode()).hexdigest()[:16]


def _read(
    store: Store,
    consents: dict[str, str],
    months: Sequence[date],
    settings: Monitoring,
    models: Models,
    work: Path,
    asking: "Asking",
    watch: Watch,
) -> None:
    """Read the batches that are not there yet; a query is on the record before its firm is read."""
    work.mkdir(parents=True, exist_ok=True)
    features, risks = kept_features(store, settings), kept_risk(store, models)
    of_firm = (*KEY, "live", "industry", *LOANS, *MOVES, *settings.columns, *features.columns)
    columns = list(dict.fromkeys([*of_firm, "risk", "new_money", "leg"]))
    for number, batch in watch(list(enumerate(batches(consents))), "firms"):
        place = work / f"{number:06}.parquet"
        if place.exists():
            continue
        asking.put(*(asking.query.draft("query", firm, consents[firm]) for firm in batch))
        rows, answered = _batch(store, batch, months, settings, models, risks)
        write_matrix(answered, work / OF_LOANS / place.name)
        write_matrix(rows[columns], place)
    for kept in (features, risks) if models.risk else (features,):
        kept.keep(sorted(work.glob("*.parquet")), months)


def _batch(
    store: Store, firms: Sequence[str], months: Sequence[date], settings: Monitoring, models: Models, risks: Kept
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is known of some firms by month, and what the model in use says of each loan that is live on the last.

    Every feature of a firm is computed once where a model is in use: of the last month, and of those before it whose
    risk no earlier run was told.
    """
    loans, now = live(store, firms, months), pd.Timestamp(months[-1])
    told = risks.held(loans)
    told = told[told["as_of"] != now]
    known = loans.merge(told, "left", KEY, indicator="known")["known"] == "both"
    loans = loans[~known if models.risk else loans["as_of"] == now].reset_index(drop=True)
    ready = compute(store, loans[KEY].drop_duplicates(ignore_index=True)) if models.risk or models.credit else None
    rows = read_firms(store, firms, months, settings, ready)
    answered = loans.head(0)
    if models.risk:
        answered = answers(store, models.risk, loans, ready)
        riskiest = answered.groupby(KEY)[DEFAULT].max().rename("risk").reset_index()
        told = pd.concat([told, riskiest]) if len(told) else riskiest
    rows = rows.merge(told, "left", KEY, validate="1:1")
    money = _new_money(ready, rows, now, models.credit)
    return rows.assign(**money), answered[answered["as_of"] == now]


def kept_risk(store: Store, models: Models) -> Kept:
    """What earlier runs were told by the model in use."""
    return Kept.of(store, "risk", ["risk"], models.versions[1])


def _new_money(
    ready: pd.DataFrame | None, rows: pd.DataFrame, now: pd.Timestamp, model: "CreditModel | None"
) -> dict[str, pd.Series]:
    """What the credit policy's legs leave each firm on the date, and the leg that binds; NaN in the months before."""
    from models.decide import decide_table
    from models.limit_actions import renewing_nothing

    money = pd.Series(float("nan"), rows.index)
    leg = pd.Series("", rows.index, dtype="object")
    live_now = rows[(rows["as_of"] == now) & rows["live"]]
    if model is not None and ready is not None and len(live_now):
        features = renewing_nothing(live_now[KEY].merge(ready, "left", KEY, validate="1:1"))
        decided = decide_table(features, model).set_index(live_now.index)
        money[live_now.index], leg[live_now.index] = decided["limit"], decided["binding_leg"]
    return {"new_money": money, "leg": leg}


def _publish(found: Tables, stand: Standing | None, page: str, out: Path, as_of: date) -> None:
    """Put the files in their places once all are written, the page last; then what the run worked on can go."""
    staged = out / f".{as_of}.part"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for name in FILES:
        getattr(found, name).to_parquet(staged / f"{name}.parquet", index=False)
    if stand is not None:
        write(stand, staged)
    (staged / "watch_list.html").write_text(page, encoding="utf-8")
    for name in (*(f"{name}.parquet" for name in FILES), *OF_MODEL, "watch_list.html"):
        if (staged / name).exists():
            move(staged / name, out / name)
        else:  # an earlier run had a model in use
            (out / name).unlink(missing_ok=True)
    shutil.rmtree(staged)
    for left in out.glob(f".{as_of}-*"):  # of this run, and of killed ones over other facts or settings
        shutil.rmtree(left)
