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

from features.errors import CreditError
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
from pipelines.watch.drift import FILES as OF_MODEL
from pipelines.watch.drift import Standing, standing, write
from pipelines.watch.kept import KEY, Kept
from pipelines.watch.watch_tables import Tables, tables
from pipelines.watch.watched import (
    LOANS,
    MOVES,
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
CREDIT_LIMIT, POST_LOAN = "credit-limit", "post-loan-risk"
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
    from pipelines.report.files import registered_names
    from pipelines.report.watch_list import watch_list_page

    settings = _with_budget(current_monitoring(), budget)
    months = months_of(as_of)
    firms = borrowers(store, months)
    consents, refused = ask(store, firms["enterprise_id"].tolist(), as_of, CHECK)
    now = set(firms.loc[firms["live"], "enterprise_id"])
    if not now:
        raise CreditError(f"没有在贷企业。{store.root}: no loan is live on {as_of}, so there is nothing to watch")
    models = Models.in_use()
    work = out / f".{as_of}-{_key(store, as_of, settings, models)}"
    query = Query(as_of=as_of, staff=staff, purpose=CHECK)
    with Record() as record:
        named = {firm: str(error) for firm, error in refused.items() if firm in now}
        record.append(*(query.draft("query_refused", firm, reason=reason) for firm, reason in named.items()))
        _read(store, consents, months, settings, models, work, record, query, watch)
    found = tables(store, work, months, settings, sorted(consents), list(named))
    firms = found.watch_list
    on_page = (firms["status"] != "none") | (firms["action"] == "raise") | firms["waits"]
    names = registered_names(store, firms.loc[on_page, "enterprise_id"].tolist(), as_of)
    stand = standing(store, models.risk, as_of, sorted(consents)) if models.risk else None
    page = watch_list_page(found, named, months, settings, names, stand)
    _publish(found, stand, page, out, as_of)
    metrics = found.metrics(len(named)) | (stand.metrics if stand else {})
    log_month("monitor", str(as_of), metrics, {"settings": settings.version})
    return Monitored(tables=found, refused=named, page=out / "watch_list.html", metrics=metrics)


def _with_budget(settings: Monitoring, budget: float | None) -> Monitoring:
    if budget is None:
        return settings
    yearly = min(1.0, budget * settings.watch_list.yearly_budget / settings.watch_list.budget)
    rules = settings.watch_list.model_copy(update={"budget": budget, "yearly_budget": yearly})
    return settings.model_copy(update={"watch_list": rules})


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
    record: Record,
    query: Query,
    watch: Watch,
) -> None:
    """Read the batches that are not there yet; a query is on the record before its firm is read."""
    work.mkdir(parents=True, exist_ok=True)
    firms = sorted(consents)
    stretches = [firms[start : start + FIRMS_A_BATCH] for start in range(0, len(firms), FIRMS_A_BATCH)]
    features, risks = kept_features(store, settings), kept_risk(store, models)
    columns = list(dict.fromkeys([*KEY, "live", "industry", *LOANS, *MOVES, *settings.columns, *features.columns]))
    for number, batch in watch(list(enumerate(stretches)), "firms"):
        place = work / f"{number:06}.parquet"
        if place.exists():
            continue
        record.append(*(query.draft("query", firm, consents[firm]) for firm in batch))
        rows = read_firms(store, batch, months, settings)
        rows = rows[columns].assign(
            risk=risks.rows(rows, lambda missing: _risk(store, missing, models.risk))["risk"].to_numpy(),
            **_new_money(store, rows, months[-1], models.credit),
        )
        staged = place.with_suffix(".part")
        rows.to_parquet(staged, index=False)
        staged.replace(place)
    for kept in (features, risks) if models.risk else (features,):
        kept.keep(sorted(work.glob("*.parquet")), months)


def kept_risk(store: Store, models: Models) -> Kept:
    """What earlier runs were told by the model in use."""
    return Kept.of(store, "risk", ["risk"], models.versions[1])


def _risk(store: Store, asked: pd.DataFrame, model: "PostLoanModel | None") -> pd.DataFrame:
    """The chance of default within twelve months of the riskiest of each firm's live loans; NaN without a model."""
    from pipelines.modelling.post_loan import post_loan_matrix

    if model is None:
        return asked.assign(risk=float("nan"))
    loans = live(store, sorted(set(asked["enterprise_id"])), sorted(set(asked["as_of"].dt.date)))
    loans = loans.assign(as_of=pd.to_datetime(loans["as_of"])).merge(asked, "inner", KEY)
    loans = loans.assign(risk=model.probability(post_loan_matrix(store, loans)))
    return asked.merge(loans.groupby(KEY, as_index=False)["risk"].max(), "left", KEY)


def _new_money(store: Store, rows: pd.DataFrame, as_of: date, model: "CreditModel | None") -> dict[str, pd.Series]:
    """What the credit policy's legs leave each firm on the date, and the leg that binds; NaN in the months before."""
    from models.decide import decide_table
    from models.limit_actions import renewing_nothing

    money = pd.Series(float("nan"), rows.index)
    leg = pd.Series("", rows.index, dtype="object")
    now = rows[(rows["as_of"] == pd.Timestamp(as_of)) & rows["live"]]
    if model is not None and len(now):
        features = renewing_nothing(compute(store, now[["enterprise_id", "as_of"]]))
        decided = decide_table(features, model).set_index(now.index)
        money[now.index], leg[now.index] = decided["limit"], decided["binding_leg"]
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
