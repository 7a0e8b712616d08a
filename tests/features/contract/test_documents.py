import pyarrow as pa
import pytest
import yaml

from features.contract import TABLES
from features.contract.documents import markdown, odcs
from pipelines.documents import DOCUMENTS
from pipelines.settings import ROOT


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_committed_document_is_current(name):
    committed = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert committed == DOCUMENTS[name](), "run `python -m pipelines.documents` and commit docs/"


def test_the_page_names_every_column_in_both_languages():
    page = markdown()
    for table in TABLES.values():
        for column in table.columns:
            assert f"| `{column.name}` | {column.zh} |" in page


def test_odcs_has_every_table_and_column_with_its_key():
    contract = yaml.safe_load(odcs())
    assert (contract["apiVersion"], contract["kind"], contract["status"]) == ("v3.1.0", "DataContract", "active")
    objects = {found["name"]: found["properties"] for found in contract["schema"]}
    assert {name: [p["name"] for p in found] for name, found in objects.items()} == {
        table.name: list(table.names) for table in TABLES.values()
    }
    keys = [p["name"] for p in objects["instalment"] if p.get("primaryKey")]
    assert keys == ["loan_id", "number", "known_at"]


def test_odcs_carries_the_checks_of_a_column():
    line = next(found for found in yaml.safe_load(odcs())["schema"] if found["name"] == "line")
    properties = {found["name"]: found for found in line["properties"]}
    assert properties["amount"]["logicalTypeOptions"] == {"minimum": 0}
    assert properties["amount"]["physicalType"] == "decimal128(18, 2)"
    assert properties["direction"]["quality"][0]["arguments"] == {"validValues": ["in", "out"]}
    assert properties["account_id"]["relationships"] == [{"type": "foreignKey", "to": "account.account_id"}]
    assert properties["booked_at"]["partitioned"] is True


def test_every_reference_is_to_a_key_of_an_earlier_table():
    seen = {}
    for table in TABLES.values():
        for column in table.columns:
            if column.references:
                other, name = column.references.split(".")
                assert seen[other].key == (name,)
        seen[table.name] = table


def test_every_table_knows_when_and_holds_its_own_keys():
    for table in TABLES.values():
        assert set(table.version_key) <= set(table.names)
        assert table.schema.field("known_at").type == pa.date32()
        assert not any(table.column(name).nullable for name in table.version_key)
