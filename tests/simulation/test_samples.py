"""The sample files are those that the command makes, and small."""

from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

import data_samples
from data_samples.make import make

SAMPLES = Path(data_samples.__file__).parent


def test_one_command_makes_the_samples_again_bit_for_bit(tmp_path: Path) -> None:
    make(tmp_path)
    made = sorted(tmp_path.glob("*.parquet"))
    assert [file.name for file in made] == [file.name for file in sorted(SAMPLES.glob("*.parquet"))]
    for file in made:
        assert file.read_bytes() == (SAMPLES / file.name).read_bytes(), file.name


def test_the_samples_are_under_four_megabytes() -> None:
    assert sum(file.stat().st_size for file in SAMPLES.iterdir() if file.is_file()) < 4_000_000


def test_most_firms_consent_on_the_natural_date_and_a_few_do_not() -> None:
    day = date(2026, 1, 1)
    live, firms = set(), pq.read_table(SAMPLES / "enterprise.parquet")["enterprise_id"].to_pylist()
    latest: dict[str, dict[str, object]] = {}
    rows = pq.read_table(SAMPLES / "consent.parquet").sort_by("known_at")
    for row in rows.filter(pc.equal(rows["purpose"], "01")).to_pylist():
        latest[row["consent_id"]] = row
    for row in latest.values():
        if row["valid_to"] >= day and not row["revoked_on"]:  # type: ignore[operator]
            live.add(row["enterprise_id"])
    assert len(firms) == 60
    assert 45 <= len(live) < 60
