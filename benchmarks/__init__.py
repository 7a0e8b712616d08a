"""Speed and memory against named peers; run with ``make bench``."""
