"""What a firm takes out of its account at a payment platform and what the platform pays out to its bank are one.

Where both accounts are shown, the sales stand in the platform's ledger, and a payout at the bank that a withdrawal
answers is no second sale.
"""

import ibis
import ibis.expr.types as ir

from features.evidence.alike import alike, sized
from features.evidence.findings import found
from features.evidence.rules import FlowRules


def withdrawn(labels: ir.Table, rules: FlowRules) -> ir.Table:
    """Findings on payouts of platforms that are a withdrawal of the last days, less a fee at most.

    ``labels`` are label versions by the rules for single lines. Withdrawals are what a rule for a ``wallet`` says.
    """
    lines = sized(labels)
    of_wallets = lines.rule.isin([rule.id for rule in rules.rules if rule.wallet])
    taken = lines.filter(of_wallets & (lines.direction == "out") & (lines.nature == "own_transfer"))
    payout = (lines.category == "third_party_payment") & (lines.nature == "operating") & (lines.direction == "in")
    paid = lines.filter(payout).semi_join(taken, "enterprise_id")
    pairs = alike(paid, taken, rules.circular.days, rules.circular.kept)
    pairs = pairs.filter((pairs.out_day <= pairs.day) & (pairs.out_cents >= pairs.cents))
    pairs = pairs.filter(pairs.account_id != pairs.out_account_id)
    since = ibis.greatest(pairs.known_from, pairs.out_known_from)
    return found(pairs.mutate(since=since, until=ibis.least(pairs.known_until, pairs.out_known_until)), "withdrawn")
