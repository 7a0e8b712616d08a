"""From measures to alarms: severity, hysteresis and cooldown, month by month, from nothing but the months before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Flags, Floats
from models.monitoring import Signal

Ints = NDArray[np.int8]


@dataclass(frozen=True)
class States:
    """Of one signal: severity that stands (0 none, 1 yellow, 2 orange, 3 red), months that it has stood, new alerts.

    Of the last month alone: ``measured``, the measure of each firm, and ``held``, the months for which what stands has
    been more severe than the measure by itself.
    """

    severity: Ints
    age: Ints
    alert: Flags
    measured: Floats
    held: Ints


def severities(measured: Floats, signal: Signal) -> Ints:
    """Severity of each measure by itself; what is unknown is none.

    >>> signal = Signal(name="n", family="f", kind="level", of="x", side="above", yellow=1, red=3, zh="z", en="e")
    >>> severities(np.array([0.9, 1.0, 2.9, 3.0, np.nan]), signal)
    array([0, 1, 1, 3, 0], dtype=int8)
    """
    found = np.zeros(measured.shape, dtype=np.int8)
    for severity, bound in signal.bounds:
        found[measured >= bound if signal.upward else measured <= bound] = severity
    return found


def states(measured: Floats, signal: Signal) -> States:
    """What stands in each month.

    A signal rises at once and stands at its worst until it has been for ``quiet_months`` known months in a row on the
    good side of ``clear`` (by default its first bound); an unknown month changes nothing. A rise is an alert, but not
    within ``cooldown_months`` of a fall unless it is more severe than what had stood.
    """
    now, calm_now = severities(measured, signal), _calm(measured, signal)
    shape = measured.shape
    severity, age, alert = np.zeros(shape, np.int8), np.zeros(shape, np.int8), np.zeros(shape, bool)
    standing, months, quiet, held = (np.zeros(shape[0], np.int8) for _ in range(4))
    last, since_fall = np.zeros(shape[0], np.int8), np.full(shape[0], 99, np.int16)
    for month in range(shape[1]):
        quiet = np.where(calm_now[:, month], quiet + 1, np.where(np.isnan(measured[:, month]), quiet, 0)).astype(
            np.int8
        )
        rises = now[:, month] > standing
        falls = ~rises & (standing > 0) & (quiet >= signal.quiet_months)
        since_fall = np.minimum(since_fall + 1, 99)
        told = (standing > 0) | (since_fall > signal.cooldown_months) | (now[:, month] > last)
        alert[:, month] = rises & told
        last = np.where(rises, np.maximum(now[:, month], np.where(standing > 0, last, 0)), last)
        since_fall = np.where(falls, 0, since_fall)
        standing = np.where(rises, now[:, month], np.where(falls, 0, standing)).astype(np.int8)
        months = np.where(standing > 0, np.minimum(months + 1, 99), 0).astype(np.int8)
        held = np.where(now[:, month] < standing, np.minimum(held + 1, 99), 0).astype(np.int8)
        severity[:, month], age[:, month] = standing, months
    return States(severity, age, alert, measured[:, -1].copy(), held)


def why_held(stood: States, signal: Signal) -> NDArray[np.str_]:
    """Why what stands in the last month is more severe than its measure; empty where it is not.

    ``unknown``: there is no measure; ``quiet``: it is on the good side of the bound to clear, not for ``quiet_months``
    in a row yet; ``milder``: it has not passed that bound. A cooldown never holds a signal: it silences alerts alone.
    """
    calm = _calm(stood.measured, signal)
    why = np.where(np.isnan(stood.measured), "unknown", np.where(calm, "quiet", "milder"))
    return np.where(stood.held > 0, why, "")


def _calm(measured: Floats, signal: Signal) -> Flags:
    bound = signal.clear if signal.clear is not None else signal.bounds[0][1]
    calm: Flags = measured < bound if signal.upward else measured > bound
    return calm
