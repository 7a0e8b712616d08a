from datetime import date

import pyarrow as pa
import pytest

from features.engine import run
from features.errors import PolicyError
from features.evidence.vat import Vat, vat, vat_rates
from features.matrix import POPULATION

DAY = date(2025, 7, 15)
KNOWN = {"known_at": date(2018, 1, 1)}
MONTHLY = {
    "kind": "vat",
    "period_start": date(2025, 3, 1),
    "period_end": date(2025, 3, 31),
    "due_on": date(2025, 4, 15),
}
QUARTERLY = MONTHLY | {"period_start": date(2025, 1, 1)}


@pytest.fixture(scope="module")
def rate_of(facts_of, world_of, rules):
    """The rate of firm ``a`` on a date."""

    def of(firm, filings=(), as_of=DAY):
        facts = facts_of(
            world_of(enterprise=[KNOWN | firm], tax_filing=[{"known_at": date(2025, 4, 20)} | f for f in filings])
        )
        backend = facts["line"].get_backend()
        row = {"row": 0, "enterprise_id": "a", "as_of": as_of}
        backend.con.register("asked", pa.Table.from_pylist([row], POPULATION.to_pyarrow()))
        rates = run(backend, "rates", lambda _: {"vat": vat(facts, rules.vat)})
        found = vat_rates(rates["vat"], backend.table("asked")).to_pyarrow().to_pylist()
        return [each["base_vat_rate"] for each in found]

    return of


@pytest.mark.parametrize(
    ("industry", "rate"),
    [("C17", 0.13), ("F51", 0.13), ("A01", 0.09), ("C13", 0.09), ("E48", 0.09), ("G54", 0.09), ("G59", 0.06),
     ("H62", 0.06), ("I65", 0.06), ("I63", 0.09), ("L71", 0.13), ("D44", 0.13), ("D45", 0.09), (None, 0.13)],
)  # fmt: skip
def test_a_company_has_the_rate_of_its_division_or_letter(rate_of, industry, rate):
    assert rate_of({"industry": industry}) == [rate]


@pytest.mark.parametrize(
    ("as_of", "rate"),
    [(date(2019, 1, 1), 0.03), (date(2021, 5, 1), 0.01), (date(2022, 6, 1), 0.0), (date(2023, 1, 1), 0.01),
     (date(2027, 12, 31), 0.01), (date(2028, 1, 1), 0.03)],
)  # fmt: skip
def test_a_sole_proprietor_has_the_levy_rate_in_force(rate_of, as_of, rate):
    assert rate_of({"industry": "C17", "sole_proprietor": True}, as_of=as_of) == [rate]


def test_how_often_a_firm_files_says_which_taxpayer_it_is_from_the_day_that_is_known(rate_of):
    assert rate_of({"industry": "C17"}, [QUARTERLY]) == [0.01]
    assert rate_of({"industry": "C17", "sole_proprietor": True}, [MONTHLY]) == [0.13]
    assert rate_of({"industry": "C17"}, [QUARTERLY], as_of=date(2025, 4, 20)) == [0.13]
    later = MONTHLY | {"period_start": date(2025, 4, 1), "period_end": date(2025, 4, 30)}
    assert rate_of({"industry": "C17"}, [QUARTERLY, later]) == [0.13]
    assert rate_of({"industry": "C17"}, [QUARTERLY | {"kind": "income_tax"}]) == [0.13]


@pytest.mark.parametrize("filings", [[QUARTERLY, MONTHLY], [MONTHLY, QUARTERLY]])
def test_of_two_filings_that_end_on_one_day_the_longer_tells(rate_of, filings):
    assert rate_of({"industry": "C17"}, filings) == [0.01]


def test_a_firm_that_is_not_known_has_no_rate(rate_of):
    assert rate_of({"industry": "C17", "known_at": DAY}) == []


GOOD = {"other": 0.13, "industries": {0.09: ["A"]}, "small_scale": {date(2023, 1, 1): 0.01}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rest": 1}, "vat has the keys ['industries', 'other', 'rest', 'small_scale'], expected other, industries, "
                      "small_scale"),
        ({"other": 13}, "vat.other is 13, expected a share between 0 and 1"),
        ({"industries": {1.5: ["A"]}}, "vat.industries.1.5 is 1.5, expected a share between 0 and 1"),
        ({"industries": {0.09: ["A"], 0.06: ["A"]}}, "vat.industries gives two rates to A; leave one"),
        ({"small_scale": {"2023": 0.01}}, "vat.small_scale starts on '2023', expected a date YYYY-MM-DD"),
        ({"small_scale": {date(2023, 1, 1): 2}}, "vat.small_scale.2023-01-01 is 2, expected a share between 0 and 1"),
    ],
)  # fmt: skip
def test_rates_that_cannot_be_are_refused(change, words):
    with pytest.raises(PolicyError) as error:
        Vat.parse(GOOD | change)
    assert error.value.en == f"flow_rules.yaml: {words}"
