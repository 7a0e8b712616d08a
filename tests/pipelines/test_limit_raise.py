"""增信提额 from lines to the page: steady growing customers and clean service raise a limit, a warning does not."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from homes import home_in

import pipelines.monitor
from features.catalogue import CATALOGUE
from models.decide import decide
from models.fit import fit_credit_model
from models.labelled import Labelled
from models.limit_actions import renewing_nothing
from pipelines.features import compute
from pipelines.monitor import Models, monitor
from pipelines.policy import current_policy
from pipelines.store import Store

AS_OF, GROWN = date(2025, 7, 1), pd.Period("2024-07", "M")
KNOWN = {"known_at": date(2022, 1, 1)}
LENT = {"E1": 100_000, "E2": 150_000, "E3": 100_000, "E4": 100_000, "E5": 100_000}
COSTS = {
    25: (60_000, "W", "工资"),
    26: (5_000, "U", "电费"),
    27: (15_000, "B", "社保"),
    28: (20_000, "T", "缴税 增值税"),
}


def lines(firm):
    """Twelve customers a month, of 22,000 to 33,000 yuan; from July 2024 on 33,000 of each, a fifth more in all."""
    number, balance = 0, 600_000
    for month in pd.period_range("2022-07", "2025-06", freq="M"):
        came = [33_000 if month >= GROWN else 22_000 + 1_000 * k for k in range(12)]
        moves = [(2 + k, "in", amount, f"C{k:02}", "货款") for k, amount in enumerate(came)]
        moves += [(20 + k, "out", sum(came) // 6, f"S{k}", "货款") for k in range(4)]
        moves += [(day, "out", *costs) for day, costs in COSTS.items()]
        for day, direction, amount, party, summary in moves:
            number += 1
            balance += amount if direction == "in" else -amount
            booked = date(month.year, month.month, day)
            yield {"line_id": f"{firm}-{number}", "account_id": f"{firm}A", "enterprise_id": firm, "booked_at": booked,
                   "sequence": number, "direction": direction, "amount": f"{amount}.00",
                   "balance_after": f"{balance}.00", "counterparty_id": f"{firm}{party}",
                   "counterparty_name": f"{party}公司", "summary": summary, "known_at": booked}  # fmt: skip


def loan(firm):
    """A loan of two years, all of it drawn, whose interest was paid on each day on which it was due."""
    out, key = date(2024, 3, 15), {"loan_id": f"L{firm}", "enterprise_id": firm}
    due = [day.date() for day in pd.date_range("2024-06-15", "2026-03-15", freq="91D")]
    instalments = [{**key, "number": n, "due_on": day, "principal_due": "0.00", "interest_due": "100.00",
                    "paid": "0.00", "paid_on": None, "known_at": out} for n, day in enumerate(due, 1)]  # fmt: skip
    instalments.append(
        {**instalments[-1], "number": 99, "due_on": date(2026, 3, 15), "principal_due": f"{LENT[firm]}.00"}
    )
    paid = [{**one, "paid": "100.00", "paid_on": one["due_on"], "known_at": one["due_on"]}
            for one in instalments if one["due_on"] < AS_OF]  # fmt: skip
    if firm == "E5":  # ten days late within a month
        july = {**instalments[0], "number": 50, "due_on": date(2024, 7, 10)}
        on = date(2024, 7, 20)
        paid += [july, {**july, "paid": "100.00", "paid_on": on, "known_at": on}]
    amount = f"{LENT[firm]}.00"
    return [{**key, "product": "flow", "repayment": "bullet", "committed": amount, "principal": amount,
             "annual_rate": "0.05", "term_months": 24, "disbursed_on": out, "matures_on": date(2026, 3, 15),
             "known_at": out}], instalments + paid  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory, table):
    """Five firms with the same lines: E2 owes more, E3 was sued in May, six banks asked about E4, E5 paid late."""
    sued, asked = date(2025, 5, 6), [date(2025, 4 + n // 2, 3 + n) for n in range(6)]
    loans, instalments = zip(*map(loan, LENT), strict=True)
    content = {
        "enterprise": [{"enterprise_id": f, "name": f"{f}有限公司", "founded_on": date(2015, 1, 1), **KNOWN}
                       for f in LENT],
        "account": [{"account_id": f"{f}A", "enterprise_id": f, "holder": "firm", "kind": "basic",
                     "institution": "bank", "currency": "CNY", **KNOWN} for f in LENT],
        "consent": [{"consent_id": f"C{f}", "enterprise_id": f, "purpose": "03", "scope": "*",
                     "valid_from": date(2024, 1, 1), "valid_to": date(2026, 1, 1), **KNOWN} for f in LENT],
        "line": [line for f in LENT for line in lines(f)],
        "loan": [row for rows in loans for row in rows], "instalment": [row for rows in instalments for row in rows],
        "court_event": [{"event_id": "V1", "enterprise_id": "E3", "kind": "lawsuit_defendant", "happened_on": sued,
                         "known_at": sued}],
        "credit_query": [{"query_id": f"Q{n}", "enterprise_id": "E4", "queried_on": day, "institution": f"bank{n}",
                          "reason": "application", "known_at": day} for n, day in enumerate(asked)],
    }  # fmt: skip
    filled = Store(tmp_path_factory.mktemp("raise-store"))
    filled.commit((name, table(name, rows)) for name, rows in content.items())
    return filled


@pytest.fixture(scope="module")
def model(store):
    """A real model of two features, fitted to firms around these of which one in fifty fails at random."""
    random, entries = np.random.default_rng(0), [CATALOGUE[n] for n in ("income_mean_12m", "buffer_days_3m")]
    frame = pd.DataFrame(random.lognormal(11, 1, (1_000, 2)), columns=[e.name for e in entries])
    default = (random.random(1_000) < 0.02).astype(float)
    return fit_credit_model(Labelled.of(frame, default, entries), current_policy(), benchmark=False)


@pytest.fixture(scope="module")
def month(store, model, tmp_path_factory):
    """The month's tables by firm, and its page."""
    out = tmp_path_factory.mktemp("raise-out")
    with home_in(tmp_path_factory.mktemp("raise-home")) as patch:
        patch.setattr(pipelines.monitor.Models, "in_use", classmethod(lambda cls: Models(model, None)))
        monitor(store, AS_OF, out, "li", budget=1.0)  # with five firms, a list of one in twenty has no place
    return out


