"""A file that is asked for is there whole, or as it was before."""

import pytest

from pipelines.report.table import write_csv
from pipelines.report.whole import put


def test_a_table_that_breaks_off_leaves_the_one_before(tmp_path):
    out = tmp_path / "answers.csv"
    write_csv(out, [{"a": 1}], ["a"])
    before = out.read_bytes()

    def rows():
        yield {"a": 2}
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        write_csv(out, rows(), ["a"])
    assert (out.read_bytes(), [file.name for file in tmp_path.iterdir()]) == (before, ["answers.csv"])


def test_folders_are_made_and_nothing_else_is_left(tmp_path):
    put(tmp_path / "new" / "page.html", "<p>页</p>")
    assert [file.read_text(encoding="utf-8") for file in (tmp_path / "new").iterdir()] == ["<p>页</p>"]
