"""The features against a second implementation that shares no code: dictionaries, Python's own texts, and NumPy."""

import re
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

UNKNOWN = float("nan")
NEW_YEARS = (date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29))
HABITS = ("financing", "rent", "payroll", "insurance")
LABELS = {}  # by the rules that ship; a line says the same on each of hundreds of days
PAID_TO_LIVE = {"tax", "social_insurance", "utility", "payroll", "rent", "fee", "insurance"}


def latest(rows, key, as_of):
    """The last version of each fact known before the date."""
    known = sorted((r for r in rows if r["known_at"] < as_of), key=lambda r: r["known_at"])
    return list({tuple(r[k] for k in key): r for r in known}.values())


def offset(day, as_of):
    return (as_of.year - day.year) * 12 + as_of.month - day.month


class Seen:
    """What a bank may know of one firm before a date, as monthly flows with the latest month first."""

    def __init__(self, world, firm, as_of, rules):
        self.rules, self.as_of = rules, as_of
        self.world = {n: [r for r in t.to_pylist() if r["enterprise_id"] == firm] for n, t in world.items()}
        self.named = [r for r in self.world["enterprise"] if r["known_at"] < as_of]
        self.flows = [f for f in self._flows() if 1 <= f["offset"] <= 36] if self.named else []

    def _told(self, day):
        """The lines known before a day, each with its label by the rules for single lines."""
        name = min(self.named, key=lambda r: r["known_at"])["name"]
        owners = {r["party_id"] for r in self.world["related_party"] if r["known_at"] < day}
        accounts = {r["account_id"] for r in self.world["account"] if r["known_at"] < day}
        for line in latest(self.world["line"], ("line_id",), day):
            if line["account_id"] in accounts:
                own, owner = line["counterparty_name"] == name, line["counterparty_id"] in owners
                yield line, *self._label(line, own, owner)

    def _flows(self):
        told = list(self._told(self.as_of))
        sent_back, moved, through = going_round(told)
        days = {row["known_at"] + timedelta(days=1) for row in self.world["line"]} | {self.as_of}
        until = [list(self._told(day)) for day in sorted(days) if day <= self.as_of]
        payers = {party for known in until for party in of_no_customers(known)}
        usual = habits(until)
        passed_on = {i for line, other in through if whose(line) in payers for i in (line["line_id"], other)}
        for line, category, nature in told:
            if line["line_id"] in sent_back | passed_on and nature == "operating":
                category, nature = "other_counterparty", "wash"
            elif line["line_id"] in moved:
                category, nature = "own_account", "own_transfer"
            elif (category, nature) == ("other_counterparty", "operating"):
                nature = next((habit for habit in HABITS if (whose(line), habit) in usual), nature)
            yield self._flow(line, line["booked_at"], line["direction"], category, nature, float(line["amount"]))
        ledgers = [r for r in self.world["account"] if r["kind"] == "invoice_ledger" and r["known_at"] < self.as_of]
        for bill in latest(self.world["invoice"], ("invoice_id",), self.as_of) if ledgers else ():
            red, gross = bill["gross"] < 0, abs(float(bill["gross"]))
            way = {"in": "out", "out": "in"}[bill["direction"]] if red else bill["direction"]
            yield self._flow(bill, bill["issued_on"], way, "other", "refund" if red else "operating", gross)
        yield from self._reported()

    def _shown(self):
        """Banks and accounts of which a line was ever known, by month."""
        bank = {r["account_id"]: r["institution"] for r in self.world["account"] if r["known_at"] < self.as_of}
        lines = [r for r in self.world["line"] if r["known_at"] < self.as_of and r["account_id"] in bank]
        return {(bank[r["account_id"]], r["account_id"], r["booked_at"].replace(day=1)) for r in lines}

    def _statistics(self):
        return latest(self.world["platform_month"], ("month", "institution", "category", "direction"), self.as_of)

    def _reported(self):
        natures = {(r.category, r.direction): r.nature for r in self.rules.statistics}
        shown = {(bank, month) for bank, _, month in self._shown()}
        for row in self._statistics():
            if (row["institution"], row["month"]) not in shown:
                category, way = row["category"], row["direction"]
                told = {"counterparty_id": None}
                flow = self._flow(told, row["month"], way, category, natures[category, way], float(row["amount"]))
                yield flow | {"lines": row["count"], "reported": True}

    def _label(self, line, own, owner):
        said = (line["direction"], line["channel"], line["summary"], line["counterparty_name"], own, owner)
        if said not in LABELS:
            LABELS[said] = self._first_that_fits(line, own, owner)
        return LABELS[said]

    def _first_that_fits(self, line, own, owner):
        """Nobody in these worlds is an institution or related but for owners; no account is an owner's or a wallet."""
        for rule in self.rules.rules:
            absent = rule.institution or rule.related or rule.owner_account or rule.wallet
            texts = ((rule.channel, "channel"), (rule.summary, "summary"), (rule.counterparty, "counterparty_name"))
            fits = all(re.search(p, line[c] or "", re.IGNORECASE) for p, c in texts if p)
            fits = fits and rule.direction in ("", line["direction"]) and own >= rule.own and owner >= rule.owner
            if fits and not absent:
                return rule.category, rule.nature
        return "other_counterparty", "unknown"

    def _flow(self, row, day, way, category, nature, amount):
        earned = {("in", "operating"): amount, ("out", "refund"): -amount}.get((way, nature), 0.0)
        kept = round(amount * (1 - self.rules.cash_haircut), 2)
        income = kept if earned > 0 and category == "cash" else earned
        party = row["counterparty_id"] or row.get("counterparty_name")
        return {"day": day, "offset": offset(day, self.as_of), "way": way, "category": category, "nature": nature,
                "amount": amount, "income": income, "party": party, "lines": 1,
                "account": row.get("account_id"), "reported": False}  # fmt: skip

    def months(self, value, window):
        """A value summed by month over the known months of the window, the latest first."""
        known = max((f["offset"] for f in self.flows), default=0)
        return np.array(
            [sum(value(f) for f in self.flows if f["offset"] == k) for k in range(1, min(known, window) + 1)]
        )

    def due(self, value, window):
        rows = []
        for table, key, kind in (("utility_bill", ("bill_id",), ""), ("tax_filing", ("filing_id",), "tax"),
                                 ("social_insurance", ("month",), "social_insurance")):  # fmt: skip
            for row in latest(self.world[table], key, self.as_of):
                kind_of = kind or row["kind"]
                rows.append((offset(row["due_on"], self.as_of), value(kind_of, row)))
        rows = [(k, v) for k, v in rows if 1 <= k <= 36]
        known = max((k for k, _ in rows), default=0)
        return np.array([sum(v for k, v in rows if k == m) for m in range(1, min(known, window) + 1)])


