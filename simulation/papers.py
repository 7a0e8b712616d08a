"""Papers that a sham leaves beside its money: invoices, each told on its day, and acceptances."""

from dataclasses import dataclass, field

import numpy as np

from simulation.ledger import rows, stacked, taken

INVOICE = np.dtype(
    [("day", "i4"), ("firm", "i4"), ("other", "i4"), ("sale", "?"), ("gross", "i8"), ("rate", "f8")],
)


@dataclass
class Papers:
    """Invoices that wait for their day, and the acceptances of the running month."""

    invoices: list[np.ndarray] = field(default_factory=list)
    bills: list[np.ndarray] = field(default_factory=list)

    def invoice(
        self,
        day: np.ndarray,
        firm: np.ndarray,
        other: np.ndarray,
        sale: bool,
        gross: np.ndarray,
        rate: np.ndarray,
    ) -> None:
        """Write invoices in cents, as ``firm`` holds them: negative ones are red letters; nothing is no invoice."""
        made = rows(INVOICE, len(day), day=day, firm=firm, other=other, sale=sale, gross=gross, rate=rate)
        self.invoices.append(taken(made, made["gross"] != 0))

    def issued(self, last: int, alive: np.ndarray) -> np.ndarray:
        """Hand out the invoices of firms that live whose day is ``last`` at the latest; later ones keep waiting."""
        pool = stacked(INVOICE, self.invoices)
        now = pool["day"] <= last
        self.invoices = [taken(pool, ~now)]
        return taken(pool, now & alive[pool["firm"]])

    def taken_in(self) -> list[np.ndarray]:
        """Hand out the month's acceptances."""
        bills, self.bills = self.bills, []
        return bills
