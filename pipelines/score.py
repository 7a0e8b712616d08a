"""Score firms: consent first, the query recorded before any data are read, the decision recorded before it is said."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from features.engine import connected
from features.errors import ArtifactError, ConsentError, CreditError
from models.artefact import code_fingerprint
from models.credit_model import CREDIT_LIMIT
from models.decide import decide
from models.decision import Decision
from models.manual_card import NAME
from pipelines.basis import Content, digest, missing, peers_of
from pipelines.consent import ask
from pipelines.features import compute, latest_applications
from pipelines.manual_card import CARD, by_hand
from pipelines.panel import RULES, rules_in_force
from pipelines.permitted import on_record
from pipelines.policy import POLICY
from pipelines.record import Draft, Event, Record
from pipelines.settings import texts
from pipelines.steady import steady
from pipelines.store import Store
from pipelines.stress import stress
from pipelines.tracking import NoChampionError, load_champion, load_version

if TYPE_CHECKING:
    import pandas as pd

    Decider = Callable[[pd.DataFrame], list[Decision]]

BY_CARD = "the manual card was asked for"


class UnknownEnterpriseError(CreditError):
    """The store holds no such firm."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A decision as it stands in the record."""

    decision: Decision
    decision_id: str
    consent_id: str
    staff: str
    recorded_at: str


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The answers of one run, and the firms refused for want of consent with the reason."""

    answers: list[Answer]
    refused: dict[str, ConsentError]


@dataclass(frozen=True, kw_only=True)
class Query:
    """Who asks, for which date and purpose; ``by_card`` asks the manual card, whatever model there is."""

    as_of: date
    staff: str
    purpose: str = "01"
    by_card: bool = False

    def draft(self, action: str, firm: str, subject: str = "", **payload: Any) -> Draft:
        """An event of this query."""
        asked = {"as_of": self.as_of.isoformat(), "purpose": self.purpose}
        return Draft(staff=self.staff, action=action, enterprise_id=firm, subject=subject, payload={**asked, **payload})


def score_one(store: Store, enterprise_id: str, query: Query) -> Answer:
    """Decide on one firm.

    Raises
    ------
    ConsentError
        When no live consent covers the firm, the purpose and the date; the refusal is on the record.
    UnknownEnterpriseError
        When the store holds no such firm; the attempt is on the record.
    """
    with Record() as record:
        _known(store, enterprise_id, query, record)
        scored = score_many(store, [enterprise_id], query, record)
    for error in scored.refused.values():
        raise error
    return scored.answers[0]


def permitted(store: Store, enterprise_id: str, query: Query, record: Record) -> str:
    """The number of the live consent under which data of the firm may be read.

    Raises
    ------
    ConsentError, UnknownEnterpriseError
        When there is none or no such firm; the refusal is on the record.
    """
    _known(store, enterprise_id, query, record)
    consents, refused = ask(store, [enterprise_id], query.as_of, query.purpose)
    for firm, error in refused.items():
        record.append(query.draft("query_refused", firm, reason=str(error)))
        raise error
    return consents[enterprise_id]


def _known(store: Store, enterprise_id: str, query: Query, record: Record) -> None:
    """Raise ``UnknownEnterpriseError``, with the attempt on the record, when the store holds no such firm."""
    if enterprise_id not in enterprises(store, query.as_of):
        record.append(query.draft("query_refused", enterprise_id, reason="unknown enterprise"))
        raise UnknownEnterpriseError(
            f"{store.root} 中在 {query.as_of} 之前没有企业 {enterprise_id}，请核对编号和日期",
            f"Firm {enterprise_id} is not known before {query.as_of} in {store.root}: check the number and the date.",
        )


def score_many(store: Store, enterprise_ids: Sequence[str], query: Query, record: Record) -> Scored:
    """Decide on the firms that have consented; every query, refusal and decision goes on the record."""
    consents, refused = ask(store, enterprise_ids, query.as_of, query.purpose)
    record.append(*(query.draft("query_refused", firm, reason=str(error)) for firm, error in refused.items()))
    answers = _answers(store, consents, query, record) if consents else []
    return Scored(answers=answers, refused=refused)


def _answers(store: Store, consents: Mapping[str, str], query: Query, record: Record) -> list[Answer]:
    """The decisions on firms that have consented, each with its query recorded before it and itself after."""
    decider, run = _decider(query.by_card)
    record.append(*(query.draft("query", firm, consent) for firm, consent in consents.items()))
    drafts, contents = steady(store, lambda: _decisions(store, consents, query, decider, run))
    events = record.append(*missing(record, contents, query.staff), *(draft for _, draft in drafts))[-len(drafts) :]
    return [_answer(decision, event) for (decision, _), event in zip(drafts, events, strict=True)]


def _decider(by_card: bool) -> "tuple[Decider, str]":
    """The champion with the run that trained it, or the manual card where nobody has promoted one or it is asked for.

    A champion that is damaged is no reason to go on without one unasked.
    """
    if by_card:
        return partial(by_hand, why=BY_CARD), ""
    try:
        model, _ = load_champion(CREDIT_LIMIT)
    except NoChampionError as error:
        return partial(by_hand, why=error.en), ""
    except ArtifactError as error:
        raise ArtifactError(
            f"{error.zh}。在用模型与上线时不一致，不予评分，请恢复，或运行 'sme-credit rollback {CREDIT_LIMIT}' 回退；"
            "此前可用 score --manual-card 计分并由人工决定",
            f"{error.en}. The champion is not what was promoted, so nobody is scored: restore it, or go back with "
            f"'sme-credit rollback {CREDIT_LIMIT}'; until then 'score --manual-card' gives points, "
            "and a person decides",
        ) from error
    return partial(decide, model=model), run_of(model)


def _decisions(
    store: Store, consents: Mapping[str, str], query: Query, decider: "Decider", run: str
) -> tuple[list[tuple[Decision, Draft]], list[Content]]:
    """Each firm's decision with the event that lets an auditor replay it, and the contents that these name."""
    content, permission, in_force = store.content_hash, on_record(), rules_in_force()
    population = latest_applications(store, query.as_of, list(consents))
    applications = population.set_index("enterprise_id")["application_id"].dropna()
    features = compute(store, population)
    decisions = decider(features)
    contents = [texts(*RULES), peers_of(store, query.as_of)]
    if any(decision.model == NAME for decision in decisions):
        contents.append(texts(CARD, POLICY))
    basis = [*map(digest, contents)]
    drafts = [
        (
            decision,
            query.draft(
                "decision",
                decision.enterprise_id,
                secrets.token_hex(8),
                decision=decision.model_dump(mode="json"),
                features=row,
                store=content,
                flow_rules=in_force,
                basis=basis,
                code=code_fingerprint()[:12],
                release=version("sme-cashflow-credit"),
                run=run,
                consent=consents[decision.enterprise_id],
                application=applications.get(decision.enterprise_id),
                **permission,
            ),
        )
        for decision, row in zip(decisions, feature_rows(features), strict=True)
    ]
    return drafts, contents


