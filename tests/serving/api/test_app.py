"""The service over a real socket: the token, the answers, the refusals."""

import hashlib
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from pipelines import access
from pipelines.record import Record
from pipelines.settings import ROOT
from pipelines.store import Store
from serving.api.app import create_app

TOKEN = "a-token-of-some-length"  # noqa: S105


@pytest.fixture(scope="module")
def service(bank):
    """``sme-credit serve`` in a process of its own, on a port that was free."""
    with served(bank, bank.environment | {"SME_CREDIT_TOKEN": TOKEN, "SME_CREDIT_STAFF": "gateway"}) as client:
        yield client


@contextmanager
def served(bank, environment):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "serving.cli", "serve", "--store", str(bank.store), "--port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=environment["PYTHONPATH"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _wait(client, process)
            yield client
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def _wait(client, process):
    for _ in range(300):
        assert process.poll() is None, process.stdout.read()
        try:
            assert client.get("/health").json() == {"status": "ok"}
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the service did not start within 30 seconds")


def ask(service, firm, as_of, token=TOKEN, **more):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return service.post("/api/v1/score", json={"enterprise_id": firm, "as_of": as_of, **more}, headers=headers)


def test_the_answer_is_that_of_the_command(service, bank, run):
    firm = bank.consented[0]
    answer = ask(service, firm, bank.as_of)
    command = run("score", "--as-of", bank.as_of, "--enterprise", firm, "--json", "--store", str(bank.store))
    assert answer.status_code == 200
    assert answer.text == command.stdout.removesuffix("\n")
    assert answer.headers["content-type"] == "application/json"


def test_the_decision_is_on_the_record_under_the_number_in_the_header(service, bank, monkeypatch):
    monkeypatch.setenv("SME_CREDIT_HOME", str(bank.home))
    answer = ask(service, bank.consented[1], bank.as_of)
    with Record() as record:
        event = record.decision(answer.headers["x-decision-id"])
        assert record.verify() == ""
    assert (event.staff, event.content["name_from"]) == ("gateway", "trust")
    assert event.content["decision"] == answer.json()


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "令牌令牌令牌令牌令牌令牌"])
def test_without_the_token_nothing_is_answered(service, bank, token):
    headers = {"Authorization": f"Bearer {token}".encode()} if token else {}
    answer = service.post("/api/v1/score", content=b"not even json", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer TOKEN" in answer.json()["detail"]


def test_the_schema_needs_the_token_too(service):
    assert service.get("/openapi.json").status_code == 401
    shown = service.get("/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert "binding_leg" in shown["components"]["schemas"]["Decision"]["properties"]


def test_without_consent_403_with_the_words_of_the_command(service, bank):
    answer = ask(service, bank.refused[0], bank.as_of)
    assert answer.status_code == 403
    assert f"Firm {bank.refused[0]} has no live consent on {bank.as_of}" in answer.json()["detail"]


def test_an_unknown_firm_is_404(service, bank):
    answer = ask(service, "NOBODY", bank.as_of)
    assert answer.status_code == 404
    assert "NOBODY is not known before" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"enterprise_id": "E1"},
        {"enterprise_id": "E1", "as_of": "yesterday"},
        {"enterprise_id": "E1", "as_of": 20251201},
        {"enterprise_id": "", "as_of": "2025-12-01"},
        {"enterprise_id": "E" * 65, "as_of": "2025-12-01"},
        {"enterprise_id": "E\u0000", "as_of": "2025-12-01"},
        {"enterprise_id": ["E1"], "as_of": "2025-12-01"},
        {"enterprise_id": "E\ud800", "as_of": "2025-12-01"},
        {"enterprise_id": "E1", "as_of": "2025-12-01", "limit": 1_000_000},
        [],
    ],
)
def test_a_bad_body_is_422_and_leaves_no_trace_of_a_query(service, bank, body):
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    answer = service.post("/api/v1/score", content=json.dumps(body), headers=headers)
    assert answer.status_code == 422
    assert all(set(fault) == {"type", "loc", "msg"} for fault in answer.json()["detail"])
    assert all(re.match("[^。]*[\u4e00-\u9fff][^。]*。[A-Za-z]", fault["msg"]) for fault in answer.json()["detail"])


