"""Our decisions against a careful bank's practice, on simulated stores: ``... lending STORE...``.

Every application of the last periods whose loans can be judged is decided on by a model of what was known when the
period began, of other firms. The bank (``careful_bank``) has the same gates, ranks by the scorecard of those of the
rows whose window had passed and lends by its formula. Each side lends in its own order of risk until the same volume is
reached, never more than was asked for; then both lend what was asked for, and both by the bank's formula, so that ranks
alone differ. Outcomes are known of the applications that the simulated bank lent to, a few of them by lot; what is lost
of a yuan is what the truth and the books tell of the loan that was really made. What came is
one draw of luck with few defaults in it, so the same loans, and all applicants, are judged again by the share of
futures in which each defaults (``benchmarks.rejected``: everybody admitted, other luck from the next month on), where a
default loses what defaults lost on average. Several stores are told one by one, then together: each is lent to for
itself, and volumes, losses and defaults are added.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta

from benchmarks.careful_bank import READS, limit
from benchmarks.rejected import fit, if_all_were_admitted
from features.engine import connect
from models.decide import decide_table
from models.outcome import outcome
from pipelines.features import compute
from pipelines.modelling.credit_limit import with_capacity
from pipelines.modelling.recipe import last_known
from pipelines.modelling.recipes import RECIPES
from pipelines.modelling.refused import applications
from pipelines.store import Store

PERIODS = (date(2023, 1, 1), date(2023, 7, 1), date(2024, 1, 1), date(2024, 7, 1))
FOLDS, RESAMPLES, FUTURES, SEED = 5, 1_000, 24, 0
ADMITTED = 0.42  # of the firms queried, in the case of Shandong


def equal_volume(rows: pd.DataFrame, share: float = 1.0) -> pd.Series:
    """Volume at which both sides are compared, what each loses of it, and how many of its loans default.

    Parameters
    ----------
    rows : ``ours`` and ``bank`` (yuan that each would lend), ``pd``, ``bank_pd`` (what each ranks by), ``lost`` (share
        of a yuan lent that is lost), ``world`` (each is a book of its own).
    share : of all that the smaller side would lend.
    """
    told = pd.DataFrame([_book(book, share) for _, book in rows.groupby("world")]).sum()
    told["less"] = 1 - told["ours"] / told["bank"] if told["bank"] else np.nan
    return told


def _book(rows: pd.DataFrame, share: float) -> dict[str, float]:
    volume = share * min(rows["ours"].sum(), rows["bank"].sum())
    (ours, our_bad), (bank, bank_bad) = (_lost(rows, *side, volume) for side in (("ours", "pd"), ("bank", "bank_pd")))
    return {"volume": volume, "ours": ours, "bank": bank, "our_bad": our_bad, "bank_bad": bank_bad}


def _lost(rows: pd.DataFrame, side: str, rank: str, volume: float) -> tuple[float, float]:
    """Yuan lost, and loans in default, when the least risky are lent to first, the last of them only in part."""
    order = rows.sort_values([rank, "application_id"])
    before = order[side].cumsum() - order[side]
    lent = np.clip(volume - before, 0.0, order[side])
    return float((lent * order["lost"]).sum()), float(order["bad"].where(lent > 0, 0.0).sum())


def bootstrap(rows: pd.DataFrame, share: float = 1.0, resamples: int = RESAMPLES) -> pd.DataFrame:
    """2.5 %, 50 % and 97.5 % quantiles of ``equal_volume`` over firms drawn with replacement."""
    rng, firms = np.random.default_rng(SEED), rows.groupby("enterprise_id").indices
    places = list(firms.values())
    drawn = [
        equal_volume(rows.iloc[np.concatenate([places[i] for i in rng.integers(0, len(places), len(places))])], share)
        for _ in range(resamples)
    ]
    return pd.DataFrame(drawn).quantile([0.025, 0.5, 0.975])


def shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Share of all applications by answer, and the share of those with an outcome that defaulted, with its interval."""
    rows = rows.assign(
        answer=np.select([rows["referral"], rows["admitted"]], ["referred", "approved"], "declined"), all="all"
    )
    found = pd.concat([_shares(rows, by) for by in ("answer", "past", "all")])
    return found.round(4)


