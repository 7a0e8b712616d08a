def test_a_quarter_is_claimed_by_scheme(run, bank, tmp_path):
    out = tmp_path / "claims.csv"
    done = run("subsidy", "--quarter", "2025Q4", "--out", str(out), "--store", str(bank.store))
    assert done.returncode == 0
    rows = out.read_text(encoding="utf-8-sig").splitlines()[1:]
    told = [line for line in done.stdout.splitlines() if line.startswith("2025Q4 服务业经营主体贷款贴息（2025年）")]
    assert len(told) == 1
    assert f"{sum('service_2025' in row for row in rows)} 笔 loans" in told[0]


def test_a_quarter_that_is_none_is_told(run, bank, tmp_path):
    wrong = run("subsidy", "--quarter", "spring", "--out", str(tmp_path / "c.csv"), "--store", str(bank.store))
    assert wrong.returncode == 2
    assert "'spring' 不是季度，应为 YYYYQn，如 2025Q4" in wrong.stderr
    assert "'spring' is not a quarter; expected YYYYQn, as 2025Q4" in wrong.stderr
