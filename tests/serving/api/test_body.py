"""The bound of a body holds by what comes, whatever the request's head says."""

from typing import Annotated

import httpx
import pytest
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


async def _size(number: Annotated[int, Body()]) -> int:
    return number
