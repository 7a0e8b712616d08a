"""What a scenario makes of a firm's lines: pure, from lines and their labels to other lines."""

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from models.checked import Part
from models.policy_parts import Share, Text

OPERATING = "operating"


class Scenario(Part):
    """One scenario; what is not named stays as it is."""

    name: Text
    zh: Text
    en: Text
    lost_customer: bool = False
    receipts: Share = 1.0
    purchases: Share = 1.0
    later_days: Annotated[int, Field(ge=0, le=365)] = 0
    funding: Annotated[float, Field(ge=0, le=0.2)] = 0.0

    @property
    def changes_lines(self) -> bool:
        """Whether the firm's lines are other ones; else only the bank's cost of money is."""
        return self.lost_customer or self.later_days > 0 or min(self.receipts, self.purchases) < 1


class Stress(Part):
    """The scenarios, and the months before the date whose lines they change."""

    months: Annotated[int, Field(gt=0, le=36)]
    scenarios: Annotated[tuple[Scenario, ...], Field(min_length=1)]


def stressed(lines: pd.DataFrame, labels: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """The lines as they would have been; balances follow from each account's own order of lines.

    Parameters
    ----------
    lines : the firm's lines, columns of the table ``line``; ``amount`` and ``balance_after`` as whole cents
        (``Int64``), dates as timestamps.
    labels : of the lines that the scenario may touch: ``line_id``, ``nature`` and ``party``.
    """
    told = lines.merge(labels, on="line_id", how="left", validate="many_to_one")
    trade = told["nature"] == OPERATING
    receipt, purchase = trade & (told["direction"] == "in"), trade & (told["direction"] == "out")
    keep = np.ones(len(told), dtype=bool)
    if scenario.lost_customer and receipt.any():
        largest = told[receipt].groupby("party")["amount"].sum().sort_index().idxmax()
        keep = ~(receipt & (told["party"] == largest)).to_numpy(dtype=bool)
    share = np.select([receipt, purchase], [scenario.receipts, scenario.purchases], 1.0)
    amount = (told["amount"].astype("float64") * share).round().astype("Int64")
    later = pd.to_timedelta(np.where(receipt, scenario.later_days, 0), unit="D")
    moved = lines.assign(
        amount=amount.to_numpy(), booked_at=lines["booked_at"] + later, known_at=lines["known_at"] + later
    )
    return _with_balances(lines, moved[keep])


def _with_balances(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Lines in their new order, numbered anew, with what the account then held."""
    first = before.sort_values(["account_id", "booked_at", "sequence"], kind="stable").drop_duplicates("account_id")
    opened = (first["balance_after"] - _signed(first)).set_axis(first["account_id"])
    ordered = after.sort_values(["account_id", "booked_at", "sequence"], kind="stable")
    run = _signed(ordered).groupby(ordered["account_id"]).cumsum()
    balance = ordered["account_id"].map(opened).astype("Int64") + run
    number = ordered.groupby("account_id").cumcount() + 1
    return ordered.assign(balance_after=balance.where(ordered["balance_after"].notna()), sequence=number)


def _signed(lines: pd.DataFrame) -> "pd.Series[int]":
    return lines["amount"].where(lines["direction"] == "in", -lines["amount"])