def parts(service, head, *bodies):
    """Send a request by hand, part by part, until the service answers; its head and body, and how many parts went."""
    sent, answer = 0, b""
    with socket.create_connection(("127.0.0.1", service.base_url.port), timeout=30) as line:
        line.sendall(
            f"POST /api/v1/score HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{head}\r\n\r\n".encode()
        )
        line.settimeout(0.2)
        for body in (*bodies, b""):
            try:
                answer = line.recv(65536)
                break
            except TimeoutError:
                line.sendall(body)
                sent += 1
        line.settimeout(30)
        while b'"}' not in answer:
            answer += line.recv(65536)
    return answer.decode(), sent


def test_a_body_larger_than_any_question_is_refused_before_it_comes(service):
    """Of 10 GB announced not a byte is sent, and the answer is there."""
    answer, sent = parts(service, "Content-Length: 10000000000")
    assert answer.startswith("HTTP/1.1 413 ")
    assert "请求正文超过 16,384 字节。The body is larger than 16,384 bytes" in answer
    assert sent == 0


def test_a_body_in_chunks_is_refused_once_too_much_has_come(service):
    """Chunks of 8 KiB without an end: the third is one too many, and no more are waited for."""
    chunk = b"2000\r\n" + b" " * 0x2000 + b"\r\n"
    answer, sent = parts(service, "Transfer-Encoding: chunked", *[chunk] * 20)
    assert answer.startswith("HTTP/1.1 413 ")
    assert "请求正文超过 16,384 字节" in answer
    assert sent == 3


def test_a_body_of_just_the_size_is_read_and_one_longer_is_not(service, bank):
    question = json.dumps({"enterprise_id": bank.consented[0], "as_of": bank.as_of}).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    assert service.post("/api/v1/score", content=question.ljust(16_384), headers=headers).status_code == 200
    assert service.post("/api/v1/score", content=question.ljust(16_385), headers=headers).status_code == 413
    assert service.post("/api/v1/score", content=question.ljust(16_385)).status_code == 401


def test_many_callers_at_once_get_one_chain(service, bank, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setenv("SME_CREDIT_HOME", str(bank.home))
    firms = bank.consented[:4]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda firm: ask(service, firm, bank.as_of), firms))
    assert [answer.status_code for answer in answers] == [200] * len(firms)
    assert [answer.json()["enterprise_id"] for answer in answers] == list(firms)
    with Record() as record:
        assert record.verify() == ""


def test_where_people_are_named_each_calls_with_their_own_token_and_right(bank, installed, monkeypatch):
    """The officer is answered in her own name, the auditor refused on the record, and the one token opens nothing."""
    tokens = {name: hashlib.sha256(f"token-of-{name}-0123".encode()).hexdigest() for name in ("wang", "zhao")}
    me = pwd.getpwuid(os.getuid()).pw_name
    house = installed(
        f"{{{me}: {{roles: [administrator]}}, wang: {{roles: [loan_officer], token_sha256: {tokens['wang']}}}, "
        f"zhao: {{roles: [auditor], token_sha256: {tokens['zhao']}}}}}"
    )
    environment = bank.environment | {"PYTHONPATH": str(house), "SME_CREDIT_TOKEN": TOKEN, "SME_CREDIT_STAFF": "li"}
    with served(bank, environment) as service:
        answer = ask(service, bank.consented[0], bank.as_of, "token-of-wang-0123")
        refused = ask(service, bank.consented[0], bank.as_of, "token-of-zhao-0123")
        assert ask(service, bank.consented[0], bank.as_of).status_code == 401
        assert ask(service, bank.consented[0], bank.as_of, tokens["wang"]).status_code == 401
    assert (answer.status_code, refused.status_code) == (200, 403)
    assert "用户 zhao（审计人员）无权执行 score，须有角色 " in refused.json()["detail"]
    assert " 之一。zhao (auditor) may not 'score'" in refused.json()["detail"]
    monkeypatch.setenv("SME_CREDIT_HOME", str(bank.home))
    with Record() as record:
        decided, last = record.decision(answer.headers["x-decision-id"]), record.head()
        assert record.verify() == ""
    assert (decided.staff, decided.content["name_from"]) == ("wang", "token")
    assert (last.staff, last.action, last.subject) == ("zhao", "access_refused", "score")
    assert (last.content["name_from"], last.content["settings"]) == ("token", "2026.2")


