"""The monthly panel: facts per enterprise and month with the date on which they were known."""

from features.panel.build import build

__all__ = ["build"]