def whose(line):
    return line["counterparty_id"] or line["counterparty_name"]


def going_round(told):
    """Lines sent back to their payer, lines moved between accounts, and which line went on as which other."""
    trade = [r for r, *label in told if label == ["other_counterparty", "operating"] and r["amount"] >= 2000]
    owners = [r for r, _, nature in told if nature == "owner" and r["direction"] == "out"]
    sent_back, moved, through = set(), set(), []
    for got in (r for r in trade if r["direction"] == "in"):
        for gave in (r for r in trade if r["direction"] == "out"):
            days = abs((gave["booked_at"] - got["booked_at"]).days)
            if days > 3 or 200 * abs(gave["amount"] - got["amount"]) > got["amount"]:
                continue
            both = [got["line_id"], gave["line_id"]]
            if whose(got) and whose(gave):
                through.append((got, gave["line_id"]))
                sent_back.update(both if whose(got) == whose(gave) else [])
            elif not whose(got) and not whose(gave) and days <= 1 and got["account_id"] != gave["account_id"]:
                moved.update(both)
        for gave in owners if whose(got) else ():
            days = (gave["booked_at"] - got["booked_at"]).days
            if 0 <= days <= 20 and 98 * got["amount"] <= 100 * gave["amount"] <= 100 * got["amount"]:
                through.append((got, gave["line_id"]))
    return sent_back, moved, through


def of_no_customers(told):
    """Payers of whom at least two payments, and half of all, went on."""
    gone = {(whose(line), line["line_id"]) for line, _ in going_round(told)[2]}
    got = [
        whose(r)
        for r, *label in told
        if label == ["other_counterparty", "operating"] and r["amount"] >= 2000 and r["direction"] == "in"
    ]
    matched = [party for party, _ in gone]
    return {p for p in matched if matched.count(p) >= 2 and 2 * matched.count(p) >= got.count(p)}


def habits(until):
    """What at least two lines of a party, and half of all that were known on some day, say."""
    said, lines, found = {}, {}, set()
    for known in until:
        for line, _, nature in known:
            if party := whose(line):
                lines.setdefault(party, set()).add(line["line_id"])
                said.setdefault((party, nature), set()).add(line["line_id"])
        found |= {key for key, some in said.items() if len(some) >= 2 and 2 * len(some) >= len(lines[key[0]])}
    return found


