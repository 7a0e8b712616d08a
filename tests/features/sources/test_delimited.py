import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import ContractError
from features.sources import read_delimited


def write(tmp_path, content, name="line.csv"):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def rows_of(file, **options):
    return [row for chunk in read_delimited(file, **options) for row in chunk.rows.to_pylist()]


def test_cells_stay_text_and_an_empty_cell_is_null(tmp_path):
    file = write(tmp_path, "a,b\n007,=1+1\n,-2\n")
    assert rows_of(file) == [
        {"a": "007", "b": "=1+1", "source_file": "line.csv", "source_row": 2},
        {"a": None, "b": "-2", "source_file": "line.csv", "source_row": 3},
    ]


def test_a_row_is_named_by_the_line_on_which_it_starts(tmp_path):
    file = write(tmp_path, 'a,b\n"two\nlines",1\n\nx,2\n')
    assert [row["source_row"] for row in rows_of(file)] == [2, 5]


def test_chunks_keep_the_order(tmp_path):
    file = write(tmp_path, "a\n" + "".join(f"{n}\n" for n in range(10)))
    chunks = list(read_delimited(file, rows_a_chunk=4))
    assert [chunk.rows.num_rows for chunk in chunks] == [4, 4, 2]
    assert [row["a"] for row in rows_of(file, rows_a_chunk=4)] == [str(n) for n in range(10)]


def test_rows_with_a_wrong_number_of_cells_are_apart(tmp_path):
    file = write(tmp_path, "a,b\n1,2\n3\n4,5,6\n")
    (chunk,) = read_delimited(file)
    assert chunk.rows.num_rows == 1
    ragged = [(row["a"], row["b"], row["source_row"], row["rejected_for"]) for row in chunk.ragged.to_pylist()]
    assert ragged == [("3", None, 3, "cell_count"), ("4", "5,6", 4, "cell_count")]


def test_gzip_another_delimiter_and_a_byte_order_mark(tmp_path):
    file = write(tmp_path, gzip.compress("\ufeffa;b\n1;2\n".encode()), "x.csv.gz")
    assert rows_of(file, delimiter=";")[0]["a"] == "1"


def test_a_header_alone_has_no_rows(tmp_path):
    assert rows_of(write(tmp_path, "a,b\n")) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "line.csv: the file is empty; expected a header row and data rows"),
        ("\n", "line.csv: the file is empty"),
        ("a,b,a\n", "line.csv: row 1 names column 'a' twice; expected each column once"),
        ("a\n1\n", "line.csv: row 1 lacks column 'b'; expected 'a', 'b'; add it to the file"),
        ("a,b,rejected_for\n", "line.csv: row 1 names column 'rejected_for', which is kept for ingest; rename it"),
        ('a,b\n1,2\n3,"4\n5,6\n', "line.csv: row 3 opens a quote that is not properly closed .* export it again"),
        ("a,b\n1,2\n3", "line.csv: row 3, the last, has 1 of 2 cells: the file was cut off; export it again"),
        ("a,b\n1,厂\n".encode("gb18030"), "line.csv: not UTF-8 text at row .* save the file as UTF-8"),
        ("a,b\n".encode("utf-16"), "line.csv: not UTF-8 text at row"),
    ],
)
def test_a_fault_of_the_file_says_where_and_what_to_do(tmp_path, content, words):
    with pytest.raises(ContractError, match=words):
        rows_of(write(tmp_path, content), required=("a", "b"))


def test_a_cut_or_damaged_gzip_file_is_refused(tmp_path):
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    for damaged in (whole[:-20], b"not gzip at all"):
        with pytest.raises(ContractError, match=r"the compressed file is cut off or damaged .* copy it again"):
            rows_of(write(tmp_path, damaged, "x.csv.gz"))


def test_a_folder_or_nothing_is_refused(tmp_path):
    with pytest.raises(ContractError, match=r"cannot be read .Is a directory.; expected a file"):
        rows_of(tmp_path)
    with pytest.raises(ContractError, match="No such file"):
        rows_of(tmp_path / "none.csv")


@given(st.lists(st.tuples(st.text('ab,"\n\r=é ', min_size=1), st.text('ab,"\n ', min_size=1))))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path_factory, rows):
    import csv

    file = tmp_path_factory.mktemp("written") / "x.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("a", "b"), *rows])
    assert [(row["a"], row["b"]) for row in rows_of(file)] == rows
