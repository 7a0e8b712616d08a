"""The command as a whole: what it imports and what it lists."""

import fcntl
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.main import get_command

from pipelines.settings import ROOT
from serving.cli import app

CHINESE = re.compile("[\u4e00-\u9fff]")
HEAVY = {"mlflow", "great_expectations", "pandas", "numpy", "sklearn", "lightgbm", "ibis", "duckdb", "pyarrow",
         "sqlalchemy", "fastapi", "uvicorn", "altair", "pydantic", "optbinning"}  # fmt: skip


def test_building_the_app_imports_nothing_heavy():
    program = "import sys, serving.cli.app; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("score --as-of 2025-02-30 --all", 2, "'2025-02-30' 不是日期，应为 YYYY-MM-DD"),
        ("score --as-of 2025-02-30 --all", 2, "Invalid value for '--as-of': '2025-02-30' is not a date; expected YYYY"),
        ("score --as-of 2025-02-28 --all --store {place}/x", 2, "没有数据目录 {place}/x，请运行 sme-credit ingest"),
        ("score --as-of 2025-02-28 --all --store {place}", 2, "数据目录 {place} 为空，请运行 sme-credit ingest"),
        ("score --as-of 2025-02-28", 2, "须给出且只给出一个。Invalid value: give either --enterprise ID or --all"),
        (
            "ingest --source contract {place}",
            3,
            "{place}：没有可读的文件，应为 <表名>.csv 或 <表名>.parquet，如 line.csv。",
        ),
        ("ingest --source contract {place}", 3, "。{place}: no file to read; expected <table>.csv or <table>.parquet"),
        *(
            (line, 2, "MODEL 的值无效：'credit-limt' 不是 credit-limit、post-loan-risk 之一。Invalid value for MODEL: ")
            for line in (
                "train credit-limt",
                "validate credit-limt --out a.html",
                "compare credit-limt",
                "promote credit-limt 1 --approver Sun",
                "rollback credit-limt",
            )
        ),
        ("ingest --source fax {place}", 2, "--source 的值无效：'fax' 不是 contract、"),
        ("audit verify", 1, "记录 {place}/record.db 不存在，应为 SME_CREDIT_HOME 中的 record.db，"),
        ("serve --store {place}/full", 1, "未设置 SME_CREDIT_TOKEN，请设置至少 16 个字符的密钥，由调用方出示。"),
        (
            "ingest --source contract {place} --store {place}/full",
            1,
            "{place}/full：另一进程正在写入该数据目录，请待其结束。{place}/full: ",
        ),
        ("scores", 2, "没有命令 'scores'。No such command 'scores'."),
        ("score --of 2025-02-28", 2, "没有选项 --of。No such option: --of"),
        ("score --all", 2, "缺少选项 '--as-of'。Missing option '--as-of'."),
        ("replay", 2, "缺少参数 'DECISION_ID'。Missing argument 'DECISION_ID'."),
        ("replay a b c", 2, "多余的参数 b c。Got unexpected extra argument"),
        ("score --all=3", 2, "选项 '--all' 不带值。Option '--all' does not take a value."),
        ("score --as-of", 2, "选项 '--as-of' 缺少值。Option '--as-of' requires an argument."),
        (
            "serve --port x",
            2,
            "'--port' 的值无效：应为整数。Invalid value for '--port': Input should be a valid integer",
        ),
        ("serve --port 65536", 2, "：应为不大于 65535。Invalid value for '--port': Input should be less than or equal"),
        ("monitor --as-of 2025-09-01 --out {place} --budget x", 2, "'--budget' 的值无效：应为数。Invalid value"),
        ("monitor --as-of 2025-09-01 --out {place} --budget -1", 2, "：应为不小于 0.0。Invalid value for '--budget'"),
        ("scores", 2, "用法 Usage: "),
    ],
)
def test_what_users_meet_is_told_in_both_languages(line, code, words, tmp_path, monkeypatch, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "manifest.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path))
    for name in ("SME_CREDIT_TOKEN", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["sme-credit", *line.format(place=tmp_path).split()])
    with (tmp_path / "full" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SystemExit) as ended:
            app.main()
    told = capsys.readouterr().err
    assert (ended.value.code, words.format(place=tmp_path) in told) == (code, True), told


def test_help_lists_the_commands():
    command = [sys.executable, "-m", "serving.cli", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for command in ("score", "serve", "replay", "audit"):
        assert f"  {command} " in done.stdout
    for heading in ("用法 Usage: ", "\n选项 Options:\n", "\n命令 Commands:\n", "显示本说明 Show this message"):
        assert heading in done.stdout


def test_every_command_and_option_says_what_it_is_in_chinese_too():
    def walk(command):
        yield command
        for inner in getattr(command, "commands", {}).values():
            yield from walk(inner)

    _, *commands = walk(get_command(app.app))
    assert len(commands) == 21
    english = [one.name for one in commands if not all(map(CHINESE.search, one.help.split("\n\n")))]
    english += [
        (one.name, given.name) for one in commands for given in one.params if not CHINESE.search(given.help or "")
    ]
    assert english == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            PermissionError(13, "Failed to open local file 'p.part'"),
            "Failed to open local file 'p.part'",
        ),  # as Arrow does
        (FileNotFoundError("out/000000.parquet"), "out/000000.parquet: cannot be read or written"),
        (ConnectionRefusedError(111, "refused"), None),
    ],
)
def test_a_place_that_cannot_be_written_is_told_whoever_raises_it(monkeypatch, capsys, error, words):
    def fails(**_):
        raise error

    monkeypatch.setattr(app, "app", fails)
    with pytest.raises(SystemExit if words else type(error)) as ended:
        app.main()
    if words:
        assert ended.value.code == 1
        assert words in capsys.readouterr().err


INTERRUPTED = """
import os, signal
from threading import Timer
import duckdb
from serving.cli import app
def interrupted(**_):
    with duckdb.connect(config={"threads": 1}) as engine:
        Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        engine.execute("SELECT sum(sqrt(range)) FROM range(100000000000)")
app.app = interrupted
app.main()
"""


def test_ctrl_c_in_a_query_ends_as_it_does_elsewhere():
    """In a process of its own: the signal would reach whoever runs the tests."""
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "")


CLOSED = """
import os, sys
import duckdb
from serving.cli import app
if not os.getuid():  # who may read all becomes somebody who may not
    os.setgid(65534)
    os.setuid(65534)
app.app = lambda **_: duckdb.sql(f"SELECT * FROM read_parquet(['{sys.argv[1]}'])")
app.main()
"""


@pytest.mark.parametrize("closed", ["table", "table/month=2024-01", "table/month=2024-01/rows.parquet"])
def test_a_file_of_a_store_that_may_not_be_read_is_not_told_as_damaged(closed):
    """DuckDB says of a file in a folder that may not be read that there is none."""
    with TemporaryDirectory() as folder:  # that of a test is its user's alone
        Path(folder).chmod(0o755)
        file = Path(folder) / "table" / "month=2024-01" / "rows.parquet"
        file.parent.mkdir(parents=True)
        pq.write_table(pa.table({"a": [1]}), file)
        (Path(folder) / closed).chmod(0)
        command = [sys.executable, "-c", CLOSED, str(file)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        (Path(folder) / closed).chmod(0o755)
    assert ended.returncode == 1, ended.stderr
    assert (
        f"无权读写，数据未必有误，请取得权限（所有者、chmod）或换一处。{file}: this user may not read" in ended.stderr
    )
