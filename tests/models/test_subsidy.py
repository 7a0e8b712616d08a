from datetime import date

import pandas as pd
import pytest

from features.errors import PolicyError
from models.subsidy import Subsidies, consumption_accrued, firm_accrued
from pipelines.settings import conf
from pipelines.subsidy_claims import current_subsidies

PLAN = current_subsidies()
OF_2025, OF_2026 = PLAN.consumption
SERVICE, SERVICE_2026, EQUIPMENT = PLAN.firms


def purchases(*rows: tuple[float, bool], rate: float = 0.04, on: str, until: str | None = None) -> pd.DataFrame:
    """Purchases of one borrower on one day."""
    frame = pd.DataFrame(rows, columns=["amount", "named_field"])
    return frame.assign(
        borrower="b", spent_on=pd.Timestamp(on), repaid_on=pd.Timestamp(until) if until else pd.NaT, annual_rate=rate
    )


def year_of(scheme, *rows, rate=0.04) -> float:
    """Subsidy of a whole year, as if the scheme ran so long."""
    days = {"since": date(2026, 1, 1), "until": date(2026, 12, 31), "spent_from": date(2026, 1, 1)}
    long = scheme.model_copy(update=days)
    bought = purchases(*rows, rate=rate, on="2026-01-01")
    return float(consumption_accrued(bought, long, date(2027, 1, 1))["subsidy"].iloc[0])


BASKET = [(80_000.0, True)] + [(7_000.0, False)] * 60  # 500,000 in all


def test_half_a_million_spent_under_the_caps_of_2025():
    """One of 80,000 counts as 50,000: 500; sixty of 7,000 make 4,200, of which 1,000 at most: 1,500."""
    assert year_of(OF_2025, *BASKET) == 1_500.0
    assert year_of(OF_2025, *BASKET[1:]) == 1_000.0
    assert year_of(OF_2025, *[(80_000.0, True)] * 6) == 3_000.0  # six times 500
    assert year_of(OF_2025, *[(80_000.0, True)] * 7) == 3_000.0


def test_the_same_under_the_rules_of_2026():
    """No cap on a purchase nor on the small ones: 800 and 4,200, together 3,000 at most."""
    assert year_of(OF_2026, *BASKET) == 3_000.0
    assert year_of(OF_2026, BASKET[0], *BASKET[1:11]) == 800.0 + 700.0


def test_half_of_the_contract_rate_is_the_most():
    assert year_of(OF_2025, (40_000.0, False), rate=0.015) == 300.0  # 0.75 % of 40,000
    assert year_of(OF_2025, (40_000.0, False), rate=0.02) == 400.0


def test_at_fifty_thousand_a_purchase_must_be_of_the_named_fields():
    assert year_of(OF_2025, (49_999.99, False)) == 500.0
    assert year_of(OF_2025, (50_000.0, False)) == 0.0
    assert year_of(OF_2025, (50_000.0, True)) == 500.0


def test_from_2026_a_large_purchase_counts_whatever_it_is_for():
    """财金〔2026〕1号, 4: no fields; 5: no cap on a purchase, 3,000 a year. 1 % of 80,000; of 400,000 3,000 at most."""
    assert year_of(OF_2026, (80_000.0, False)) == 800.0
    assert year_of(OF_2026, (400_000.0, False)) == 3_000.0


def test_what_was_bought_before_the_policy_began_never_counts():
    """财金〔2025〕80号: spent from 1 September 2025 on. A purchase of 2025 goes on under the rules of 2026."""
    before, on = (purchases((36_500.0, False), on=day) for day in ("2025-08-31", "2025-09-01"))
    assert consumption_accrued(before, OF_2025, date(2026, 1, 1))["subsidy"].tolist() == [0.0]
    assert consumption_accrued(before, OF_2026, date(2026, 4, 1))["subsidy"].tolist() == [0.0]
    assert consumption_accrued(on, OF_2025, date(2026, 1, 1))["subsidy"].tolist() == [122.0]  # 1 yuan a day
    assert consumption_accrued(on, OF_2026, date(2026, 4, 1))["subsidy"].tolist() == [90.0]


def test_quarters_add_up_to_the_whole_and_days_outside_do_not_count():
    bought = purchases((36_500.0, False), on="2025-09-01")  # 1 yuan a day at 1 %
    at = [float(consumption_accrued(bought, OF_2025, day)["subsidy"].iloc[0]) for day in
          (date(2025, 9, 1), date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1))]  # fmt: skip
    assert at == [0.0, 30.0, 122.0, 122.0]
    repaid = purchases((36_500.0, False), on="2025-09-01", until="2025-09-11")
    assert consumption_accrued(repaid, OF_2025, date(2026, 1, 1))["subsidy"].tolist() == [10.0]


