"""``income``, run as a user runs it: consent, output, exit codes, messages."""

import csv
import json
from decimal import Decimal

import pytest

from features.evidence.income import STEPS
from pipelines.record import Record


@pytest.fixture
def income(bank, run):
    return lambda *arguments: run("income", "--as-of", bank.as_of, "--store", str(bank.store), *arguments)


def test_json_adds_up_to_the_cent_with_its_months_and_lines(bank, income):
    firm = bank.consented[0]
    done = income("--enterprise", firm, "--json", "--lines")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["enterprise_id"], told["as_of"]) == (firm, bank.as_of)
    for one in (told, *told["months"]):
        figures = {step: Decimal(one[step]) for step in STEPS}
        assert figures["gross_inflow"] - sum(figures[step] for step in STEPS[1:-1]) == figures["income"]
    for step in STEPS:
        assert sum(Decimal(line[step]) for line in told["lines"]) == Decimal(told[step])
    assert {"rule", "confidence", "booked_at", "summary"} <= set(told["lines"][0])


def test_without_lines_asked_for_there_are_none(bank, income):
    assert "lines" not in json.loads(income("--enterprise", bank.consented[0], "--json").stdout)


def test_the_table_in_the_terminal_the_page_and_the_lines_as_csv(bank, income, tmp_path):
    firm = bank.consented[0]
    done = income("--enterprise", firm, "--out", str(tmp_path / "new" / "page.html"))
    assert done.returncode == 0, done.stderr
    assert "真实经营收入 true operating income" in done.stdout
    assert f"sme-credit: {tmp_path / 'new' / 'page.html'}" in done.stderr
    assert firm in (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert income("--enterprise", firm, "--lines", "--out", str(tmp_path / "lines.csv")).returncode == 0
    with (tmp_path / "lines.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) > 0


def test_a_query_goes_on_the_record_and_a_refusal_too(bank, income):
    done = income("--enterprise", bank.refused[0], "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"Firm {bank.refused[0]} has no live consent on {bank.as_of} for purpose 01" in done.stderr
    income("--enterprise", bank.consented[0])
    with Record() as record:
        *_, refused, asked = record.events()
    assert (refused.action, refused.enterprise_id) == ("query_refused", bank.refused[0])
    assert (asked.action, asked.enterprise_id, asked.content["what"]) == ("query", bank.consented[0], "income")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--enterprise", "E1", "--out", "x.pdf"], 2, "expected a name that ends in .html or .csv"),
        ([], 2, "Missing option '--enterprise'"),
        (["--enterprise", "NOBODY"], 1, "Firm NOBODY is not known before"),
    ],
)
def test_what_cannot_be_answered_is_said(income, arguments, code, message):
    done = income(*arguments)
    assert done.returncode == code
    assert message in " ".join(done.stderr.split())