def amount(way, nature=None, category=None):
    def value(flow):
        fits = flow["way"] == way and nature in (None, flow["nature"]) and category in (None, flow["category"])
        return flow["amount"] if fits else 0.0

    return value


def net(flow):
    if flow["nature"] in ("operating", "refund"):
        return flow["amount"] if flow["way"] == "in" else -flow["amount"]
    return -flow["amount"] if flow["way"] == "out" and flow["nature"] in PAID_TO_LIVE else 0.0


def restart(seen):
    """Days from the latest festival of these years whose weeks are over to the first line that pays a supplier."""
    first = max(day for day in NEW_YEARS if offset(day, seen.as_of) >= 2)
    around = [f for f in seen.flows if f["offset"] - offset(first, seen.as_of) in (0, -1)]
    paying = [f["day"] for f in around if (f["nature"], f["way"], f["reported"]) == ("operating", "out", False)]
    days = [day for day in ((day - first).days for day in paying) if 0 <= day < 28]
    return float(min([28, *days])) if any(f["account"] for f in around) else UNKNOWN


def income(flow):
    return flow["income"]


def paid(kind, row):
    owed = float(row.get("amount" if kind in ("electricity", "water", "gas") else "amount_due") or 0)
    return owed if row["paid_on"] else 0.0


def late(_, row):
    return float(bool(row["paid_on"] and row["paid_on"] > row["due_on"]))


def total(v):
    return v.sum() if len(v) else UNKNOWN


def mean(v):
    return v.mean() if len(v) else UNKNOWN


def cv(v):
    return v.std(ddof=1) / v.mean() if len(v) >= 3 and v.mean() > 0 else UNKNOWN


def slope(v):
    return np.polyfit(range(len(v)), v[::-1], 1)[0] / abs(v.mean()) if len(v) >= 4 and v.mean() else UNKNOWN


