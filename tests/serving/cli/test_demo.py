"""What ``demo`` prints: every decision whole, and a command to go on with."""

from pathlib import Path
from types import SimpleNamespace as Made

from serving.cli.demo import _show


def test_decisions_are_whole_and_the_command_to_go_on_finds_the_demo(capsys):
    decision = Made(enterprise_id="E000019", referral=False, admitted=False, limit=12_345_678.0, term_months=12,
                    annual_rate=0.0436, pd=0.104, reasons=[Made(code="limit.working_capital")],
                    as_of="2026-01-01")  # fmt: skip
    journey = Made(
        scored=Made(answers=[Made(decision=decision)], refused={}),
        trained=Made(held_out={"auc": 0.7}, version="1", rows=10, bad=1),
        validated=Made(out="validation.html"),
        report="decisions.html",
    )
    _show(journey, Path("/x/a b"))
    told = capsys.readouterr().out
    assert told.splitlines()[4].split() == [
        "E000019", "不予准入", "decline", "12,345,678", "12", "4.36%", "10.4%", "limit.working_capital"
    ]  # fmt: skip
    assert "SME_CREDIT_HOME='/x/a b' sme-credit score --as-of 2026-01-01 --enterprise E000019" in told