@pytest.fixture
def rights(tmp_path, monkeypatch):
    """Write the ``access.yaml`` that holds, with these people; any other text as it is."""
    monkeypatch.setattr(access, "PLACES", (tmp_path,))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'record.db'}")
    shipped = (ROOT / "conf" / "access.yaml").read_text(encoding="utf-8")

    def write(people):
        text = shipped.replace("people: {}", f"people: {people}") if people.startswith("{") else people
        (tmp_path / "access.yaml").write_text(text, encoding="utf-8")

    return write


class Inside:
    """A client of an application in this process."""

    def __init__(self, app, awaited):
        self._transport, self._awaited = httpx.ASGITransport(app), awaited

    def post(self, path, **request):
        return self._awaited(self._sent("POST", path, **request))

    def get(self, path):
        return self._awaited(self._sent("GET", path))

    async def _sent(self, *request, **more):
        async with httpx.AsyncClient(transport=self._transport, base_url="http://x") as client:
            return await client.request(*request, **more)


def of(name, role):
    """A person of ``access.yaml`` whose token is ``token-of-`` and the name."""
    return f"{name}: {{roles: [{role}], token_sha256: {hashlib.sha256(f'token-of-{name}'.encode()).hexdigest()}}}"


def test_what_is_withdrawn_in_the_rights_holds_from_the_next_request_on(bank, rights, caplog, awaited):
    """404 is the answer to who may ask for a firm that is not there."""
    rights(f"{{{of('wang', 'loan_officer')}}}")
    client = Inside(create_app(Store(bank.store), TOKEN), awaited)

    def status(of="wang"):
        return ask(client, "NOBODY", bank.as_of, f"token-of-{of}").status_code

    assert status() == 404
    rights(f"{{{of('wang', 'auditor')}}}")
    assert status() == 403
    with Record() as record:
        assert (record.head().staff, record.head().action) == ("wang", "access_refused")
    rights(f"{{{of('zhao', 'loan_officer')}}}")
    assert (status(), status("zhao")) == (401, 404)
    for broken, words in (("roles: [", "access.yaml: cannot be read as YAML"), ("{}", "names nobody any more")):
        rights(broken)
        refused = ask(client, "NOBODY", bank.as_of, "token-of-zhao")
        assert (refused.status_code, status("nobody"), client.get("/health").status_code) == (503, 503, 200)
        assert refused.json()["detail"].startswith("无法读取权限配置，暂停服务。Who may do what cannot be read")
        assert words in caplog.messages[-1]
    rights(f"{{{of('zhao', 'loan_officer')}}}")
    assert status("zhao") == 404


def test_once_people_are_named_the_one_token_opens_nothing(bank, rights, awaited):
    rights("{}")
    client = Inside(create_app(Store(bank.store), TOKEN), awaited)
    assert ask(client, "NOBODY", bank.as_of).status_code == 404
    rights(f"{{{of('wang', 'loan_officer')}}}")
    assert ask(client, "NOBODY", bank.as_of).status_code == 401


def test_every_route_but_health_asks_who_calls_and_whether_they_may(bank):
    """A route that reads data and asks nobody would answer without a person; the schema tells nothing of anybody."""
    app = create_app(Store(bank.store), TOKEN)
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.path != "/health"]
    assert [route.path for route in routes] == ["/api/v1/score"]
    assert all(any(one.call.__name__.startswith("may_") for one in route.dependant.dependencies) for route in routes)


def test_only_this_machine_is_listened_to_by_default(service):
    sockets = Path("/proc/net/tcp")
    if not sockets.exists():
        pytest.skip("no /proc/net/tcp to read the listening sockets from")
    rows = [line.split() for line in sockets.read_text().splitlines()[1:]]
    port = f"{service.base_url.port:04X}"
    listening = {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port}")}
    assert listening == {f"0100007F:{port}"}  # 127.0.0.1, its bytes reversed
