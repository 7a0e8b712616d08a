"""The whole journey on one machine: a simulated world to learn from, sample firms to decide on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from models.credit_model import CREDIT_LIMIT
from pipelines.ingest import Report, ingest
from pipelines.monitor import Monitored, monitor
from pipelines.promote import promote
from pipelines.report.files import write
from pipelines.score import Query, Scored, enterprises, score_many
from pipelines.settings import ROOT
from pipelines.simulate import simulate_into
from pipelines.store import Store
from pipelines.train import Trained, train
from pipelines.validate import Validated, validate
from simulation import digest

if TYPE_CHECKING:
    from pipelines.record import Record

FIRMS, MONTHS, SEED = 2000, 36, 1
AS_OF = date(2026, 1, 1)
# Four persons: who trains does not validate, and approves nothing of their own.
TRAINER, VALIDATOR, APPROVER, STAFF = "demo-trainer", "demo-validator", "demo-approver", "demo"
STEPS = ("simulate", "train", "validate", "promote", "ingest", "score", "report", "monitor")


@dataclass(frozen=True)
class Journey:
    """What the demo made."""

    trained: Trained
    validated: Validated
    ingested: Report
    scored: Scored
    report: Path
    month: Monitored
    store: Store


def journey(home: Path, record: "Record", step: Callable[[str], None] = lambda _: None) -> Journey:
    """Simulate, train, validate, promote, ingest the sample firms, decide on all of them, watch those with loans.

    Parameters
    ----------
    home : folder for the simulated world, the store of the sample firms, and the report.
    record : where queries and decisions are recorded.
    step : called with each of ``STEPS`` as it begins.
    """
    step("simulate")
    world = Store(home / "worlds" / f"{FIRMS}x{MONTHS}-{SEED}-{digest()[:8]}")
    simulate_into(world, FIRMS, MONTHS, SEED)
    step("train")
    trained = train(world, trainer=TRAINER)
    step("validate")
    dossier = home / "report" / "validation.html"
    validated = validate(world, CREDIT_LIMIT, trained.version, dossier, VALIDATOR)
    step("promote")
    promote(CREDIT_LIMIT, trained.version, APPROVER)
    step("ingest")
    store = Store(home / "store")
    ingested = ingest(store, "contract", ROOT / "data_samples")
    step("score")
    scored = score_many(store, enterprises(store, AS_OF), Query(as_of=AS_OF, staff=STAFF), record)
    step("report")
    report = write(home / "report" / "decisions.html", store, scored, many=True)
    step("monitor")
    month = monitor(store, AS_OF, home / "report" / "month", STAFF)
    return Journey(trained, validated, ingested, scored, report, month, store)