def _shares(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    told = rows.groupby(by)["bad"].agg(["size", "count", "sum"])
    n, bad = told["count"], told["sum"]
    low, high = beta.ppf(0.025, bad + 0.5, n - bad + 0.5), beta.ppf(0.975, bad + 0.5, n - bad + 0.5)
    told = told.assign(share=told["size"] / len(rows), bad=bad / n, low=low, high=high)
    return told[["share", "size", "count", "bad", "low", "high"]]


def decided(matrix: pd.DataFrame, asked: pd.DataFrame, learned: dict[date, pd.DataFrame]) -> pd.DataFrame:
    """One row an application of the periods, decided by models of earlier outcomes of other firms.

    Parameters
    ----------
    matrix : features of every application.
    asked : the applications beside it, ``application_id, enterprise_id, as_of, requested_amount``.
    learned : by the first day of a period, the applications of whose outcome something was known before it, as a recipe
        learns from them.
    """
    return pd.concat(list(_decided(matrix, asked, learned)), ignore_index=True)


def _decided(matrix: pd.DataFrame, asked: pd.DataFrame, learned: dict[date, pd.DataFrame]) -> Iterator[pd.DataFrame]:
    day, fold = pd.to_datetime(asked["as_of"]), _folds(asked["enterprise_id"])
    place = pd.Series(np.arange(len(asked)), index=asked["application_id"])
    for start, end in pairwise(PERIODS):
        inside = (day >= pd.Timestamp(start)) & (day < pd.Timestamp(end))
        for k in range(FOLDS):
            known = learned[start].loc[_folds(learned[start]["enterprise_id"]) != k].reset_index(drop=True)
            lent = matrix.iloc[place[known["application_id"]]].reset_index(drop=True)
            whole = (known["shown"] == 1).to_numpy()
            model = with_capacity(fit(lent, known), lent[whole], known[whole])
            rows = np.flatnonzero((inside & (fold == k)).to_numpy())
            yield _answers(matrix.iloc[rows].reset_index(drop=True), asked.iloc[rows].reset_index(drop=True), model)


def _folds(firms: pd.Series) -> pd.Series:
    """A fifth of the firms each, the same firm always in the same."""
    return pd.Series(pd.util.hash_array(firms.to_numpy(dtype=object)) % FOLDS, index=firms.index)


def _answers(matrix: pd.DataFrame, asked: pd.DataFrame, model: Any) -> pd.DataFrame:
    table = decide_table(matrix, model)
    failed = outcome(model.matrix(matrix), model).failed
    gates = [k for k, rule in enumerate(model.policy.admission) if rule.feature != "pd"]
    given = limit({name: matrix[name].to_numpy(dtype=float) for name in READS})
    ours = np.maximum(matrix["exposure_ours"] - matrix["exposure_due"], 0.0)
    bank = np.minimum(np.maximum(given - ours, 0.0), asked["requested_amount"]).where(
        ~failed[:, gates].any(axis=1), 0.0
    )
    return asked.assign(
        ours=np.where(table["admitted"], table["limit"], 0.0),
        bank=np.where(bank >= model.policy.product.minimum, bank, 0.0),
        bank_pd=model.scorecard_probability(matrix),
        **{name: table[name].to_numpy() for name in ("pd", "admitted", "referral", "binding_leg")},
    )


def lost_shares(store: Any) -> pd.DataFrame:
    """``application_id, lost`` of every loan: what was neither paid nor recovered of those in default by the truth."""
    facts = store.facts(connect())
    loans = facts["loan"].to_pandas().groupby("loan_id")[["application_id", "principal"]].first()
    paid = facts["instalment"].to_pandas().sort_values("known_at", kind="stable")
    paid = paid.groupby(["loan_id", "number"]).tail(1).set_index("loan_id")["paid"].astype(float)
    back = facts["recovery"].to_pandas().set_index("loan_id")
    back = back["amount"].astype(float) - back["cost"].astype(float)
    got = pd.concat([paid, back]).groupby(level=0).sum().reindex(loans.index).fillna(0.0)
    truth = pd.read_parquet(store.root / "truth" / "loan.parquet").set_index("loan_id")["defaulted_on"]
    bad = truth.notna().reindex(loans.index)
    lost = (1 - got / loans["principal"].astype(float)).clip(0.0, 1.0)
    return (
        loans.assign(lost=lost.where(bad, 0.0))[["application_id", "lost"]]
        .groupby("application_id", as_index=False)
        .max()
    )


def as_if_admitted(rows: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """The rows with the odds that each would have had; a default loses the mean of its world's defaults of the past.

    Parameters
    ----------
    rows : with ``bad`` and ``lost`` of the loans that were made.
    told : ``application_id, bad`` of all who would have been admitted, the share of futures with a default.
    """
    mean = rows["lost"].where(rows["bad"] == 1).groupby(rows["world"]).transform("mean")
    lived = rows.assign(lost=mean).drop(columns="bad").merge(told, "left", "application_id")
    return lived.assign(lost=lived["lost"] * lived["bad"])


def report(rows: pd.DataFrame, told: pd.DataFrame) -> str:
    """Tables of shares and bad rates, and the losses at equal volume: of loans made, and of all who asked."""
    legs = rows["binding_leg"].value_counts(normalize=True).round(3).to_string()
    made, lived = rows["bad"].notna(), as_if_admitted(rows, told)
    parts = [
        *_tables("lent to by the past, as it came", rows),
        *_tables(f"the same, mean of {FUTURES} futures", lived.assign(bad=lived["bad"].where(made))),
        *_tables(f"everybody, mean of {FUTURES} futures", lived),
    ]
    return "\n\n".join(["simulated data", legs, *parts])


def _tables(whom: str, rows: pd.DataFrame) -> list[str]:
    judged = rows[rows["bad"].notna()]
    parts = [f"judged: {whom}, {len(judged)}, bad {judged['bad'].mean():.4f}", shares(rows).to_string()]
    chosen = judged.assign(**{s: judged["requested_amount"].where(judged[s] > 0, 0.0) for s in ("ours", "bank")})
    ranked = judged[judged["bank"] > 0].assign(ours=judged["requested_amount"], bank=judged["requested_amount"])
    scored = judged.assign(ours=judged["bank"])
    for title, some, share in (
        ("each lends its limit", judged, 1.0),
        ("each lends what was asked for", chosen, 1.0),
        (f"the gates and the ranks alone, {ADMITTED:.0%} of all that was asked for", ranked, ADMITTED),
        (f"the bank's limits in the order of each, {ADMITTED:.0%} of them", scored, ADMITTED),
    ):
        parts += [
            f"{title}: {equal_volume(some, share).round(3).to_dict()}",
            bootstrap(some, share).round(3).to_string(),
        ]
    return parts


def judged(store: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The decided applications of a store with what came of loans made, and what would have come of all."""
    way = RECIPES["credit-limit"]
    asked = applications(store).rename(columns={"answer": "past"})
    learned = {start: way.learned(store, start) for start in PERIODS[:-1]}
    rows = decided(compute(store, asked), asked, learned)
    outcome = way.rows(store, last_known(store))[["application_id", "default"]].rename(columns={"default": "bad"})
    rows = rows.merge(outcome, "left", "application_id").merge(lost_shares(store), "left", "application_id")
    record = json.loads((store.root / "truth" / "world.json").read_text(encoding="utf-8"))
    told = if_all_were_admitted(record, PERIODS[0], PERIODS[-1], FUTURES)
    return rows.assign(bad=rows["bad"].astype(float), world=0), told


def pooled(worlds: Sequence[tuple[pd.DataFrame, pd.DataFrame]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Several worlds in one table: firms and applications of one are none of another."""
    apart = [
        (_numbered(rows, k).assign(world=k), _numbered(told[["application_id", "bad"]], k))
        for k, (rows, told) in enumerate(worlds)
    ]
    rows, told = (pd.concat(tables, ignore_index=True) for tables in zip(*apart, strict=True))
    return rows, told


def _numbered(table: pd.DataFrame, world: int) -> pd.DataFrame:
    ids = [name for name in ("application_id", "enterprise_id") if name in table]
    return table.assign(**{name: f"{world}." + table[name] for name in ids})


def main() -> None:
    """Print the tables of each store, and of several together."""
    worlds = [judged(Store(Path(place))) for place in sys.argv[1:]]
    books = [*worlds, pooled(worlds)] if len(worlds) > 1 else worlds
    print("\n\n\n".join(report(*book) for book in books))


if __name__ == "__main__":
    main()
