import json
from datetime import datetime


def test_usage_counts_the_month_and_warns_of_a_query_without_consent(run, bank, tmp_path, monkeypatch):
    from features.sources.cells import BANK_TIME
    from pipelines.record import Draft, Record

    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'record.db'}")  # a record of its own
    missing = run("usage", "--month", "2020-01", "--store", str(bank.store))
    assert (missing.returncode, "record.db is not there" in missing.stderr) == (1, True)
    with Record():
        pass
    plain = run("usage", "--month", "2020-01", "--json", "--store", str(bank.store))
    assert plain.returncode == 0
    (month,) = json.loads(plain.stdout)
    assert (month["month"], month["queries"], month["amount"], month["inclusive_share"]) == ("2020-01", 0, "0.00", None)
    with Record() as record:
        asked = {"as_of": bank.as_of, "purpose": "01"}
        event = record.append(
            Draft(staff="li", action="query", enterprise_id="E000000", subject="none", payload=asked)
        )[0]
    month = datetime.fromisoformat(event.at).astimezone(BANK_TIME).strftime("%Y-%m")
    alarmed = run("usage", "--month", month, "--store", str(bank.store))
    assert alarmed.returncode == 4
    assert "queries without consent (must be none): 1" in alarmed.stdout


def test_a_month_that_is_none_is_told(run, bank):
    wrong = run("usage", "--month", "March", "--store", str(bank.store))
    assert wrong.returncode == 2
    assert "'March' is not a month; expected YYYY-MM" in wrong.stderr
