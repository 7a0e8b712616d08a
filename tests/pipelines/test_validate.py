import re

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape
from typer.testing import CliRunner

from features.errors import CreditError
from models.feature import ModelFeature
from models.labelled import Labelled
from models.stability import psi
from pipelines.modelling.attributes import marks
from pipelines.modelling.recipes import recipe
from pipelines.modelling.refused import applications
from pipelines.promote import promote
from pipelines.report.weaknesses import weaknesses
from pipelines.tracking import load_champion
from pipelines.tracking.runs import connect
from pipelines.tracking.validation import standing
from pipelines.validate import Judged, Validated, _stability, validate
from serving.cli.app import app


@pytest.fixture(scope="module")
def validated(trained, loan_store, tmp_path_factory) -> Validated:
    out = tmp_path_factory.mktemp("out") / "of-mine.html"
    return validate(loan_store, "credit-limit", trained.version, out, " 钱 ")


def test_figures_are_those_of_the_stores_loans(validated):
    figures = validated.figures
    assert (figures["data"]["rows"], figures["data"]["bad"], figures["data"]["grey"]) == (60, 15, 6)
    assert figures["calibration"]["observed"] == 0.25
    assert figures["samples"]["by_firm"]["auc"] > 0.8  # who fails takes in less from month to month
    assert "by_time_and_firm" not in figures["samples"]  # all applied on one day
    assert sum(row["n"] for row in figures["grades"]) == 60
    assert figures["monotonicity"]["violations"] == figures["reasons"]["violations"] == []
    assert figures["reasons"]["checked"] > 60


def test_a_shift_to_a_long_run_rate_is_told_as_a_weakness_since_nothing_here_tests_it(validated):
    assert validated.figures["shifted_odds"] == 1.0
    assert not [en for _, en in weaknesses(validated.figures) if "long-run rate" in en]
    ((zh, en),) = [w for w in weaknesses({**validated.figures, "shifted_odds": 1.5}) if "long-run rate" in w[1]]
    assert "1.50 倍" in zh
    assert "to 1.50 times the odds of those judged here" in en


def test_features_that_moved_are_told_by_what_they_mean(validated):
    from pipelines.report.dossier import dossier

    told = {"feature": "income_cv_6m", "zh": "收入波动", "en": "variation of income", "chance": 0.1}
    moved = {"psi": 0.1, "chance": 0.2, "features": [{**told, "psi": 0.3}, {**told, "zh": "", "en": "", "psi": 0.2}]}
    figures = {**validated.figures, "stability": moved}
    assert (
        "随时间移动明显的特征：收入波动。",
        "Features that moved much over time: variation of income.",
    ) in weaknesses(figures)
    assert '<li>income_cv_6m：收入波动 <span class="en">variation of income</span></li>' in dossier(figures)


def test_refused_applications_get_an_interval_and_those_by_lot_are_set_against_it(validated, loan_store):
    """Twelve firms were refused; thirty were lent to by lot, eight of which, of the first fifteen, did not pay."""
    found = validated.figures["refused"]
    assert (found["declined"], found["looked"], found["odds"]) == (12, 12, [1.0, 3.0])
    assert sum(row["n"] for row in found["grades"]) == 12
    assert 0 < found["whole"]["low"] < found["whole"]["high"] < 1
    assert (found["by_lot"]["n"], found["by_lot"]["bad"], found["by_lot"]["observed"]) == (30, 8, 8 / 30)
    assert found["by_lot"]["holds"]  # by lot indeed, so they are as the model of the others has them
    answered = applications(loan_store)
    assert answered["answer"].value_counts().to_dict() == {"admitted": 30, "admitted_at_random": 30, "declined": 12}
    text = validated.out.read_text(encoding="utf-8")
    assert "12 applications were declined" in text
    assert "Of 30 applications that were lent to by lot, though they would have been declined, 8 defaulted" in text
    assert "and the two overlap." in text


def test_every_figure_can_be_traced(validated, trained, loan_store):
    about = validated.figures["about"]
    assert (about["run_id"], about["store"], about["same_data"]) == (trained.run_id, loan_store.content_hash, True)
    assert (about["trainer"], about["validator"], about["simulated"]) == ("赵", "钱", False)
    run = connect().MlflowClient().get_run(trained.run_id)
    assert (about["matrix"], about["code"]) == (run.data.params["dataset_hash"], run.data.params["code"])