def loans(**changes: object) -> pd.DataFrame:
    row = {"loan_id": "l", "enterprise_id": "e", "industry": "H6210", "size_class": "small",
           "purpose": "working_capital", "principal": 365_000.0,
           "disbursed_on": "2025-07-01", "ended_on": "2027-07-01"} | changes  # fmt: skip
    return pd.DataFrame([row]).astype({"disbursed_on": "datetime64[us]", "ended_on": "datetime64[us]"})


NONE_PAID = pd.DataFrame({"loan_id": [], "paid_on": pd.to_datetime([]), "principal": []})


def accrued(frame, scheme, before, repaid=NONE_PAID) -> float:
    return float(firm_accrued(frame, repaid, scheme, before).sum())


def test_a_firms_loan_is_paid_for_by_the_day_for_a_year():
    assert accrued(loans(), SERVICE, date(2025, 7, 11)) == 100.0  # 10 yuan a day
    assert accrued(loans(), SERVICE, date(2030, 1, 1)) == 3_650.0
    half = pd.DataFrame({"loan_id": ["l"], "paid_on": pd.to_datetime(["2025-07-06"]), "principal": [182_500.0]})
    assert accrued(loans(), SERVICE, date(2025, 7, 11), half) == 75.0


def test_sector_purpose_day_and_cap_decide():
    assert accrued(loans(industry="C1811"), SERVICE, date(2026, 1, 1)) == 0.0
    assert accrued(loans(disbursed_on="2026-01-01"), SERVICE, date(2026, 3, 1)) == 0.0
    assert accrued(loans(disbursed_on="2026-01-01"), SERVICE_2026, date(2026, 1, 11)) == 100.0
    assert accrued(loans(principal=3_650_000.0), SERVICE, date(2025, 7, 11)) == pytest.approx(
        1e6 * 0.01 * 10 / 365, abs=0.01
    )
    assert accrued(loans(disbursed_on="2026-01-01"), EQUIPMENT, date(2026, 1, 11)) == 0.0
    bought = loans(disbursed_on="2026-01-01", purpose="equipment", industry="C1811")
    assert accrued(bought, EQUIPMENT, date(2026, 1, 11)) == 150.0


@pytest.mark.parametrize(
    ("industry", "in_2025", "in_2026"),
    [("H6110", True, True), ("O8010", True, True), ("R8890", True, True), ("P8336", False, False),
     ("F5211", False, True), ("F5112", False, False), ("I6429", False, True), ("I6572", False, True),
     ("I6510", False, False), (None, False, False)],
)  # fmt: skip
def test_service_firms_by_the_fields_of_the_notices(industry, in_2025, in_2026):
    """Education is none of them; from 2026 retail (52) is, wholesale (51) is not, digital content (657) is."""
    assert (accrued(loans(industry=industry), SERVICE, date(2025, 7, 11)) > 0) is in_2025
    granted = loans(industry=industry, disbursed_on="2026-01-01")
    assert (accrued(granted, SERVICE_2026, date(2026, 1, 11)) > 0) is in_2026


@pytest.mark.parametrize(("size", "paid"), [("micro", 150.0), ("medium", 150.0), ("large", 0.0), (None, 0.0)])
def test_fixed_assets_are_for_small_and_medium_firms_and_the_centre_pays(size, paid):
    bought = loans(disbursed_on="2026-01-01", purpose="equipment", size_class=size)
    assert (accrued(bought, EQUIPMENT, date(2026, 1, 11)), EQUIPMENT.central_share) == (paid, 1.0)


def test_what_an_earlier_loan_took_of_the_cap_is_gone():
    """Of 1m the first loan takes 730,000 and the second 270,000 of its 365,000, though the first is repaid by then."""
    two = pd.concat([loans(disbursed_on="2025-10-01"), loans(loan_id="k", principal=730_000.0, ended_on="2025-10-01")])
    two = two.reset_index(drop=True)
    assert firm_accrued(two, NONE_PAID, SERVICE, date(2025, 10, 1)).tolist() == [0.0, 1_840.0]  # 92 days of 20 yuan
    second = round(270_000 * 0.01 * 10 / 365, 2)
    assert firm_accrued(two, NONE_PAID, SERVICE, date(2025, 10, 11)).tolist() == [second, 1_840.0]


def test_a_faulty_scheme_is_named():
    content = conf("subsidies.yaml")
    content["firms"][0]["industries"] = ["Z"]
    with pytest.raises(PolicyError, match=r"key firms\.0\.industries\.0: expected string should match"):
        Subsidies.parse(content, "subsidies.yaml")
