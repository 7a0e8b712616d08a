import csv
import gzip
import json
import shutil
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from homes import home_in

from features.catalogue import CATALOGUE, SCORED
from features.sources import Options
from features.sources.berka import read
from models import boosted, fit
from pipelines.evaluation import cross_validation, evaluate
from pipelines.evaluation.cross_validation import LADDER
from pipelines.evaluation.samples import SAMPLES
from pipelines.ingest import ingest
from pipelines.store import Store

pytestmark = pytest.mark.slow
LINES = "trans_before_loans_1997_1998.csv.gz"
FUTURE = ("order.asc", "card.asc", "disp.asc")


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory):
    with home_in(tmp_path_factory.mktemp("home")):
        yield


def table(file, delimiter=";"):
    with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter=delimiter))


def write(file, rows, delimiter=";"):
    with (gzip.open if file.suffix == ".gz" else open)(file, "wt", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)


def cut(source, folder, loans):
    """A folder of the accounts of some loans alone: of the others no line is known, and they are a tenth of all."""
    folder.mkdir()
    header, *_ = table(source / "loan.asc")
    write(folder / "loan.asc", [header, *sorted(loans, key=lambda loan: int(loan[0]))])
    accounts = {loan[1] for loan in loans}
    for name, column in (("account.asc", 0), (LINES, 1), ("order.asc", 1), ("disp.asc", 2)):
        header, *rows = table(source / name)
        write(folder / name, [header, *(row for row in rows if row[column] in accounts)])
    shutil.copyfile(source / "card.asc", folder / "card.asc")
    return folder


@pytest.fixture(scope="module")
def granted(shared_data):
    """The real loans of 1997 and 1998."""
    return [loan for loan in table(shared_data / "berka" / "loan.asc")[1:] if loan[2] >= "970101"]


@pytest.fixture(scope="module")
def berka(shared_data, granted, tmp_path_factory):
    """The folder with 45 loans of 1997 and 1998: the 20 bad ones, 20 good and 5 whose outcome is not told."""
    groups = {"bad": [], "good": [], "": []}
    for loan in granted:
        groups[{"B": "bad", "D": "bad", "": ""}.get(loan[-1], "good")].append(loan)
    chosen = groups["bad"][:20] + groups["good"][:20] + groups[""][:5]
    return cut(shared_data / "berka", tmp_path_factory.mktemp("data") / "berka", chosen)


@pytest.fixture(scope="module")
def changed(berka, tmp_path_factory):
    """The same folder without the files that know the future, and with lines on and after each loan's date."""
    folder = tmp_path_factory.mktemp("data") / "berka"
    folder.mkdir()
    for name in ("loan.asc", "account.asc"):
        shutil.copyfile(berka / name, folder / name)
    header, *lines = table(berka / LINES)
    booked = [row for batch in read(berka, Options()) if batch.table == "line" for row in batch.rows.to_pylist()]
    last = {row["account_id"]: float(row["balance_after"]) for row in sorted(booked, key=lambda row: row["sequence"])}
    more = [row for n, loan in enumerate(table(berka / "loan.asc")[1:]) for row in after(loan, n, last[loan[1]])]
    write(folder / LINES, [header, *lines, *more])
    return folder


def after(loan, number, balance):
    """The loan paid out on its date, an instalment a month later, and a fine."""
    day = datetime.strptime(f"19{loan[2]}", "%Y%m%d")  # noqa: DTZ007 - a date without a time
    steps = ((0, "credit", "collection from another bank", float(loan[3]), ""),
             (31, "withdrawal", "remittance to another bank", float(loan[5]), "household"),
             (60, "withdrawal", "withdrawal in cash", 14.6, "sanction interest if negative balance"))  # fmt: skip
    for place, (days, kind, operation, amount, symbol) in enumerate(steps):
        balance += amount if kind == "credit" else -amount
        booked = (day + timedelta(days=days)).strftime("%y%m%d")
        yield [9_000_000 + 3 * number + place, loan[1], booked, kind, operation, f"{amount:.2f}", f"{balance:.2f}",
               symbol, "", ""]  # fmt: skip


@pytest.fixture(scope="module")
def results(berka, changed, tmp_path_factory):
    """Metrics, output folder and sample of both folders, by fewer and shorter fits than the protocol has."""
    out, seen = tmp_path_factory.mktemp("out"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosted, "ROUNDS", 30)
        patch.setattr(fit, "REPEATS_WHEN_SMALL", 1)
        patch.setattr(cross_validation, "SEEDS", 2)
        patch.setattr(cross_validation, "LADDER_SEEDS", 2)
        patch.setattr(cross_validation, "FOLDS", 2)
        read_samples = SAMPLES["berka"]
        patch.setitem(SAMPLES, "berka", lambda *of: seen.append(dict(read_samples(*of))) or seen[-1].items())
        found = {"as it is": (evaluate("berka", berka, out / "as it is"), out / "as it is")}
        patch.setattr(cross_validation, "LADDER", {"static": LADDER["static"]})  # compared are the predictions alone
        found["changed"] = evaluate("berka", changed, out / "changed"), out / "changed"
    return {name: (*told, sample["main"]) for (name, told), sample in zip(found.items(), seen, strict=True)}


def test_neither_features_nor_predictions_know_the_future(results, berka, changed):
    assert not any((changed / name).exists() for name in FUTURE)
    assert all((berka / name).exists() for name in FUTURE)
    stores, samples = [Store(out / "store") for _, out, _ in results.values()], [told[-1] for told in results.values()]
    assert stores[1].rows("line") == stores[0].rows("line") + 3 * 45
    pd.testing.assert_frame_equal(samples[0].features, samples[1].features, check_exact=True)
    pd.testing.assert_frame_equal(samples[0].totals, samples[1].totals, check_exact=True)
    assert samples[0].features[list(CATALOGUE)].notna().mean().mean() > 0.4
    first, second = ((out / "predictions.csv").read_bytes() for _, out, _ in results.values())
    assert first == second


