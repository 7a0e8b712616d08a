"""The HTTP application: health, and the answer of ``score --json`` for one firm on one date."""

import json
import os
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from features.errors import AccessError, ConsentError, CreditError
from models.checked import expected
from models.decision import Decision
from pipelines.access import admit
from pipelines.score import Query, UnknownEnterpriseError, score_one
from pipelines.store import Store
from serving.api.body import BodyLimit
from serving.api.token import PERSON, RIGHTS, BearerToken, Callers

STATUS: dict[type[Exception], int] = {AccessError: 403, ConsentError: 403, UnknownEnterpriseError: 404}


def _written(value: object) -> object:
    """A date as text; a bare number would be taken for seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("日期，如 2025-06-30。expected a date as text, YYYY-MM-DD")
    return value


class Asked(BaseModel):
    """A firm of the store and a date."""

    model_config = ConfigDict(extra="forbid")

    enterprise_id: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
    as_of: Annotated[date, BeforeValidator(_written)]


def create_app(store: Store, token: str) -> FastAPI:
    """The application over one store.

    Parameters
    ----------
    store : Store
    token : str
        What callers must show, at least 16 characters, on the record as ``$SME_CREDIT_STAFF`` or ``api``; where
        ``access.yaml`` names people, each shows their own.
    """
    callers = Callers(token, os.environ.get("SME_CREDIT_STAFF") or "api")
    # The interactive pages load scripts from another site, and this service works offline.
    app = FastAPI(title="sme-cashflow-credit", docs_url=None, redoc_url=None)
    app.add_middleware(BearerToken, callers=callers)
    app.add_middleware(BodyLimit)  # the last one added comes first
    app.add_exception_handler(CreditError, _told)
    app.add_exception_handler(RequestValidationError, _malformed)

    def may_score(request: Request) -> str:
        person: str = request.scope[PERSON]
        admit(request.scope[RIGHTS], person, "score")
        return person

    @app.get("/health")
    def health() -> dict[str, str]:
        """Say that the service answers."""
        return {"status": "ok"}

    @app.post("/api/v1/score", response_model=Decision, responses={403: {}, 404: {}})
    def score(asked: Asked, person: Annotated[str, Depends(may_score)]) -> Response:
        """Decide on the firm; the decision's number is in the header ``X-Decision-Id``."""
        answer = score_one(store, asked.enterprise_id, Query(as_of=asked.as_of, staff=person))
        body = answer.decision.model_dump_json()
        return Response(body, media_type="application/json", headers={"X-Decision-Id": answer.decision_id})

    return app


async def _told(_: Request, error: Any) -> JSONResponse:
    """Errors that a caller can act on, with their words; a fault on our side is 500."""
    return JSONResponse({"detail": str(error)}, status_code=STATUS.get(type(error), 500))


async def _malformed(_: Request, error: Exception) -> Response:
    """What is wrong with a request and where, without the text that came: it may be long, or no text at all."""
    faults = error.errors() if isinstance(error, RequestValidationError) else ()
    told = [{"type": each["type"], "loc": each["loc"], "msg": "。".join(expected(each))} for each in faults]
    return Response(json.dumps({"detail": told}), status_code=422, media_type="application/json")
