"""Files that mean harm, or are of another kind, are refused in clear words and without being loaded."""

import gzip
import io
import zipfile

import pytest

from features.errors import ContractError
from features.sources import SOURCES, Layout, Options, limits
from pipelines.settings import conf
from simulation.exporters import workbook

LAYOUT = Layout.parse("cn-signed", conf("statements/cn-signed.yaml"))
HEADER = ["本方账号", "记账日", "发生额", "联机余额", "交易对手", "交易附言"]
LINE = ["A1", "2024-01-05", "10.00", "10.00", "甲", "货款"]
BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "{}">]><Document>&b;</Document>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a SYSTEM "{}"><Document/>'


def read(kind, file, **options):
    return list(SOURCES[kind](file, Options(enterprise="E1", layouts=(LAYOUT,), **options)))


def archive(path, parts, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as content:
        for name, part in parts.items():
            content.writestr(name, part)
    return path


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


@pytest.mark.parametrize("text", [BOMB.format("&a;" * 50), OUTSIDE.format("file:///etc/passwd"), OUTSIDE.format("x")])
def test_document_types_entities_and_outside_references_are_refused_in_xml(tmp_path, text):
    (tmp_path / "camt.xml").write_text(text)
    with pytest.raises(ContractError, match=r"declares a document type or entities .* refused as hostile"):
        read("camt053", tmp_path / "camt.xml")


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"%PDF-1.7\n", "is a PDF file, which is not read; save it as .xlsx or CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook"),
        (b"\xef\xbb\xbf\r\n<HTML><table>", "is a web page, whatever its suffix"),
    ],
)
def test_what_is_handed_over_in_place_of_a_statement_is_named(tmp_path, start, words):
    (tmp_path / "s.xls").write_bytes(start + bytes(600))
    with pytest.raises(ContractError, match=words):
        read("statement", tmp_path / "s.xls")


def test_entities_are_refused_in_a_workbook(tmp_path):
    parts = parts_of(workbook([HEADER, LINE]))
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = '<!DOCTYPE a [<!ENTITY x "y">]>' + sheet.replace("货款", "&x;")
    with pytest.raises(ContractError, match=r"not a sound workbook \(DTDForbidden"):
        read("statement", archive(tmp_path / "s.xlsx", parts))


def test_a_zip_bomb_is_refused_by_what_it_unpacks_to(tmp_path):
    parts = {**parts_of(workbook([HEADER, LINE])), "xl/sharedStrings.xml": b"0" * 20_000_000}
    with pytest.raises(ContractError, match=r"unpacks from [\d,]+ to 20,\d{3},\d{3} bytes, .* a zip bomb; refused"):
        read("statement", archive(tmp_path / "s.xlsx", parts))


def test_too_many_parts_are_refused(tmp_path):
    parts = {f"{number}.xml": b"" for number in range(limits.MOST_PARTS + 1)}
    with pytest.raises(ContractError, match="the archive has 2,001 parts, more than the 2,000 allowed"):
        read("statement", archive(tmp_path / "s.xlsx", parts))


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "C:\\x.xml", "xl\\..\\..\\x.xml"])
def test_paths_outside_the_archive_are_refused(tmp_path, name):
    parts = {**parts_of(workbook([HEADER, LINE])), name: b"x"}
    with pytest.raises(ContractError, match=r"the archive names .*, a path outside itself; refused"):
        read("statement", archive(tmp_path / "s.xlsx", parts))


def test_a_row_that_stands_twice_in_a_workbook_is_refused(tmp_path):
    parts = parts_of(workbook([HEADER, LINE, LINE]))
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = sheet.replace('<row r="3">', '<row r="2">')
    with pytest.raises(ContractError, match="row 2 stands twice or out of order"):
        read("statement", archive(tmp_path / "s.xlsx", parts))


def test_a_row_far_away_does_not_hang(tmp_path):
    parts = parts_of(workbook([HEADER, LINE]))
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = sheet.replace('<row r="2">', '<row r="99999999999">')
    with pytest.raises(ContractError, match="has more than the 200,000 rows allowed; split it by month"):
        read("statement", archive(tmp_path / "s.xlsx", parts))


