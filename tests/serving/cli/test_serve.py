"""``serve`` refuses to start without a secret."""

import socket

import pytest


@pytest.mark.parametrize(
    ("token", "message"),
    [("", "SME_CREDIT_TOKEN is not set"), ("short", "SME_CREDIT_TOKEN has 5 characters; expected at least 16")],
)
def test_serve_does_not_start_without_a_good_token(bank, monkeypatch, token, message, run):
    monkeypatch.setenv("SME_CREDIT_TOKEN", token)
    done = run("serve", "--store", str(bank.store), "--port", "0")
    assert done.returncode == 1
    assert message in done.stderr


def test_a_port_that_is_taken_fails_and_breaks_no_contract(bank, monkeypatch, run):
    monkeypatch.setenv("SME_CREDIT_TOKEN", "0123456789abcdef")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--store", str(bank.store), "--port", str(port))
    assert done.returncode == 1
    assert f"the service cannot listen on 127.0.0.1, port {port}" in done.stderr
