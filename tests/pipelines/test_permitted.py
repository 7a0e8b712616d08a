"""Features of counterparties' health: off unless the bank answers for them, true to time, for one as for the book."""

import shutil
import sys
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
import pytest

import pipelines.features
from features.catalogue import CATALOGUE, EVERY
from features.catalogue.health import FEATURES
from features.contract import TABLES
from features.errors import PolicyError
from features.health import READ
from pipelines import applicant, leakage, other_firms
from pipelines.features import compute
from pipelines.leakage import leakage_check
from pipelines.permitted import features_in_use, on_record
from pipelines.settings import ROOT
from pipelines.store import Store

FIRMS = "abcdef"
AS_OF = date(2024, 6, 15)
HEALTH = {feature.name: feature for feature in FEATURES}
ANSWERED = "health: true\napproved_by: 张三（合规部）\nlegal_basis: 客户合同第 8 条\n"


@pytest.fixture(scope="module")
def bank(tmp_path_factory, trading_world):
    """Six firms that trade with each other."""
    store = Store(tmp_path_factory.mktemp("bank") / "store")
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in trading_world(5, FIRMS).items())
    return store


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """Write the switch into settings of the test's own."""
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    return lambda text: (tmp_path / "counterparties.yaml").write_text(text, encoding="utf-8")


def test_as_shipped_they_are_off_and_nothing_of_them_is_on_record():
    assert features_in_use() is CATALOGUE
    assert on_record() == {}
    assert "health: false" in (ROOT / "conf" / "counterparties.yaml").read_text(encoding="utf-8")


def test_whoever_switches_them_on_says_who_and_on_what_ground(configured):
    configured("health: true\napproved_by: ' '\nlegal_basis: ''\n")
    with pytest.raises(PolicyError) as error:
        features_in_use()
    said = str(error.value)
    assert "approved_by and legal_basis to be told where health is true, for these firms gave no consent" in said
    configured(ANSWERED)
    assert [*features_in_use()] == [*EVERY]
    assert on_record()["counterparties"]["approved_by"] == "张三（合规部）"
    assert on_record()["counterparties"]["legal_basis"] == "客户合同第 8 条"


@pytest.fixture
def few(monkeypatch):
    """A catalogue of few features: what stands in it is planned once for the book and once for one applicant."""
    small = {name: CATALOGUE[name] for name in CATALOGUE if name in ("income_mean_12m", *READ)}
    cut = {"CATALOGUE": (CATALOGUE, small), "EVERY": (EVERY, small | HEALTH)}
    for module in [module for word, module in sys.modules.items() if word.startswith(("features", "pipelines"))]:
        for name, (whole, some) in cut.items():
            if getattr(module, name, None) is whole:
                monkeypatch.setattr(module, name, some)
    applicant._standing.cache_clear()
    yield [*small]
    applicant._standing.cache_clear()


@pytest.mark.slow
def test_with_the_switch_they_join_the_matrix_and_one_applicant_s_are_those_of_the_book(bank, configured, few):
    asked = pd.DataFrame({"enterprise_id": [*FIRMS], "as_of": AS_OF})
    configured("health: false\napproved_by: ''\nlegal_basis: ''\n")
    off = compute(bank, asked)
    assert not bank.derived("health").exists()
    configured(ANSWERED)
    on = compute(bank, asked)
    assert [*on] == ["enterprise_id", "as_of", *few, *HEALTH]
    pd.testing.assert_frame_equal(on[off.columns], off, check_exact=True)
    assert on[[*HEALTH]].notna().any().all()
    alone = compute(bank, asked.iloc[[2]])
    pd.testing.assert_frame_equal(alone, on.iloc[[2]].reset_index(drop=True), check_exact=True)


@pytest.fixture
def only_health(monkeypatch):
    """The check of these features alone: that of the others is ``test_leakage``'s."""
    for module in (pipelines.features, leakage):
        monkeypatch.setattr(module, "features_in_use", lambda: HEALTH)


@pytest.mark.slow
def test_the_future_of_no_counterparty_is_in_them_and_would_be_found(bank, tmp_path, only_health, monkeypatch):
    store = Store(shutil.copytree(bank.root, tmp_path / "store"))
    checked = leakage_check(store, AS_OF)
    assert (checked.features, checked.firms, checked.leaks) == (len(HEALTH), 6, ())
    shutil.rmtree(store.derived("health"))
    told = other_firms._figures

    def a_month_later(store, backend, kind, days):
        """How firms stand at the end of the month of the question, as if it were that of the month before."""
        later = {day: (day + timedelta(days=31)).replace(day=1) for day in days}
        rows = told(store, backend, kind, [*later.values()])
        back = {end - timedelta(days=1): day - timedelta(days=1) for day, end in later.items()}
        dates = [back[day] for day in rows["known_on"].to_pylist()]
        months = pa.array([day.replace(day=1) for day in dates], pa.date32())
        names = rows.column_names
        rows = rows.set_column(names.index("known_on"), "known_on", pa.array(dates, pa.date32()))
        return rows.set_column(names.index("month"), "month", months)

    monkeypatch.setattr(other_firms, "_figures", a_month_later)
    leaks = {leak.feature for leak in leakage_check(store, AS_OF).leaks}
    assert {"partners_income_change_inflow_12m", "partners_fallen_share_outflow_12m"} <= leaks
