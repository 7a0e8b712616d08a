"""Laws over changes of facts, on a simulated store: ``python -m benchmarks.laws STORE MODEL DATE [FIRMS]``.

A decision keeps its laws over features; what happens to features when facts are withheld is evidence's matter. Here an
account, a month's lines or all bills of a firm are withheld, or its operating receipts raised by a fifth, and the firm
is replayed through labels, panel, features and model. Told is how often the automatic limit moves the wrong way, and of
which firms.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.artefact import load
from models.credit_model import CreditModel
from models.decide import decide_table
from pipelines.features import compute, latest_applications
from pipelines.store import Store
from pipelines.stress import facts_of, labels_of, raised, replayed

Tables = dict[str, pa.Table]
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


def automatic(matrix: pd.DataFrame, model: CreditModel) -> float:
    """The limit that no person has to see."""
    row = decide_table(matrix, model).iloc[0]
    return 0.0 if row["referral"] else float(row["limit"])


def tried(store: Store, model: CreditModel, as_of: date, firms: list[str]) -> pd.DataFrame:
    """One row a firm and change: limits before and after, and whether the law is broken."""
    rows = []
    for firm in firms:
        tables, labels = facts_of(store, firm, as_of), labels_of(store, firm, as_of, 12)
        asked = latest_applications(store, as_of, [firm])
        now = automatic(replayed(tables, asked), model)
        for law, change in WITHHELD.items():
            after = automatic(replayed(change(tables), asked), model)
            rows.append((firm, law, now, after, after > now))
        more = automatic(replayed({**tables, "line": raised(tables["line"], labels, 1.2)}, asked), model)
        rows.append((firm, "receipts up 20 %", now, more, more < now))
    return pd.DataFrame(rows, columns=["firm", "law", "before", "after", "broken"])


def main() -> None:
    """Print the share broken by law, and the firms of which it is."""
    store, model, as_of = Store(Path(sys.argv[1])), load(Path(sys.argv[2])), date.fromisoformat(sys.argv[3])
    asked = latest_applications(store, as_of)
    table = decide_table(compute(store, asked), model)
    with_limit = table.loc[table["limit"] > 0, "enterprise_id"].tolist()
    found = tried(store, model, as_of, with_limit[: int(sys.argv[4]) if len(sys.argv) > 4 else 20])
    print(found.groupby("law")["broken"].agg(["sum", "size", "mean"]).to_string())
    print(found[found["broken"]].to_string(index=False))


if __name__ == "__main__":
    main()