def _answer(decision: Decision, event: Event) -> Answer:
    return Answer(
        decision=decision,
        decision_id=event.subject,
        consent_id=event.content["consent"],
        staff=event.staff,
        recorded_at=event.at,
    )


def stress_recorded(store: Store, answer: Answer, query: Query) -> list[dict[str, Any]]:
    """What an answer's model says in each scenario; that the firm's data were used again is on the record before."""
    if answer.decision.model != CREDIT_LIMIT:
        raise CreditError(
            f"压力测试不适用于 {answer.decision.model} 的结果，须有在用模型",
            f"stress: the answer is of the {answer.decision.model}, which knows no scenarios; a model must be champion",
        )
    firm, model = answer.decision.enterprise_id, load_version(CREDIT_LIMIT, answer.decision.version)
    with Record() as record:
        record.append(query.draft("stress", firm, answer.consent_id, decision_id=answer.decision_id))
    return stress(store, firm, query.as_of, model)


def enterprises(store: Store, as_of: date) -> list[str]:
    """The firms known before the date, by number; names and attributes are not read."""
    with connected() as backend:
        firms = store.facts(backend)["enterprise"]
        known = firms.filter(firms.known_at < as_of).select("enterprise_id").distinct().order_by("enterprise_id")
        found: list[str] = known.to_pyarrow()["enterprise_id"].to_pylist()
    return found


def run_of(model: Any) -> str:
    """The training run of a model: a version's number alone is that of another model in another registry."""
    return str(model.training.get("run_id", ""))


def feature_rows(features: "pd.DataFrame") -> list[Mapping[str, float]]:
    """Each row of the matrix as a mapping of the float columns by name."""
    numbers = features.select_dtypes("float64")
    return [dict(zip(numbers.columns, values, strict=True)) for values in numbers.to_numpy().tolist()]