def test_the_metrics_have_the_published_keys_and_the_predictions_a_row_each(results):
    metrics, out, _ = results["as it is"]
    assert json.loads((out / "metrics.json").read_text(encoding="utf-8")) == metrics
    assert (metrics["data"], metrics["rows"], metrics["n"], metrics["bad"]) == ("berka", 45, 40, 20)
    assert 0 <= metrics["auc"]["mean"] <= 1
    assert metrics["auc"]["sd"] >= 0
    assert 0 <= metrics["ks"] <= 1
    assert 0 <= metrics["brier"] <= 1
    naive = metrics["naive"]
    assert naive["single"]["feature"] in CATALOGUE
    assert 0 <= naive["single"]["auc"] <= 1
    assert 0 <= naive["logistic"]["auc"] <= 1
    sample = results["as it is"][2]
    told = ~np.isnan(sample.outcome)
    bad, size = sample.outcome[told] == 1, np.expm1(sample.totals["log_in"].to_numpy()[told])
    smaller = np.subtract.outer(size[bad], size[~bad])  # of all pairs the share in which the bad one takes in less
    assert naive["largest"]["auc"] == pytest.approx(((smaller < 0) + (smaller == 0) / 2).mean())
    assert naive["largest"]["paired"]["low"] <= naive["largest"]["paired"]["difference"]
    ladder = metrics["ladder"]
    assert [rung["rung"] for rung in ladder] == ["static", "flows", "public payments", "counterparties", "credit use"]
    assert sorted({rung["features"] for rung in ladder}) == [rung["features"] for rung in ladder]
    assert ladder[-1]["features"] == len(SCORED.keys() & CATALOGUE.keys())
    assert [sorted(rung.get("added", {})) for rung in ladder] == [[]] + 4 * [["difference", "high", "low"]]
    assert "order.asc" in metrics["protocol"]
    predictions = pd.read_csv(out / "predictions.csv")
    assert list(predictions) == ["id", "pd", "score", "limit"]
    assert predictions["pd"].between(0, 1).all()
    assert predictions["id"].is_unique
    assert len(predictions) == 45


@pytest.fixture(scope="module")
def modelling(shared_data, tmp_path_factory):
    """Forty firms of the modelling contest with their invoices."""
    source, folder = shared_data / "cumcm2020c", tmp_path_factory.mktemp("data") / "cumcm2020c"
    folder.mkdir()
    kept = {}
    for stem, firms in (("labelled", 30), ("unlabelled", 10)):
        header, *rows = table(source / f"{stem}_firms.csv", ",")
        write(folder / f"{stem}_firms.csv", [header, *rows[-firms:]], ",")
        kept |= dict.fromkeys(row[0] for row in rows[-firms:])
        for name in (f"{stem}_{side}_invoices.csv" for side in ("sales", "purchase")):
            with gzip.open(source / f"{name}.gz", "rt", encoding="utf-8") as rows:  # a million, each on a line
                lines = [next(rows), *(row for row in rows if row.partition(",")[0] in kept)]
            (folder / name).write_text("".join(lines), encoding="utf-8")
    return folder


def test_the_credit_rating_plays_no_part(modelling, tmp_path):
    plain = tmp_path / "plain"
    shutil.copytree(modelling, plain)
    rows = [row[:2] + row[3:] for row in table(plain / "labelled_firms.csv", ",")]
    assert rows[0] == ["企业代号", "企业名称", "是否违约"]
    write(plain / "labelled_firms.csv", rows, ",")
    found = []
    for name, folder in (("with", modelling), ("without", plain)):
        store = Store(tmp_path / name)
        ingest(store, "invoices", folder)
        found.append(dict(SAMPLES["invoices"](store, folder)))
    assert list(found[0]) == list(found[1]) == ["main", "without_recency"]
    for name, sample in found[0].items():
        pd.testing.assert_frame_equal(sample.features, found[1][name].features, check_exact=True)
        pd.testing.assert_frame_equal(sample.totals, found[1][name].totals, check_exact=True)
        np.testing.assert_array_equal(sample.outcome, found[1][name].outcome)
    assert (found[0]["main"].features["income_sum_12m"] != 0).any()


def test_real_loans_are_told_apart_better_than_by_a_single_feature_or_plain_totals(
    shared_data, granted, tmp_path, monkeypatch
):
    """By two of the protocol's five seeds, which differ by a hundredth of AUC, each calibrated on one cut of three."""
    monkeypatch.setattr(fit, "REPEATS_WHEN_SMALL", 1)
    monkeypatch.setattr(cross_validation, "SEEDS", 2)
    monkeypatch.setattr(cross_validation, "LADDER_SEEDS", 2)
    monkeypatch.setattr(cross_validation, "LADDER", {name: LADDER[name] for name in ("static", "flows")})
    metrics = evaluate("berka", cut(shared_data / "berka", tmp_path / "berka", granted), tmp_path / "out")
    assert (metrics["n"], metrics["bad"], metrics["rows"]) == (223, 20, 354)
    assert len(pd.read_csv(tmp_path / "out" / "predictions.csv")) == 354
    assert metrics["auc"]["mean"] >= 0.88
    assert metrics["auc"]["mean"] > metrics["naive"]["single"]["auc"]
    assert metrics["auc"]["mean"] > metrics["naive"]["logistic"]["auc"]
    static, flows = metrics["ladder"]
    assert flows["auc"] > static["auc"]
