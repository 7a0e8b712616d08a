"""``serve`` refuses to start without a secret."""

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