def test_the_dossier_is_on_the_run_and_its_outcome_on_the_version(validated, trained):
    stands = standing("credit-limit", trained.version)
    assert (stands.trainer, stands.validator, stands.whole) == ("赵", "钱", True)
    assert (stands.trainer_from, stands.validator_from) == ("trust", "trust")
    assert stands.gates == (", ".join(validated.failed) or "passed")
    files = {f.path for f in connect().MlflowClient().list_artifacts(trained.run_id, "validation")}
    assert files == {"validation/dossier.html", "validation/validation.json"}


def test_three_persons_and_passing_gates_make_a_champion(validated, trained):
    assert validated.failed == []
    with pytest.raises(CreditError, match="赵 trained it; another person approves"):
        promote("credit-limit", trained.version, "赵")
    promote("credit-limit", trained.version, "孙")
    assert load_champion("credit-limit")[1] == trained.version


def test_an_altered_dossier_is_no_validation(validated, trained, home):
    file = next(home.rglob("dossier.html"))
    whole = file.read_bytes()
    try:
        file.write_bytes(whole.replace("通过".encode(), "免检".encode(), 1))
        with pytest.raises(
            CreditError, match="its dossier is gone or was altered; run 'sme-credit validate credit-limit"
        ):
            promote("credit-limit", trained.version, "孙")
    finally:
        file.write_bytes(whole)


def test_the_page_is_whole_in_itself_and_says_what_it_rests_on(validated, trained, opened):
    text = validated.out.read_text(encoding="utf-8")
    tab = opened(text)  # fails on any request or script error
    assert tab.evaluate("document.documentElement.scrollWidth") <= 794
    heads = [re.match(r"\d+", head)[0] for head in tab.locator("h2").all_inner_texts()]
    assert heads == [str(k) for k in range(1, 14)]
    for said in (*recipe("credit-limit").scope(), *recipe("credit-limit").without, *recipe("credit-limit").unseen):
        assert escape(said) in text
    assert tab.locator("svg").count() >= 8
    tab.emulate_media(media="print")
    above = "[...document.querySelectorAll('p:has(+ figure)')].map((p) => getComputedStyle(p).breakAfter)"
    assert set(tab.evaluate(above)) == {"avoid"}
    assert (
        tab.locator("p.trace", has_text=f"run {trained.run_id[:12]}").count() == tab.locator("figure.picture").count()
    )
    assert "模拟 simulated" not in text


def test_a_telephone_shows_each_table_whole(validated, opened):
    """A row of many figures becomes a block under its name, each figure with its heading."""
    tab = opened(validated.out.read_text(encoding="utf-8"), width=390)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    cut = "[...document.querySelectorAll('table, figure')].filter((e) => e.scrollWidth > e.clientWidth)"
    assert tab.evaluate(f"{cut}.map((e) => e.innerText.slice(0, 40))") == []
    unsaid = "[...document.querySelectorAll('.named td:not(:first-child):not([colspan]):not([data-label])')].length"
    assert tab.locator(".named").count() >= 3
    assert tab.evaluate(unsaid) == 0


def test_a_dossier_of_a_simulated_world_says_so_beside_every_picture(validated):
    from pipelines.report.dossier import dossier

    page = dossier({**validated.figures, "about": {**validated.figures["about"], "simulated": True}})
    assert page.count("模拟 simulated</p>") == page.count('class="trace"')
    assert "on simulated data" in page


def test_half_years_without_an_auc_leave_no_empty_chart(validated):
    from pipelines.report.charts import svg
    from pipelines.report.dossier_charts import cohort_chart

    row = {"cohort": "2023H1", "observed": 0.02, "predicted": 0.03}
    assert ">AUC<" not in svg(cohort_chart([row]))
    assert ">AUC<" in svg(cohort_chart([row, {**row, "cohort": "2023H2", "auc": 0.7, "low": 0.6, "high": 0.8}]))


