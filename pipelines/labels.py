"""Labels of single lines, kept in the panel, so that new facts label the new lines alone.

A label follows from its line, and from what is known of the firm, its accounts and related parties. Firms of which one
of these is news, or whose facts come out of order, are labelled whole. Like the panel's other tables labels are kept by
the day on which they became known, so that the end of one is a row of its own.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features.evidence.flows import LABELLED
from pipelines.storage.duck import parquet, quoted

if TYPE_CHECKING:
    from features.engine import Backend
    from pipelines.store import Firms

KEPT = ("label", "label_end")
BESIDE = ("enterprise", "account", "related_party")  # what labels read beside the lines


def told_labels(backend: "Backend") -> None:
    """The labels of a build as the tables ``KEPT`` of the panel."""
    columns = ", ".join(map(quoted, LABELLED[:-1]))
    backend.raw_sql(
        f"CREATE TEMP VIEW panel_label AS SELECT {columns}, known_from AS known_on FROM panel_labels"  # noqa: S608
    )
    backend.raw_sql(
        "CREATE TEMP VIEW panel_label_end AS SELECT enterprise_id, line_id, known_from, known_until AS known_on "
        "FROM panel_labels WHERE known_until IS NOT NULL"
    )


def leave_unlabelled(backend: "Backend", new: Sequence[Path], firms: "Firms") -> None:
    """Of the lines of a stretch, those that are to be labelled; all of them stay as ``every_line``.

    ``new`` are the files of new lines; the table ``news`` tells the firms.
    """
    backend.raw_sql("ALTER VIEW fact_line RENAME TO every_line")
    files = parquet(new) if new else "(FROM every_line LIMIT 0)"
    backend.con.execute(
        f"CREATE TEMP TABLE fact_line AS SELECT * FROM {files} WHERE enterprise_id BETWEEN ? AND ? "  # noqa: S608
        "AND enterprise_id IN (SELECT enterprise_id FROM news WHERE NOT whole)",
        [*firms],
    )
    whole = "SELECT enterprise_id FROM news WHERE whole"
    if backend.con.execute(f"{whole} AND enterprise_id BETWEEN ? AND ?", [*firms]).fetchone():
        backend.raw_sql(f"INSERT INTO fact_line FROM every_line WHERE enterprise_id IN ({whole})")


def add_standing(backend: "Backend", firms: "Firms", files: Mapping[str, Sequence[Path]]) -> None:
    """Put the labels of a stretch that stand beside those just made; one ends where the line has a new version.

    ``files`` are those of the tables ``KEPT``.
    """
    columns = ", ".join(f"held.{quoted(name)}" for name in LABELLED[:-1])
    backend.raw_sql(
        "CREATE TEMP TABLE corrected AS SELECT line_id, min(known_at) AS known_at FROM fact_line GROUP BY line_id"
    )
    backend.con.execute(
        f"INSERT INTO panel_labels SELECT {columns}, coalesce(ended.known_on, corrected.known_at) "  # noqa: S608
        f"FROM {parquet(files['label'])} AS held LEFT JOIN {parquet(files['label_end'])} AS ended "
        "USING (line_id, known_from) LEFT JOIN corrected USING (line_id) "
        "WHERE held.enterprise_id BETWEEN ? AND ? "
        "AND held.enterprise_id IN (SELECT enterprise_id FROM news WHERE NOT whole)",
        [*firms],
    )
    backend.raw_sql("DROP TABLE fact_line")
    backend.raw_sql("ALTER VIEW every_line RENAME TO fact_line")
