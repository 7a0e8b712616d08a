"""Source ``contract``: files that already have the canonical columns, ``<table>.csv`` or ``<table>.parquet``."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.contract import TABLES, Table
from features.errors import ContractError
from features.sources.batch import ROWS_A_BATCH, Batch, Options, numbered
from features.sources.delimited import read_delimited

SUFFIXES = (".csv", ".csv.gz", ".parquet")


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield the batches of a folder of canonical files, or of one such file.

    ``options`` fill the columns ``enterprise_id``, ``account_id`` and ``known_at`` where the file leaves them out.
    Columns that the contract does not know are not read, and the first batch of the file names them.
    """
    for file, table in _files(path):
        reader = _parquet if file.suffix == ".parquet" else _text
        for batch in reader(file, table, _given(table, options)):
            yield _filled(batch, _given(table, options))


def _files(path: Path) -> list[tuple[Path, Table]]:
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES) and file.name[0] != ".")
        if not found:
            raise ContractError(
                "没有可读的文件，应为 <表名>.csv 或 <表名>.parquet，如 line.csv",
                "no file to read; expected <table>.csv or <table>.parquet, such as line.csv",
                path,
            )
    elif path.exists():
        found = [path]
    else:
        raise ContractError("没有该文件或文件夹，请检查路径", "no such file or folder; check the path", path)
    return _once(path, [(file, _table(file)) for file in found])


def _table(file: Path) -> Table:
    name = next((file.name.removesuffix(end) for end in SUFFIXES if file.name.endswith(end)), "")
    if name not in TABLES:
        raise ContractError(
            f"文件名不是契约中的表名，应为 <表名>.csv 或 <表名>.parquet，表名为 {'、'.join(TABLES)} 之一",
            "not named after a canonical table; expected <table>.csv or <table>.parquet, <table> one of "
            f"{', '.join(TABLES)}",
            file,
        )
    if file.is_dir():
        raise ContractError(
            f"是文件夹，应为含 {name} 表各列的文件", f"is a folder; expected a file with the columns of {name}", file
        )
    return TABLES[name]


def _once(path: Path, files: list[tuple[Path, Table]]) -> list[tuple[Path, Table]]:
    names = [table.name for _, table in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(
            f"表 {twice[0]} 有多个文件，请只保留一个",
            f"table {twice[0]} comes in more than one file; keep one of them",
            path,
        )
    return files


def _given(table: Table, options: Options) -> dict[str, str]:
    """What the options say about columns that this table has."""
    known = options.known_at.isoformat() if options.known_at else None
    said = {"enterprise_id": options.enterprise, "account_id": options.account, "known_at": known}
    return {name: value for name, value in said.items() if value and name in table.names and [name] != [*table.key]}


def _text(file: Path, table: Table, given: dict[str, str]) -> Iterator[Batch]:
    required = [name for name in table.names if name not in given]
    for part, chunk in enumerate(read_delimited(file, required=required)):
        note = "" if part else _unknown(file, table, chunk.rows.column_names)
        yield Batch(table=table.name, rows=chunk.rows, rejected=chunk.ragged, note=note)


def _parquet(file: Path, table: Table, given: dict[str, str]) -> Iterator[Batch]:
    try:
        with pq.ParquetFile(file) as content:
            names = content.schema_arrow.names
            _require(file, table, names, given)
            first, note = 1, _unknown(file, table, names)
            for batch in content.iter_batches(ROWS_A_BATCH, columns=[n for n in table.names if n in names]):
                yield Batch(table=table.name, rows=numbered(pa.Table.from_batches([batch]), file, first), note=note)
                first, note = first + batch.num_rows, ""
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise ContractError(
            f"不是完整的 Parquet 文件（{reason}），文件为空、被截断或类型不符，请重新导出",
            f"not a whole Parquet file ({reason}); it is empty, cut off or of another kind: export it again",
            file,
        ) from error


def _require(file: Path, table: Table, names: list[str], given: dict[str, str]) -> None:
    if missing := [name for name in table.names if name not in names and name not in given]:
        listed = ", ".join(f"'{name}'" for name in missing)
        raise ContractError(
            f"缺少列 {listed}，表 {table.name} 应有的列：{'、'.join(table.names)}",
            f"lacks column {listed}; expected the columns of {table.name}: {', '.join(table.names)}",
            file,
        )


def _unknown(file: Path, table: Table, names: Sequence[str]) -> str:
    """What is said of columns that the contract does not have; empty when it has them all."""
    if not (unknown := [f"'{name}'" for name in names if name not in (*table.names, "source_file", "source_row")]):
        return ""
    zh, en = "、".join(unknown), ", ".join(unknown)
    return (
        f"{file}：契约的表 {table.name} 没有列 {zh}，未读入。The contract's {table.name} has no column {en}, which is "
        f"not read; expected {', '.join(table.names)}: what it says must stand in one of these, or is not stored"
    )


def _filled(batch: Batch, given: dict[str, str]) -> Batch:
    rejected = None if batch.rejected is None else _fill(batch.rejected, given)
    return replace(batch, rows=_fill(batch.rows, given), rejected=rejected)


def _fill(rows: pa.Table, given: dict[str, str]) -> pa.Table:
    for name, value in given.items():
        if name in rows.column_names:
            place = rows.column_names.index(name)
            filled = pc.fill_null(rows.column(name).cast(pa.string()), value)
            rows = rows.set_column(place, name, filled)
        else:
            rows = rows.append_column(name, pa.repeat(pa.scalar(value, pa.string()), rows.num_rows))
    return rows
