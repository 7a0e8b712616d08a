"""``make bench``: every case, printed and written to ``benchmarks/results/latest.json``."""

import json
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import measure

RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"


def main() -> None:
    """Run all cases in one go on one machine."""
    # Imported here, or each process that is timed would import all of them again and hold their memory.
    from benchmarks import applicant, decision, engines, features, increment, lines, panel, serving

    modules = (features, panel, applicant, lines, increment, decision, serving, engines)
    print(f"{'case':55} {'ours s':>10} {'peer s':>10} {'ratio':>7} {'MB':>6} {'peer MB':>8}  peer")
    for module in modules:
        if not module.CASES:
            print(f"{module.__name__} skipped: ../shared/bench is not there", file=sys.stderr)
    machine = {"python": platform.python_version(), "processor": platform.machine()}
    results: list[dict[str, object]] = []
    RESULTS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for case in (case for module in modules for case in module.CASES):
            print(f"{case.name} ...", file=sys.stderr)
            r = measure(case, folder)
            results.append(asdict(r))
            print(
                f"{r.name:55} {r.ours_seconds:10.4f} {r.peer_seconds:10.4f} {r.ratio:7.2f} {r.ours_megabytes:6.0f} "
                f"{r.peer_megabytes:8.0f}  {r.peer}",
                flush=True,
            )
            RESULTS.write_text(json.dumps({"machine": machine, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