@pytest.mark.parametrize("size", [2_000_000_000, 2_000_000])
@pytest.mark.parametrize(
    "kind", ["statement", "camt053", "open-banking", "platform-report", "tax-lines", "utility-bills"]
)
def test_one_line_without_end_is_refused_unread(tmp_path, kind, size):
    file = tmp_path / "statement.csv"
    with file.open("wb") as stream:
        stream.truncate(size)
    with pytest.raises(ContractError, match=r"bytes, more than the|more than 1,000,000 characters|not sound"):
        read(kind, file)


def test_a_long_line_in_a_canonical_file_is_refused(tmp_path):
    (tmp_path / "line.csv").write_text("a" * 1_500_000)
    with pytest.raises(ContractError, match="row 1 has more than 1,000,000 characters; this is not a table of text"):
        list(SOURCES["contract"](tmp_path / "line.csv", Options()))


@pytest.mark.parametrize("content", [b"\n" * 20_000_000, b"0" * 50_000_000])
def test_a_compressed_bomb_is_refused(tmp_path, content):
    (tmp_path / "tax.csv.gz").write_bytes(gzip.compress(b"id,START_DATE\n" + content, 1))
    with pytest.raises(ContractError, match=r"no table but a bomb|more than 1,000,000 characters|lacks column"):
        read("tax-lines", tmp_path / "tax.csv.gz")


def test_blank_lines_without_end_are_refused(tmp_path):
    from features.sources.delimited import read_delimited

    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n" + b"\n" * 20_000_000, 9))
    with pytest.raises(ContractError, match=r"unpacks to more than .* characters, no table but a bomb; refused"):
        list(read_delimited(tmp_path / "x.csv.gz"))


def test_a_formula_is_text_and_its_row_quarantined(tmp_path):
    parts = parts_of(workbook([HEADER, LINE, [*LINE[:2], "AMOUNT", *LINE[3:]]]))
    cell = '<c t="inlineStr"><is><t xml:space="preserve">AMOUNT</t></is></c>'
    sheet = parts["xl/worksheets/sheet1.xml"].decode().replace(cell, "<c><f>2*3</f><v>6</v></c>")
    parts["xl/worksheets/sheet1.xml"] = sheet
    (batch,) = read("statement", archive(tmp_path / "s.xlsx", parts))
    assert batch.rows["amount"].to_pylist() == ["10.00", "=2*3"]


def test_a_formula_in_text_is_text(tmp_path):
    rows = [HEADER, [*LINE[:2], "=1+1", *LINE[3:]], [*LINE[:4], "=cmd|'/c calc'!A1", ""]]
    (tmp_path / "s.csv").write_text("\n".join(",".join(row) for row in rows))
    (batch,) = read("statement", tmp_path / "s.csv")
    assert batch.rows["amount"].to_pylist() == ["=1+1", "10.00"]
    assert batch.rows["counterparty_name"].to_pylist() == ["甲", "=cmd|'/c calc'!A1"]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"Data": {"Transaction": [], "Transaction": []}}', "{", "\x00", "1e5"]
)
def test_json_that_is_too_deep_repeats_a_key_or_is_none(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ContractError, match=r"not sound JSON|no list at Data.Transaction"):
        read("open-banking", tmp_path / "x.json")


def test_xml_that_is_too_deep_is_refused(tmp_path):
    (tmp_path / "x.xml").write_text("<a>" * 100 + "</a>" * 100)
    with pytest.raises(ContractError, match="elements are nested more than 40 deep"):
        read("camt053", tmp_path / "x.xml")


@pytest.mark.parametrize("kind", sorted(SOURCES.keys() - {"contract", "berka", "invoices", "sba"}))
def test_a_folder_nothing_or_an_empty_file_is_refused(tmp_path, kind):
    (tmp_path / "empty").touch()
    for place, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "none", "cannot be read"),
        (tmp_path / "empty", "empty"),
    ):
        with pytest.raises(ContractError, match=words):
            read(kind, place)
