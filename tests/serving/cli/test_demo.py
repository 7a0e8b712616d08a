"""What ``demo`` prints: every decision whole, and a command to go on with."""

from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace as Made

from serving.cli.demo import _show

LONG = Made(
    zh="偿债能力可支持的额度低于产品起点100,000元",
    en="the repayment capacity carries less than the product's minimum of 10,000 yuan",
)


def test_decisions_are_whole_and_the_command_to_go_on_finds_the_demo(capsys):
    decision = Made(enterprise_id="E000019", referral=False, admitted=False, limit=12_345_678.0, term_months=12,
                    annual_rate=0.0436, pd=0.104, reasons=[LONG],
                    as_of="2026-01-01")  # fmt: skip
    journey = Made(
        scored=Made(answers=[Made(decision=decision)], refused={}),
        trained=Made(held_out={"auc": 0.8}, version="1", rows=1095, bad=1),
        validated=Made(out="validation.html", figures={"samples": {"by_firm": {"auc": 0.7, "low": 0.6, "high": 0.75}}}),
        report="decisions.html",
        month=Made(metrics=defaultdict(float, firms=23.0, watch=1.0), page="watch_list.html"),
    )
    _show(journey, Path("/x/a b"))
    told = capsys.readouterr().out
    first, *more = told.splitlines()[4:10]
    assert first.split()[:-1] == ["E000019", "不予准入", "decline", "12,345,678", "12", "4.36%", "10.4%"]
    assert "".join([first.split()[-1], *" ".join(more).split()]).startswith((LONG.zh + LONG.en).replace(" ", ""))
    assert "SME_CREDIT_HOME='/x/a b' sme-credit score --as-of 2026-01-01 --enterprise E000019" in told
    assert "1,095 笔 loans, 1 违约 defaults; 留出 held-out AUC 0.700 (0.600 – 0.750)" in told  # as the dossier has it
    assert "23 户在贷 live firms" in told
    assert "贷后 watch   watch_list.html" in told