def moved(month, firm):
    moves = pd.read_parquet(month / "limit_actions.parquet").set_index("enterprise_id")
    return tuple(moves.loc[firm, ["limit_action", "new_limit", "decided_by"]])


def test_a_firm_with_steady_growing_customers_and_clean_service_is_raised_by_its_growth(month):
    assert moved(month, "E1") == ("raise", 120_000.0, "growth_rule")  # a fifth more income, a fifth more limit
    firm = pd.read_parquet(month / "watch_list.parquet").set_index("enterprise_id").loc["E1"]
    assert (firm["action"], firm["status"], firm["severity"], firm["dpd"]) == ("raise", "none", 0, 0)
    page = (month / "watch_list.html").read_text(encoding="utf-8")
    raised = page[page.index("增信提额 <span") : page.index("模型是否仍然可靠")]
    assert "<td>E1有限公司 E1</td>" in raised
    assert "12万元" in raised
    assert "收入增幅" in raised
    assert not [firm for firm in ("E3", "E4", "E5") if firm in raised]


def test_no_raise_is_above_the_policy_s_legs_and_the_leg_that_binds_is_named(month, store, model):
    asked = pd.DataFrame({"enterprise_id": [*LENT], "as_of": pd.Timestamp(AS_OF)})
    decisions = {d.enterprise_id: d for d in decide(renewing_nothing(compute(store, asked)), model)}
    for firm in ("E1", "E2"):
        least = min(leg.value for leg in decisions[firm].legs if leg.value is not None)
        assert 0 < moved(month, firm)[1] - LENT[firm] <= least
    left = decisions["E2"].limit
    assert left < 0.2 * LENT["E2"]  # its growth alone would ask for 30,000 more
    assert moved(month, "E2") == ("raise", LENT["E2"] + left, "turnover")


def test_a_firm_that_was_sued_is_frozen_by_that_signal_though_its_principal_is_far_from_due(month):
    assert moved(month, "E3") == ("freeze", 100_000.0, "court")
    firms = pd.read_parquet(month / "watch_list.parquet").set_index("enterprise_id")
    assert firms["principal_months"].tolist() == [8.0] * 5  # from July to March
    assert (firms["status"] == "none").all()
    assert firms["waits"].to_dict() == {**dict.fromkeys(LENT, ""), "E3": "principal"}
    page = (month / "watch_list.html").read_text(encoding="utf-8")
    assert "within 4 months" in page
    waiting = page[page.index("风险达标、尚未入列") : page.index("增信提额 <span")]
    assert "E3有限公司 E3" in waiting
    assert "principal due in 8 months" in waiting
    assert "E1" not in waiting


def test_a_mild_warning_alone_refuses_the_raise(month):
    assert moved(month, "E4") == ("keep", 100_000.0, "alert")
    signals = pd.read_parquet(month / "signals.parquet")
    assert sorted(zip(signals["enterprise_id"], signals["signal"], strict=True)) == [("E3", "court"), ("E4", "queries")]


def test_who_paid_late_between_two_month_ends_has_not_been_free_of_overdue_for_a_year(month):
    """Due on 10 July 2024 and paid on the 20th: nothing is past due on the first of any month."""
    assert moved(month, "E5") == ("keep", 100_000.0, "overdue")