def upper_middle(values):
    return sorted(values)[len(values) // 2] if len(values) else UNKNOWN


def quantile(v):
    return np.quantile(v, 0.2, method="lower") if len(v) >= 3 else UNKNOWN


def cautious(v):
    return v.mean() - 0.8416 * v.std(ddof=1) / np.sqrt(len(v)) if len(v) >= 3 else UNKNOWN


def count(condition):
    return lambda v: float(condition(v).sum()) if len(v) else UNKNOWN


def over(top, bottom):
    return top / bottom if bottom else UNKNOWN


def positive(top, bottom):
    return top / bottom if bottom > 0 else UNKNOWN


def spring(v, month):
    """The last January and February against the pair before; as of March they are months 2 and 1."""
    february = (month - 3) % 12 + 1
    now, then = v[february - 1 : february + 1], v[february + 11 : february + 13]
    return over(now.sum(), then.sum()) - 1 if len(then) == 2 else UNKNOWN


def active(seen, way, window):
    """Parties with trade above nothing in each month since the first in which some party traded."""
    monthly = [len(parties(seen, way, [k])) for k in range(1, 37)]
    either = [k for k in range(1, 37) if parties(seen, "in", [k]) or parties(seen, "out", [k])]
    return np.array(monthly[: min(max(either, default=0), window)], float)


def parties(seen, way, window):
    """Net trade by party over the months ``window``, refunds off the side they belong to, never below zero."""
    totals = {}
    for f in seen.flows:
        side = f["way"] if f["nature"] == "operating" else {"in": "out", "out": "in"}[f["way"]]
        if f["party"] and f["nature"] in ("operating", "refund") and side == way and f["offset"] in window:
            sign = 1 if f["nature"] == "operating" else -1
            totals[f["party"]] = totals.get(f["party"], 0.0) + sign * f["amount"]
    return {p: t for p, t in totals.items() if t > 0.004}


def concentration(seen, way, side):
    year = sorted(parties(seen, way, range(1, 13)).values(), reverse=True)
    half, before = parties(seen, way, range(1, 7)), parties(seen, way, range(7, 13))
    whole = sum(year)
    yield f"top1_share_{side}_12m", over(sum(year[:1]), whole)
    yield f"top5_share_{side}_12m", over(sum(year[:5]), whole)
    yield f"hhi_{side}_12m", over(sum(t * t for t in year), whole * whole)
    yield f"lost_share_{side}_6m", over(sum(t for p, t in before.items() if p not in half), sum(before.values()))
    stayed = over(sum(t for p, t in half.items() if p in before), sum(half.values()))
    yield f"retained_share_{side}_6m", stayed if before else UNKNOWN


def one_ended(seen, way):
    """Own transfers of a direction that no line of another account and no statistics of the other direction answer."""
    other = {"in": "out", "out": "in"}[way]
    own = [f for f in seen.flows if f["nature"] == "own_transfer" and f["offset"] <= 12]
    lines = [f for f in own if not f["reported"]]
    ends = {w: [f for f in lines if f["way"] == w] for w in (way, other)}
    held = {}

    def answered(flow, tried):
        """One augmenting path of a bipartite matching."""
        for number, end in enumerate(ends[other]):
            same = (flow["offset"], flow["amount"]) == (end["offset"], end["amount"])
            if same and flow["account"] != end["account"] and number not in tried:
                tried.add(number)
                if number not in held or answered(held[number], tried):
                    held[number] = flow
                    return True
        return False

    matched = sum(flow["amount"] for flow in ends[way] if answered(flow, set()))
    left = sum(flow["amount"] for flow in ends[way]) - matched
    return max(left - sum(f["amount"] for f in own if f["reported"] and f["way"] == other), 0.0)


def unseen(seen, transfers):
    """Open accounts without a line or their bank's statistics in three years; one at least when money went to one."""
    recent = [(b, a) for b, a, month in seen._shown() if 1 <= offset(month, seen.as_of) <= 36] if seen.named else []
    told = {r["institution"] for r in seen._statistics() if 1 <= offset(r["month"], seen.as_of) <= 36}
    known = latest(seen.world["account"], ("account_id",), seen.as_of)
    known = [r for r in known if r["kind"] != "invoice_ledger" and not (r["closed_on"] and r["closed_on"] < seen.as_of)]
    hidden = [r for r in known if r["account_id"] not in {a for _, a in recent}]
    hidden = [r for r in hidden if not (seen.named and r["institution"] in told)]
    return float(max(len(hidden), transfers > 0))


def gap(seen):
    """Lines against statistics of the one bank that both tell of, month by month and direction by direction."""
    months = {month for bank, _, month in seen._shown() if bank == "bank"}
    told = [r for r in seen._statistics() if r["institution"] == "bank" and r["month"] in months] if seen.named else []
    off = whole = 0.0
    for k in {offset(r["month"], seen.as_of) for r in told} & set(range(1, 13)):
        for way in ("in", "out"):
            reported = sum(
                float(r["amount"]) for r in told if (offset(r["month"], seen.as_of), r["direction"]) == (k, way)
            )
            mine = [f for f in seen.flows if f["offset"] == k and f["way"] == way and not f["reported"]]
            lines = sum(f["amount"] for f in mine if f["category"] != "other")
            off, whole = off + abs(lines - reported), whole + max(lines, reported)
    return over(off, whole)


def missed(paid, told):
    return over(max(paid - told, 0.0), paid)


def coverage(seen):
    """Evidence of accounts that were not shown."""
    came, gone = one_ended(seen, "in"), one_ended(seen, "out")
    gross = sum(seen.months(amount("in"), 12)) + sum(seen.months(amount("out"), 12))
    share = over(min(came + gone, gross), gross)
    year = len(seen.months(income, 36)) >= 12
    public = sum(seen.months(lambda f: sum(amount("out", n)(f) for n in ("tax", "social_insurance", "utility")), 12))
    dues = seen.due(paid, 36)
    dues = missed(sum(dues[1:12]), public) if year and len(dues) >= 12 else UNKNOWN
    done = [r for r in latest(seen.world["instalment"], ("loan_id", "number"), seen.as_of) if r["paid_on"]]
    done = [r for r in done if 2 <= offset(r["paid_on"], seen.as_of) <= 12]
    owed = sum(float(r["principal_due"] + r["interest_due"]) for r in done)
    service = missed(owed, sum(seen.months(amount("out", "financing"), 12))) if year else UNKNOWN
    vat, sales = (
        seen.due(lambda k, r: float(r.get("base") or 0) if k == "tax" else 0, 36),
        seen.months(amount("in", "operating"), 36),
    )
    declared = over(sum(vat[:12]), sum(sales[1:13])) if len(vat) >= 12 and len(sales) >= 13 else UNKNOWN
    parts = [1 - share, 1 - dues, 1 - service, 1 / max(declared, 1.0) if declared == declared else UNKNOWN]
    yield from {
        "unseen_transfer_in": came, "unseen_transfer_out": gone, "unseen_transfer_share_12m": share,
        "unseen_accounts": unseen(seen, came + gone), "dues_unseen_share_12m": dues,
        "instalments_unseen_share_12m": service, "declared_to_inflow_12m": declared,
        "statistics_gap_share": gap(seen),
        "coverage_score_12m": min(p for p in parts if p == p) if share == share else UNKNOWN,
    }.items()  # fmt: skip


def reference(seen):
    """Features by name, computed the long way."""
    year, half, quarter = (seen.months(income, w) for w in (12, 6, 3))
    flow, long = seen.months(net, 12), seen.months(income, 36)
    inflow, outflow = seen.months(amount("in"), 12), seen.months(amount("out"), 12)
    tax, utility = seen.months(amount("out", "tax"), 12), seen.months(amount("out", "utility"), 12)
    yield from {
        "income_mean_3m": mean(quarter), "income_mean_6m": mean(half), "income_mean_12m": mean(year),
        "income_sum_12m": total(year),
        "income_cv_12m": cv(year), "income_cv_6m": cv(half), "income_slope_12m": slope(year),
        "income_slope_6m": slope(half), "income_q20_12m": quantile(year),
        "net_operating_mean_12m": mean(flow), "net_operating_q20_12m": quantile(flow),
        "net_operating_cautious_12m": cautious(flow), "net_operating_slope_12m": slope(flow),
        "net_operating_deficit_months_12m": count(lambda v: v < 0)(flow),
        "inflow_total_mean_12m": mean(inflow), "inflow_total_cv_12m": cv(inflow),
        "outflow_total_mean_12m": mean(outflow), "outflow_total_cv_12m": cv(outflow),
        "inflow_cash_mean_12m": mean(seen.months(amount("in", "operating", "cash"), 12)),
        "lines_inflow_mean_12m": mean(seen.months(lambda f: f["lines"] * (f["way"] == "in"), 12)),
        "outflow_financing_median_6m": upper_middle(seen.months(amount("out", "financing"), 6)),
        "outflow_financing_mean_6m": mean(seen.months(amount("out", "financing"), 6)),
        "outflow_tax_sum_12m": total(tax),
        "income_gap_months_12m": count(lambda v: v <= 0)(year),
        "outflow_utility_gap_months_12m": count(lambda v: v <= 0)(utility),
        "margin_12m": over(mean(flow), mean(year)), "tax_to_income_12m": over(mean(tax), mean(year)),
        "dues_late_sum_12m": total(seen.due(late, 12)),
        "dues_paid_sum_12m": total(seen.due(paid, 12)),
        "electricity_mean_12m": mean(seen.due(lambda k, r: float(r["usage"]) if k == "electricity" else 0.0, 12)),
        "headcount_mean_6m": mean(seen.due(lambda k, r: r["headcount"] if k == "social_insurance" else 0, 6)),
        "months_observed": float(len(long)),
        "owner_flows_to_flows_total_12m": positive(
            total(seen.months(lambda f: f["amount"] * (f["nature"] == "owner"), 12)),
            total(seen.months(lambda f: f["amount"], 12))),
        "festival_restart_days": restart(seen),
        "income_last3_to_12m": over(mean(quarter), mean(year)),
        "income_yoy_12m": over(year.sum(), long[12:24].sum()) - 1 if len(long) >= 24 else UNKNOWN,
        "income_down_months_12m": float((long[:12] < long[12:24]).sum()) if len(long) >= 24 else UNKNOWN,
        "income_silent_months_12m": next((float(k) for k, v in enumerate(year) if v > 0), float(len(year)) or UNKNOWN),
        "income_last3_to_peak_24m": positive(mean(quarter), max(long[:24], default=0)) if len(long) >= 6 else UNKNOWN,
        "income_peak_share_24m": positive(max(long[:24], default=0), long[:24].sum()),
        "outflow_tax_to_income_3m": positive(tax[:3].sum(), quarter.sum()),
        "income_spring_yoy_24m": spring(long, seen.as_of.month),
        "customers_mean_12m": mean(active(seen, "in", 12)), "suppliers_mean_12m": mean(active(seen, "out", 12)),
    }.items()  # fmt: skip
    yield from concentration(seen, "in", "inflow")
    yield from concentration(seen, "out", "outflow")
    yield from coverage(seen)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_two_implementations_agree(seed, random_world, features_of, rules):
    world = random_world(seed, "abcdef")
    days = [date(2023, 1, 1) + timedelta(days=d) for d in (45, 200, 400, 640, 900, 1100)]
    population = pd.DataFrame([{"enterprise_id": f, "as_of": d} for f in "abcdef" for d in days])
    found = features_of(world, population)
    wanted = pd.DataFrame([dict(reference(Seen(world, f, d, rules))) for f in "abcdef" for d in days])
    assert len(wanted.columns) >= 40
    assert wanted.notna().sum().min() >= 5
    pd.testing.assert_frame_equal(found[list(wanted)].astype(float), wanted.astype(float), rtol=1e-9, atol=1e-9)
