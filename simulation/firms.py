"""The firms: trade, size, age, owner, accounts and the traits that nobody outside can see."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulation.calendar import number_of
from simulation.dialects import HELD_OUT_DIALECTS
from simulation.industries import INDUSTRIES, column
from simulation.kinds import FIRST_DIALECTS
from simulation.parameters import Parameters
from simulation.randomness import stream

SLOTS = 3
MAIN, SECOND, OWNER = range(SLOTS)
SHOWN, PLATFORM, HIDDEN = range(3)
REGIONS = ("370100", "370200", "370300", "370600", "370700", "371300", "410100", "320500", "330100", "440300")
# Each region has rural banks with a core system of their own: the dialect of the main account follows from the region.
CORE_SYSTEMS = (0, 1, 3, 2, 0, 4, 1, 5, 2, 0)


@dataclass
class Firms:
    """One array a trait, all of length ``n``; money in yuan, shares as fractions."""

    n: int
    industry: np.ndarray
    sole: np.ndarray
    region: np.ndarray
    founded: np.ndarray
    sales: np.ndarray
    quality: np.ndarray
    exposure: np.ndarray
    fragility: np.ndarray
    unsteady: np.ndarray
    edge: np.ndarray
    growth: np.ndarray
    buffer_days: np.ndarray
    owner_wealth: np.ndarray
    generous: np.ndarray
    mixing: np.ndarray
    honesty: np.ndarray
    retail: np.ndarray
    small_taxpayer: np.ndarray
    headcount: np.ndarray
    wage: np.ndarray
    rent_every: np.ndarray
    payroll_day: np.ndarray
    bank_first: np.ndarray
    has_second: np.ndarray
    visibility: np.ndarray
    dialect: np.ndarray

    def trade(self, name: str) -> np.ndarray:
        """An attribute of each firm's industry."""
        return np.asarray(column(name)[self.industry])

    def among(self, codes: tuple[str, ...]) -> np.ndarray:
        """Tell which firms are of the given industries."""
        return np.asarray(np.array([industry.code in codes for industry in INDUSTRIES])[self.industry])


def make_firms(n: int, seed: int, parameters: Parameters, first_day: int, last_day: int) -> Firms:
    """Draw ``n`` firms.

    Parameters
    ----------
    first_day, last_day
        Day numbers of the first and the last day shown; a few firms are founded between them.
    """
    rng = stream(seed, "firms")
    quality = rng.normal(0, 1, n)
    weight = column("weight")
    industry = rng.choice(len(INDUSTRIES), n, p=weight / weight.sum())
    sole = rng.random(n) < parameters.sole_proprietor_share * (0.3 + column("platform")[industry] * 2)
    sales = _sales(rng, industry, sole, parameters)
    age_days = np.clip(rng.gamma(1.6, 1500, n), 210, 9000).astype(np.int64)
    entrant = rng.random(n) < parameters.entrant_share
    age_days = np.where(entrant, -rng.integers(1, last_day - first_day, n), age_days)
    wages = column("wages")[industry] * sales
    wage = rng.lognormal(np.log(5200), 0.22, n)
    retail = column("platform")[industry] > 0.3
    exposure = _exposure(industry, age_days, sole, parameters)
    region = rng.integers(0, len(REGIONS), n)
    return Firms(
        n=n,
        industry=industry,
        sole=sole,
        region=region,
        founded=first_day - age_days,
        sales=sales,
        quality=quality,
        exposure=exposure,
        fragility=_fragility(rng, quality, exposure),
        unsteady=np.exp(-0.25 * quality) * rng.lognormal(-0.1, 0.45, n),
        edge=parameters.edge_of_quality * quality + rng.normal(0, parameters.margin_edge_spread, n),
        growth=rng.normal(0.003, 0.008, n),
        buffer_days=parameters.buffer_days_median
        * np.exp(0.35 * quality)
        * rng.lognormal(0, parameters.buffer_days_spread, n),
        owner_wealth=sales * parameters.owner_wealth_months * rng.lognormal(-0.3, 1.0, n),
        generous=rng.beta(3, 1.5, n),
        mixing=rng.beta(1.2, 6, n) * np.where(sole, 2.0, 1.0) * 0.5,
        honesty=rng.beta(8, 1.5, n),
        retail=retail,
        small_taxpayer=sole | (sales * 12 < 4.0e6),
        headcount=np.maximum(1, np.rint(wages / (wage * 1.15))).astype(np.int64),
        wage=wage,
        rent_every=rng.choice([1, 3, 6], n, p=[0.35, 0.45, 0.20]),
        payroll_day=rng.choice([5, 10, 15, 20, 28], n),
        bank_first=rng.random(n) < 0.7,
        has_second=rng.random(n) < 0.55 - 0.25 * sole,
        visibility=_visibility(rng, n, sole),
        dialect=_dialects(rng, region),
    )


