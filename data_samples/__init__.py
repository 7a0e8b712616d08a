"""Sixty simulated firms over twenty-four months, as files of the canonical tables."""
