import pandas as pd


def test_monitor_writes_the_month_and_warns_when_a_signal_is_red(run, bank, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'record.db'}")  # a record of its own
    out = tmp_path / "out"
    done = run("monitor", "--as-of", bank.as_of, "--out", str(out), "--store", str(bank.store))
    signals, moves = (pd.read_parquet(out / f"{name}.parquet") for name in ("signals", "limit_actions"))
    assert done.returncode == (4 if (signals["severity"] == 3).any() else 0)
    assert f"截至 as of {bank.as_of}" in done.stdout
    assert len(moves)
    assert "no_model" not in set(moves["decided_by"])  # a credit model is in use
    assert (moves["new_limit"] <= moves["committed"] * 1.3).all()
    page = (out / "watch_list.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", "")


def test_without_live_loans_or_facts_it_is_said_and_nothing_is_written(bank, run, tmp_path):
    early = run("monitor", "--as-of", "2015-12-01", "--out", str(tmp_path / "out"), "--store", str(bank.store))
    assert (early.returncode, early.stdout) == (1, "")
    assert early.stderr.endswith("no loan is live on 2015-12-01, so there is nothing to watch\n")
    empty = run("monitor", "--as-of", bank.as_of, "--out", str(tmp_path / "out"), "--store", str(tmp_path))
    assert (empty.returncode, "holds no facts; fill it with" in empty.stderr) == (2, True)
    assert not (tmp_path / "out").exists()