def _dialects(rng: np.random.Generator, region: np.ndarray) -> np.ndarray:
    """Dialect of each account: the owner banks where the firm does, the second bank is held out if the first is."""
    main = np.array(CORE_SYSTEMS)[region]
    second = rng.integers(0, FIRST_DIALECTS, len(region)) + np.where(
        np.isin(main, HELD_OUT_DIALECTS), FIRST_DIALECTS, 0
    )
    return np.stack([main, second, main], axis=1)


def _exposure(industry: np.ndarray, age_days: np.ndarray, sole: np.ndarray, parameters: Parameters) -> np.ndarray:
    """How much more often than the average firm trouble finds this one by its trade, age and form: known to all."""
    young = (1500 / (np.maximum(age_days, 0) + 300)) ** parameters.fragility_of_youth
    raw = young * column("risk")[industry] ** parameters.fragility_of_trade * np.where(sole, 1.5, 1.0)
    return np.asarray(raw / raw.mean())


def _fragility(rng: np.random.Generator, quality: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """The same with what nobody knows: how the firm is run, and luck."""
    raw = exposure * np.exp(-0.9 * quality) * rng.lognormal(0, 0.4, len(quality))
    return np.asarray(raw / raw.mean())


def _sales(rng: np.random.Generator, industry: np.ndarray, sole: np.ndarray, parameters: Parameters) -> np.ndarray:
    middle = column("median_sales")[industry] * np.where(sole, 0.55, 1.0)
    body = rng.lognormal(0, parameters.size_spread, len(industry))
    tail = np.where(rng.random(len(industry)) < 0.06, 1 + rng.pareto(1.7, len(industry)), 1.0)
    return np.asarray(np.clip(middle * body * tail, 25e3, 4.0e7))


def _visibility(rng: np.random.Generator, n: int, sole: np.ndarray) -> np.ndarray:
    """Who sees each account: its lines, the platform's statistics only, or nobody."""
    second = rng.choice([SHOWN, PLATFORM, HIDDEN], n, p=[0.25, 0.5, 0.25])
    owner = np.where(rng.random(n) < np.where(sole, 0.5, 0.12), SHOWN, HIDDEN)
    return np.stack([np.full(n, SHOWN), second, owner], axis=1)


def size_class(sales: np.ndarray) -> np.ndarray:
    """Size class by yearly sales, the statistical standard simplified to its sales limits.

    >>> size_class(np.array([50_000.0, 1_000_000.0])).tolist()
    ['micro', 'small']
    """
    year = sales * 12
    return np.asarray(np.select([year < 3e6, year < 2e7, year < 4e8], ["micro", "small", "medium"], "large"))


def opened_before(founded: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Opening day of an account: the basic one with the firm, a second one years later, none before 2005."""
    return np.asarray(np.maximum(founded, number_of(date(2005, 1, 1))) + np.where(second & (founded < 15_000), 400, 0))
