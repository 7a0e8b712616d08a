import pytest

from features.errors import ContractError
from features.sources import Options, tax_lines

HEADER = ",".join(tax_lines.HEADER)
ANONYMOUS = "f000950527a6feb6c2f40c9d8477e73a439dfa0897830397"


@pytest.fixture
def read(tmp_path):
    def reading(*rows, **options):
        (tmp_path / "tax.csv").write_text("\n".join([HEADER, *rows]) + "\n")
        tables, rejected = {}, []
        for batch in tax_lines.read(tmp_path / "tax.csv", Options(**options)):
            tables.setdefault(batch.table, []).extend(batch.rows.to_pylist())
            rejected += batch.rejected.to_pylist() if batch.rejected is not None else []
        return tables, rejected

    return reading


def test_a_payment_by_hand(read):
    tables, rejected = read("E1,2015/09/01,2015/09/30,印花税,购销合同,72530.75,0.0003,-0.04,21.8")
    (row,) = tables["tax_filing"]
    assert rejected == []
    assert row["filing_id"]
    assert [row[name] for name in ("enterprise_id", "kind", "period_start", "period_end", "base", "amount_due")] == [
        "E1", "stamp_duty", "2015-09-01", "2015-09-30", "72530.75", "21.80",
    ]  # fmt: skip
    assert [row[name] for name in ("due_on", "paid_on", "amount_paid", "known_at", "source_row")] == [
        "2015-10-15", "2015-10-15", "21.80", "2015-10-15", 2,
    ]  # fmt: skip


def test_a_payment_counts_once_however_many_items_it_is_joined_with(read):
    line = "E1,2015/09/01,2015/09/30,印花税,{},100,0.0003,0,0.03"
    tables, rejected = read(*(line.format(item) for item in ("购销合同", "工伤保险", "购销合同")))
    assert [row["source_row"] for row in tables["tax_filing"]] == [2]
    assert [(row["source_row"], row["rejected_for"]) for row in rejected] == [(3, "repeated_for_item"), (4, "repeated")]


def test_what_is_no_tax_is_rejected_and_says_so(read):
    rows = [
        "E1,2015/09/01,2015/09/30,税务部门罚没收入,罚款,,,,200",
        "E1,2015/09/01,2015/09/30,印花税,滞纳金,500,0.0005,0.02,0.25",
        "E1,2015/09/01,2015/09/30,印花税",
    ]
    tables, rejected = read(*rows)
    assert tables == {"tax_filing": []}
    assert [row["rejected_for"] for row in rejected] == ["not_a_tax", "late_payment_charge", "cell_count"]


@pytest.mark.parametrize(("category", "kind"), [*tax_lines.KINDS.items(), ("石油税", "石油税")])
def test_kinds_and_an_unknown_one_that_ingest_will_quarantine(read, category, kind):
    tables, _ = read(f"E1,2015/09/01,2015/09/30,{category},x,,,,1")
    assert [row["kind"] for row in tables["tax_filing"]] == [kind]


def test_only_anonymous_firms_are_added_once_and_never_for_a_named_firm(read):
    row = ",2015/09/01,2015/09/30,印花税,{},,,,1"
    rows = [ANONYMOUS + row.format("a"), ANONYMOUS + row.format("b"), "E1" + row.format("a")]
    tables, _ = read(*rows)
    assert [(firm["enterprise_id"], firm["known_at"]) for firm in tables["enterprise"]] == [(ANONYMOUS, "2000-01-01")]
    tables, _ = read(*rows[:2], enterprise="E9")
    assert "enterprise" not in tables
    assert {filing["enterprise_id"] for filing in tables["tax_filing"]} == {"E9"}
    with pytest.raises(ContractError, match="says that it is of firm E1, --enterprise is E9; leave --enterprise out"):
        read(*rows, enterprise="E9")
    with pytest.raises(ContractError, match="several firms, which cannot all be of --enterprise E9"):
        read(rows[0], "f" * 48 + row.format("c"), enterprise="E9")


def test_a_stray_quote_hides_no_lines(tmp_path):
    (tmp_path / "tax.csv").write_text(HEADER + '\n"E1,2015/09/01\n",2015/09/30,印花税,x,,,,1\n')
    with pytest.raises(ContractError, match="row 2 has a quote that spans lines up to 3: export it again"):
        list(tax_lines.read(tmp_path / "tax.csv", Options()))
