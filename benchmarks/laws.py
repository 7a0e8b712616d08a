"""Laws over changes of facts, on a simulated store: ``python -m benchmarks.laws STORE MODEL DATE [FIRMS]``.

A decision keeps its laws over features; what happens to features when facts are withheld is evidence's matter. Here an
account, a month's lines or all bills of a firm are withheld, or its operating receipts and what it invoices raised by a
fifth, and the firm is replayed through labels, panel, features and model. Told is how often the automatic limit moves
the wrong way, and of which firms, among those that have one.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Floats
from models.artefact import load
from models.credit_model import CreditModel
from models.decide import decide_table
from pipelines.features import compute, compute_alone, latest_applications
from pipelines.store import Store
from pipelines.stress import facts_of, labels_of, raised

Tables = dict[str, pa.Table]
REFERENCES = ("reversal_of", "renewed_from")  # other rows of the same table
NOW, MORE, BATCH = "as now", "receipts up 20 %", 20
BILLS = ("utility_bill", "tax_filing", "social_insurance")


def without_account(tables: Tables) -> Tables:
    """The account with the fewest lines is not shown; a firm with one account has nothing to withhold."""
    counts = tables["line"]["account_id"].value_counts().to_pylist()
    if len(counts) < 2:
        return tables
    least = min(counts, key=lambda c: (c["counts"], c["values"]))["values"]
    names = ("line", "account", "account_month")
    return tables | {name: tables[name].filter(pc.not_equal(tables[name]["account_id"], least)) for name in names}


def without_month(tables: Tables) -> Tables:
    """The lines of the month before the last are not shown."""
    line = tables["line"]
    months = pc.strftime(line["booked_at"], "%Y-%m")
    known = sorted(set(months.to_pylist()))
    return tables | {"line": line.filter(pc.not_equal(months, known[-2]))} if len(known) > 2 else tables


def without_bills(tables: Tables) -> Tables:
    """No bill, filing or contribution is shown."""
    return tables | {name: tables[name].slice(0, 0) for name in BILLS}


WITHHELD: Mapping[str, Callable[[Tables], Tables]] = {
    "account withheld": without_account,
    "month withheld": without_month,
    "bills withheld": without_bills,
}


def more_invoiced(invoices: pa.Table, since: date) -> pa.Table:
    """Sales from the day on a fifth larger: else they would seem to be paid sooner, and to bind less money."""
    sales = pc.and_(pc.equal(invoices["direction"], "in"), pc.greater_equal(invoices["issued_on"], since))
    for name in ("net", "vat", "gross"):
        larger = pc.round(pc.multiply(invoices[name], pa.scalar(Decimal("1.2"))), 2).cast(invoices[name].type)
        place = invoices.schema.get_field_index(name)
        invoices = invoices.set_column(place, invoices.field(name), pc.if_else(sales, larger, invoices[name]))
    return invoices


def changed(tables: Tables, labels: pd.DataFrame, since: date) -> dict[str, Tables]:
    """The firm's facts as they are, and as each law's change has them; ``labels`` are of lines from ``since`` on."""
    sold = more_invoiced(tables["invoice"], since)
    more = {**tables, "line": raised(tables["line"], labels, 1.2), "invoice": sold}
    return {NOW: tables, **{law: change(tables) for law, change in WITHHELD.items()}, MORE: more}


def side_by_side(worlds: Sequence[Tables]) -> Tables:
    """Worlds of one firm each as one, the number of its world before every identifier.

    Evidence, panel and features are within one firm, and an engine takes little longer for a hundred.
    """
    apart = [_apart(number, world) for number, world in enumerate(worlds)]
    return {name: pa.concat_tables(world[name] for world in apart) for name in worlds[0]}


def _apart(number: int, world: Tables) -> Tables:
    accounts = world["account"]["account_id"].combine_chunks()

    def numbered(column: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
        named = pc.binary_join_element_wise(str(number), values, ".") if pa.types.is_string(values.type) else values
        if column == "counterparty_account":
            return pc.if_else(pc.is_in(values, accounts), named, values)
        return named if column.endswith("_id") or column in REFERENCES else values

    return {
        name: pa.table([numbered(c, rows[c]) for c in rows.column_names], rows.schema) for name, rows in world.items()
    }


def automatic(matrix: pd.DataFrame, model: CreditModel) -> Floats:
    """The limit of each row that no person has to see."""
    table = decide_table(matrix, model)
    return table["limit"].where(~table["referral"], 0.0).to_numpy(dtype=float)


def tried(store: Store, model: CreditModel, as_of: date, firms: list[str]) -> pd.DataFrame:
    """One row a firm and change: limits before and after, and whether the law is broken."""
    since = (pd.Timestamp(as_of) - pd.DateOffset(months=12)).date()
    worlds = {firm: changed(facts_of(store, firm, as_of), labels_of(store, firm, as_of, 12), since) for firm in firms}
    keys = [(firm, law) for firm in firms for law in worlds[firm]]
    asked = latest_applications(store, as_of, firms).set_index("enterprise_id").loc[[firm for firm, _ in keys]]
    population = asked.reset_index().assign(enterprise_id=[f"{k}.{firm}" for k, (firm, _) in enumerate(keys)])
    matrix = compute_alone(side_by_side([worlds[firm][law] for firm, law in keys]), population, store)
    rows = pd.DataFrame(keys, columns=["firm", "law"]).assign(after=automatic(matrix, model))
    now = rows[rows["law"] == NOW].set_index("firm")["after"]
    rows = rows[rows["law"] != NOW].assign(before=lambda t: t["firm"].map(now))
    more = rows["law"] == MORE
    return rows.assign(broken=(rows["after"] > rows["before"]).where(~more, rows["after"] < rows["before"]))


def _batches(firms: list[str]) -> Iterator[list[str]]:
    yield from (firms[k : k + BATCH] for k in range(0, len(firms), BATCH))


def left_out(matrix: pd.DataFrame, model: CreditModel) -> pd.DataFrame:
    """For each column that the model reads: rows where it is known, and where the limit rises when it is not told."""
    now, rows = automatic(matrix, model), {}
    for name in model.columns:
        after = automatic(matrix.assign(**{name: np.nan}), model)
        rows[name] = {"known": matrix[name].notna().sum(), "raised": (after > now).sum()}
    return pd.DataFrame(rows).T


def main() -> None:
    """Print the share broken by law, and the firms of which it is."""
    store, model, as_of = Store(Path(sys.argv[1])), load(Path(sys.argv[2])), date.fromisoformat(sys.argv[3])
    asked = latest_applications(store, as_of)
    matrix = compute(store, asked)
    table, gone = decide_table(matrix, model), left_out(matrix, model)
    print(gone.sum().to_string(), gone[gone["raised"] > 0].sort_values("raised").to_string(), sep="\n")
    chosen = table.loc[(table["limit"] > 0) & ~table["referral"], "enterprise_id"].tolist()
    chosen = chosen[: int(sys.argv[4]) if len(sys.argv) > 4 else 20]
    found = pd.concat([tried(store, model, as_of, some) for some in _batches(chosen)])
    print(found.groupby("law")["broken"].agg(["sum", "size", "mean"]).to_string())
    print(found[found["broken"]].to_string(index=False))


if __name__ == "__main__":
    main()
