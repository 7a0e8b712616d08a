"""The bound of a body holds by what comes, whatever the request's head says."""

import socket
from contextlib import contextmanager
from threading import Thread
from typing import Annotated

import httpx
import pytest
import uvicorn
from fastapi import Body, FastAPI

from pipelines import access
from pipelines.store import Store
from serving.api.app import create_app
from serving.api.body import BodyLimit


@pytest.mark.parametrize(("chunks", "status"), [(2, 200), (3, 413)])
@pytest.mark.parametrize("said", ["10", "-1", "1e3", None])
def test_a_length_that_lies_changes_nothing(chunks, status, said, awaited):
    app = FastAPI()
    app.add_middleware(BodyLimit)
    app.post("/")(_size)
    given = 0

    async def body():
        nonlocal given
        for _ in range(20):
            given += 1
            yield b"1" if given == 1 else b" " * 0x2000
            if given == chunks and status == 200:
                return

    async def asked():
        headers = {"Content-Type": "application/json", **({"Content-Length": said} if said else {})}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.post("/", content=body(), headers=headers)

    assert awaited(asked()).status_code == status
    assert given == chunks


@contextmanager
def answering(app):
    """What a service says to these bytes until it closes the connection, or for as long as it keeps it open."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))

    def said(*parts):
        with socket.create_connection(listening.getsockname(), timeout=10) as caller:
            caller.sendall(b"".join(parts))
            return b"".join(iter(lambda: caller.recv(65_536), b""))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield said
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with answering(create_app(Store(tmp_path_factory.mktemp("store")), TOKEN)) as said:
        yield said


TOKEN = "a-token-of-some-length"  # noqa: S105
SHOWN = b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
BODIES = {
    "more than may be": (b"Content-Length: 10000000", b"1" * 1_000),
    "told": (b"Content-Length: 5", b"12345"),
    "in chunks": (b"Transfer-Encoding: chunked", b"4000\r\n" + b" " * 0x4000 + b"\r\n8\r\n12345678\r\n0\r\n\r\n"),
}


def asked(path=b"/api/v1/score", head=b"", length=b"Content-Length: 0", body=b""):
    kind = b"Host: x\r\nContent-Type: application/json\r\n"
    return b"POST " + path + b" HTTP/1.1\r\n" + kind + head + length + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("path", "head", "status", "body"),
    [
        (b"/api/v1/score", SHOWN, 413, "more than may be"),
        (b"/api/v1/score", SHOWN, 413, "in chunks"),
        *((b"/api/v1/score", b"", 401, body) for body in BODIES),
        *((b"/nowhere", SHOWN, 404, body) for body in BODIES),
        (b"/health", b"", 405, "told"),
    ],
)
def test_an_answer_before_the_body_is_read_whole_closes_the_connection(service, path, head, status, body):
    """So that nothing that comes after, a further request or more of the body, is read."""
    answer = service(asked(path, head, *BODIES[body]), HEALTH)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.lower().count(b"connection: close\r\n") == answer.count(b"HTTP/1.1") == 1


def test_so_does_the_answer_that_rights_cannot_be_read(service, tmp_path, monkeypatch):
    monkeypatch.setattr(access, "PLACES", (tmp_path,))
    (tmp_path / "access.yaml").write_text("roles: [", encoding="utf-8")
    answer = service(asked(b"/api/v1/score", SHOWN, *BODIES["told"]), HEALTH)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.lower().count(b"connection: close\r\n") == answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(("head", "body", "status"), [(b"", "none", 401), (SHOWN, "told", 422)])
def test_a_body_read_whole_or_none_leaves_the_connection_open(service, head, body, status):
    answer = service(asked(b"/api/v1/score", head, *BODIES.get(body, ())), HEALTH)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"HTTP/1.1 200 OK" in answer
    assert answer.lower().count(b"connection: close\r\n") == 1  # what was asked for


async def _size(number: Annotated[int, Body()]) -> int:
    return number
