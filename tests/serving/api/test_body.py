"""The bound of a body holds by what comes, whatever the request's head says."""

import socket
from threading import Thread
from typing import Annotated

import httpx
import pytest
import uvicorn
from fastapi import Body, FastAPI

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


HEADS = {
    "told": (b"Content-Length: 10000000", b"1" * 1_000),
    "in chunks": (b"Transfer-Encoding: chunked", b"4000\r\n" + b" " * 0x4000 + b"\r\n8\r\n12345678\r\n"),
}


@pytest.mark.parametrize("head", HEADS)
def test_after_a_body_that_is_too_large_the_connection_is_closed(head):
    app = FastAPI()
    app.add_middleware(BodyLimit)
    app.post("/")(_size)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            with socket.create_connection(listening.getsockname(), timeout=10) as caller:
                length, body = HEADS[head]
                said = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + length
                caller.sendall(said + b"\r\n\r\n" + body)
                answer = b"".join(iter(lambda: caller.recv(65_536), b""))  # until the other side closes
        finally:
            server.should_exit = True
            thread.join()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close\r\n" in answer.lower()


async def _size(number: Annotated[int, Body()]) -> int:
    return number
