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