def test_overrides_are_told_with_their_outcomes_or_that_there_are_none(validated):
    from pipelines.report.dossier import dossier

    assert validated.figures["overrides"] == {}
    assert "Overrides: none on record." in validated.out.read_text(encoding="utf-8")
    came = {"n": 1_200, "known": 40, "bad": 3, "observed": 0.075, "low": 0.0258, "high": 0.1986}
    none = {"n": 5, "known": 0, "bad": 0, "observed": None, "low": None, "high": None}
    kinds = [{"zh": "额度调高", "en": "limit raised", **came}, {"zh": "拒绝", "en": "declined", **none}]
    reasons = [{"zh": "其他", "en": "<b>another</b>", **came}]
    page = dossier({**validated.figures, "overrides": {"stood": came, "kinds": kinds, "reasons": reasons}})
    assert '<td class="number">1,200</td>' in page
    assert "7.50% (2.58% – 19.86%)" in page
    assert "&lt;b&gt;another&lt;/b&gt;" in page
    assert page.count("decisions that stood") == 2
    assert "none on record" not in page


def test_the_command_says_gates_and_refuses_another_ending(validated, loan_store, tmp_path):
    done = CliRunner().invoke(app, ["validate", "credit-limit", "--store", str(loan_store.root), "--out", "x.pdf"])
    assert done.exit_code == 2
    assert "expected a name that ends in .html" in done.output


def test_too_few_outcomes_are_no_validation(trained, loan_store, tmp_path, monkeypatch):
    from pipelines.modelling import recipes

    way = recipes.RECIPES["credit-limit"]
    few = lambda store, until: way.rows(store, until).tail(50).reset_index(drop=True)  # noqa: E731
    monkeypatch.setitem(recipes.RECIPES, "credit-limit", recipes.Recipe(**{**vars(way), "rows": few}))
    with pytest.raises(CreditError, match="has 5 defaults and 45 others with a known outcome; a validation needs 10"):
        validate(loan_store, "credit-limit", trained.version, tmp_path / "x.html", "钱")


def test_a_young_stores_filling_windows_are_no_movement():
    """Firms seen for a year score the same before and after; the short histories of the first rows do not count."""
    random = np.random.default_rng(0)
    n, later = 800, np.arange(800) >= 400
    months = np.where(np.arange(n) < 200, 3.0, 24.0)
    p = np.where(months < 12, 0.9, random.random(n) / 2)
    matrix = pd.DataFrame({"months_observed": months})
    known = (ModelFeature("months_observed", "profile", 0, "流水月数", "months of flows"),)
    rows = Labelled(matrix.to_numpy(), np.zeros(n), np.ones(n, bool), np.arange(n), known)
    judged = Judged(pd.DataFrame(), matrix, rows, rows.default, np.zeros(n, "datetime64[D]"), p, "")
    found = _stability(judged, later)
    assert found["psi"] < 0.1 < psi(p[~later], p[later])[0]
    ((zh, en),) = [(row["zh"], row["en"]) for row in found["features"]]
    assert (zh, en) == ("流水月数", "months of flows")
    short = Judged(pd.DataFrame(), matrix.assign(months_observed=3.0), rows, rows.default, judged.at, p, "")
    assert _stability(short, later)["psi"] is None


def test_attributes_are_those_known_before_the_date(loan_store, table, tmp_path):
    from datetime import date

    from pipelines.store import Store

    store = Store(tmp_path / "store")
    firm = {"enterprise_id": "E1", "name": "某", "region": "370200", "industry": "C13", "size_class": "micro",
            "founded_on": date(2020, 1, 1), "known_at": date(2022, 1, 1)}  # fmt: skip
    moved = {**firm, "region": "440300", "known_at": date(2024, 5, 1)}
    store.commit([("enterprise", table("enterprise", [firm, moved]))])
    asked = pd.DataFrame({"enterprise_id": ["E1", "E1", "E2"], "as_of": ["2024-05-01", "2024-05-02", "2024-05-02"]})
    found = marks(store, asked, (2, 5, 10))
    assert found["region"] == ["37", "44", "?"]
    assert found["sector"] == ["C", "C", "?"]
    assert found["age"] == ["2-5", "2-5", "?"]
    assert found["size"] == ["micro", "micro", "?"]
