"""What monthly runs read of firms, kept beside a store by month: what was known before a date never changes.

A run looks at the months of more than a year, of which all but the last were read by the run before it. A month's file
is named after its day and all that its rows are made of, so that it serves as long as these stand.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.engine import connect
from models.artefact import code_fingerprint
from pipelines.panel import up_to_date
from pipelines.storage.parts import Parts, day_file, draft, put
from pipelines.store import Store

KEY = ["enterprise_id", "as_of"]
Make = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Kept:
    """Columns of floats of firms on dates; ``version`` tells what else than code and facts they follow from."""

    folder: Path
    columns: tuple[str, ...]
    version: str
    parts: Parts

    @classmethod
    def of(cls, store: Store, name: str, columns: Sequence[str], version: str = "") -> "Kept":
        """Those called ``name`` beside a store, whose panel is brought up to date."""
        backend = connect()
        parts = up_to_date(store, backend)
        backend.disconnect()
        return cls(store.derived("kept") / name, tuple(columns), version, parts)

    def file(self, day: date) -> Path:
        """Where the rows of a date are, or would be."""
        return day_file(self.folder, day, self.parts, code_fingerprint(), self.version, self.columns)

    def rows(self, asked: pd.DataFrame, make: Make) -> pd.DataFrame:
        """``KEY`` and columns of the firms and dates asked for, in their order; ``make`` gives those not kept."""
        return filled(asked, self.held(asked), self.columns, make)

    def held(self, asked: pd.DataFrame) -> pd.DataFrame:
        """``KEY`` and columns of what is kept of the stretch of firms on the dates asked for."""
        firms = asked["enterprise_id"]
        span = [("enterprise_id", ">=", firms.min()), ("enterprise_id", "<=", firms.max())]
        places = [self.file(day) for day in sorted(set(asked["as_of"].dt.date))]
        found = [pq.read_table(file, filters=span) for file in places if file.exists()]
        rows = pa.concat_tables(found).to_pandas() if found else pd.DataFrame(columns=[*KEY, *self.columns])
        return rows.astype(asked[KEY].dtypes.to_dict() | dict.fromkeys(self.columns, "float64"))

    def keep(self, runs: Iterable[Path], days: Sequence[date]) -> None:
        """Put the rows of a run's files in the files of their dates; each is in its place at once and whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        schema = pa.schema([("enterprise_id", pa.string()), ("as_of", pa.timestamp("us")),
                            *((name, pa.float64()) for name in self.columns)])  # fmt: skip
        staged = {pd.Timestamp(day): draft(self.file(day)) for day in days}
        with ExitStack() as stack:
            writers = {day: stack.enter_context(pq.ParquetWriter(file, schema)) for day, file in staged.items()}
            for run in runs:
                rows = pq.read_table(run, columns=schema.names).cast(schema)
                for day, writer in writers.items():
                    writer.write_table(rows.filter(pc.equal(rows["as_of"], pa.scalar(day, pa.timestamp("us")))))
        for day, file in staged.items():
            put(file, self.file(day.date()))


def filled(asked: pd.DataFrame, held: pd.DataFrame, columns: Sequence[str], make: Make) -> pd.DataFrame:
    """``KEY`` and columns of the firms and dates asked for, in their order; ``make`` gives those not held."""
    held = held[[*KEY, *columns]]
    found = asked[KEY].merge(held, "left", KEY, indicator="kept", validate="1:1")
    missing = (found.pop("kept") == "left_only").to_numpy()
    if missing.any():
        made = make(asked.loc[missing, KEY].reset_index(drop=True))[[*KEY, *columns]]
        found = asked[KEY].merge(pd.concat([held, made]) if len(held) else made, "left", KEY, validate="1:1")
    return found
