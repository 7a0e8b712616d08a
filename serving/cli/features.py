"""``sme-credit features``: the feature matrix of a date or of a population file."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.common import StoreFolder, open_store, read_date, refuse_name
from serving.cli.words import wrong

NAMED = 5  # firms without flows that are named


def _known(engine: str) -> str:
    from features.engine import is_engine

    if not is_engine(engine):
        raise wrong(
            f"没有计算引擎 {engine!r}，应为 duckdb、spark 或 Spark 主节点，如 local[2]",
            f"{engine!r} is no engine; expected duckdb, spark, or a Spark master such as local[2]",
        )
    return engine


def features(
    out: Annotated[Path, typer.Option(metavar="FILE.parquet", help="特征表 Parquet file to write")],
    as_of: Annotated[
        date | None,
        typer.Option(parser=read_date, metavar="DATE", help="决策日 YYYY-MM-DD: every firm known before it"),
    ] = None,
    population: Annotated[
        Path | None, typer.Option(metavar="FILE", help="名单 CSV or Parquet with enterprise_id, as_of")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="FILE.html", help="查阅页 a page of every feature: meaning, spread, missing, IV"
        ),
    ] = None,
    store: StoreFolder = None,
    engine: Annotated[
        str,
        typer.Option(
            callback=_known,
            help="计算引擎 duckdb, spark (this machine), or a Spark master: spark://HOST:PORT, local[2]",
        ),
    ] = "duckdb",
) -> None:
    """按各自日期计算全部特征 Compute every feature as of each row's own date."""
    from pipelines.features import compute, latest_applications, read_population, write_matrix

    refuse_name(out, ".parquet")
    refuse_name(page, ".html", option="--page")
    opened = open_store(store)
    if as_of is not None and population is None:
        asked = latest_applications(opened, as_of)
    elif population is not None and as_of is None:
        asked = read_population(population)
    else:
        raise wrong("--as-of 与 --population 须给出且只给出一个", "give either --as-of or --population")
    matrix = compute(opened, asked, engine)
    write_matrix(matrix, out)
    print(f"{len(matrix)} 行 rows x {matrix.shape[1] - 2} 个特征 features -> {out}")
    silent = matrix.loc[matrix["months_observed"].fillna(0) == 0, "enterprise_id"]
    if len(silent):
        named = ", ".join(silent.head(NAMED)) + (", ..." if len(silent) > NAMED else "")
        print(f"无资金流 no flow is known before the date in {len(silent)} of the rows: {named}", file=sys.stderr)
    if page is not None:
        from pipelines.report.files import write_feature_page

        write_feature_page(page, opened, matrix)
        print(f"sme-credit: {page}", file=sys.stderr)
