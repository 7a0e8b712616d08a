"""Money is never added across currencies: accounts in another currency than the firm's first are left out."""

import ibis
import ibis.expr.types as ir


def with_foreign(accounts: ir.Table, by: str) -> ir.Table:
    """Add ``foreign``: whether the currency differs from that of the first account known within ``by``."""
    first = ibis.window(group_by=by, order_by=["known_at", "account_id"])
    return accounts.mutate(foreign=accounts.currency != accounts.currency.first().over(first))


def domestic(lines: ir.Table, account: ir.Table) -> ir.Table:
    """Line versions of accounts in the firm's currency; a line is not known before its account is."""
    opened = account.group_by("enterprise_id", "account_id").agg(
        currency=account.currency.argmin(account.known_at), known_at=account.known_at.min()
    )
    ours = with_foreign(opened, "enterprise_id").filter(lambda t: ~t.foreign)
    joined = lines.join(ours.select("account_id", account_known="known_at"), "account_id")
    joined = joined.mutate(known_from=ibis.greatest(joined.known_from, joined.account_known)).drop("account_known")
    return joined.filter(joined.known_until.isnull() | (joined.known_until > joined.known_from))


def yuan(cents: ir.NumericValue) -> ir.Value:
    """Cents as an amount; engines agree on halves of whole numbers, not on those of decimal fractions."""
    return (cents.cast("float64").round(0) / 100).round(2).cast("decimal(18,2)")
