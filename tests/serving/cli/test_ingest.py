import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.checks import Check
from pipelines.credibility import Credibility
from pipelines.ingest import Report
from pipelines.settings import ROOT
from pipelines.staging import Fault
from serving.cli import app
from serving.cli.ingest import lines

FIRM = "enterprise_id,name,uscc,industry,region,founded_on,size_class,sole_proprietor,employees,known_at\n"


def report(**changes):
    check = Check("range", "amount", "amount:value", "between", "不小于 0", "at least 0")
    fault = Fault(table="line", check=check, rows=1, file="line.csv", row=3, value="-5")
    made = {"rows_in": 1234, "kept": {"line": 1233}, "quarantined": {"range": 1}, "already_ingested": False}
    made |= {
        "dataset_hash": "ab",
        "docs": Path("docs/index.html"),
        "quarantine": Path("quarantine"),
        "faults": (fault,),
    }
    return Report(**made | changes)


def test_the_report_has_counts_faults_and_places():
    assert list(lines(report())) == [
        "读入 rows in             1,234",
        "保留 kept                1,233  line 1,233",
        "隔离 quarantined             1  range 1",
        "  range(amount)：line 表 1 行，首见于 line.csv 第 3 行列“amount”，应为不小于 0，实为 '-5'。"
        "range(amount): 1 of line, first in line.csv, row 3, column 'amount': expected at least 0, found '-5'",
        "隔离区 quarantine  quarantine",
        "质量报告 data docs  docs/index.html",
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Credibility(93.6, {"balance_break_share": 0.008, "gap_month_share": 0.0}),
         ["可信度 credibility         94 / 100",
          "  余额不连续的流水占比 share of lines whose balance does not follow from the one before: 0.8%",
          "  流水缺口月份占比 share of months without the usual days with lines: 0%"]),
        (Credibility(None, {"first_digit_fit": 0.977}),
         ["可信度 credibility          — / 100",
          "  金额首位数字与本福特定律的相关系数 correlation of first digits with Benford's law: 0.977"]),
    ],
)  # fmt: skip
def test_the_report_of_a_statement_has_its_credibility(found, said):
    told = list(lines(report(credibility=found)))
    assert told[-1 - len(said) : -1] == said


@pytest.mark.parametrize(("share", "kept", "times"), [(0.99, 471, 1), (0.99, 0, 0), (0.0, 471, 0)])
def test_stored_lines_that_a_statement_leaves_out_of_its_days_are_minded(share, kept, times):
    found = Credibility(95.0, {"conflicting_line_share": share})
    told = "\n".join(lines(report(kept={"line": kept}, credibility=found)))
    assert told.count("were they the same in another form, they count twice") == times


def test_a_second_time_says_so():
    assert next(lines(report(already_ingested=True))) == "已导入过，未作改动 already ingested, nothing changed"


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["sme-credit", "ingest", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        app.main()
    return ended.value.code


def test_an_unknown_kind_is_a_usage_error(monkeypatch, capsys, tmp_path):
    assert run(monkeypatch, "--source", "fax", tmp_path) == 2
    assert "expected one of contract" in capsys.readouterr().err


def test_a_broken_file_ends_with_three_and_the_reason_on_standard_error(monkeypatch, capsys, tmp_path):
    (tmp_path / "line.csv").write_bytes(b"")
    assert run(monkeypatch, "--source", "contract", tmp_path, "--store", tmp_path / "store") == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "line.csv: the file is empty; expected a header row and data rows" in said.err


@pytest.mark.slow
def test_rows_go_into_the_store_and_the_report_to_standard_output(tmp_path):
    surplus = FIRM.replace("\n", ",remark\n") + "E1,甲厂,,C17,370000,,micro,,,2024-01-01,x\n"
    (tmp_path / "enterprise.csv").write_text(surplus, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "serving.cli", "ingest", "--source", "contract", str(tmp_path)]
    done = subprocess.run(
        [*command, "--store", str(tmp_path / "store")],
        cwd=ROOT,
        env={"SME_CREDIT_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.startswith(f"{tmp_path / 'enterprise.csv'}：契约的表 enterprise 没有列 'remark'，未读入。")
    assert done.stderr.count("\n") == 1
    assert "保留 kept                    1  enterprise 1" in done.stdout
