"""``features``, run as a user runs it."""

import pandas as pd
import pytest

from features.catalogue import CATALOGUE


@pytest.mark.slow
def test_the_matrix_and_its_page(bank, run, tmp_path):
    out, page = tmp_path / "new" / "matrix.parquet", tmp_path / "pages" / "features.html"
    store = ("--store", str(bank.store), "--out", str(out))
    done = run("features", "--as-of", bank.as_of, *store, "--page", str(page))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"30 行 rows x {len(CATALOGUE)} 个特征 features -> {out}\n"
    assert f"sme-credit: {page}" in done.stderr
    assert list(pd.read_parquet(out).columns) == ["enterprise_id", "as_of", *CATALOGUE]
    html = page.read_text(encoding="utf-8")
    assert all(f"<b>{name}</b>" in html for name in CATALOGUE)
    assert "No row has a loan of ours whose 12 months after the date are known" in html


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "2025-01-01", "--page", "x.pdf"], "expected a name that ends in .html"),
        ([], "give either --as-of or --population"),
    ],
)
def test_what_cannot_be_written_is_said(bank, run, arguments, message):
    done = run("features", "--out", "x.parquet", "--store", str(bank.store), *arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_a_date_that_is_none_is_a_usage_error(bank, run, tmp_path):
    done = run("features", "--as-of", "2025-12-32", "--out", str(tmp_path / "x.parquet"), "--store", str(bank.store))
    assert (done.returncode, "'2025-12-32' is not a date; expected YYYY-MM-DD" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["matrix.csv", "folder.parquet"])
def test_the_matrix_goes_to_a_file_named_parquet_and_nowhere_else(bank, run, tmp_path, name):
    (tmp_path / "folder.parquet").mkdir()
    done = run("features", "--as-of", bank.as_of, "--out", str(tmp_path / name), "--store", str(bank.store))
    assert done.returncode == 2
    assert "expected a name that ends in .parquet" in " ".join(done.stderr.split())
    assert not (tmp_path / "matrix.csv").exists()


def test_rows_of_firms_that_nobody_knows_are_named(bank, run, tmp_path):
    asked = tmp_path / "asked.csv"
    asked.write_text(f"enterprise_id,as_of\n{bank.consented[0]},{bank.as_of}\nTYPO,{bank.as_of}\n")
    out = tmp_path / "x.parquet"
    done = run("features", "--population", str(asked), "--out", str(out), "--store", str(bank.store))
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "无资金流 no flow is known before the date in 1 of the rows: TYPO"
