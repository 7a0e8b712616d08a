"""One decision from a ready row against ``mlflow models serve`` and the bare booster: ``... serving MODEL ROWS``.

``MODEL`` is the folder of a saved artefact, ``ROWS`` a Parquet file of its feature matrix. Registry and server are
scratch. The server's time is that of one request after another over one connection.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pandas as pd

PORT, OURS, THEIRS, WAIT = 5077, 500, 100, 240
MANY, TIMES = 100_000, 7


def p50(work: Callable[[], object], times: int) -> float:
    """Median milliseconds."""
    spans = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        spans.append(time.perf_counter() - begin)
    return float(np.median(spans) * 1e3)


def rate(work: Callable[[], object]) -> str:
    """Rows a second of ``MANY``: by processor time the median of ``TIMES`` runs with its ends, by the clock the median.

    A clock says little where a machine is shared.
    """
    spans = []
    for _ in range(TIMES):
        begin = time.process_time(), time.perf_counter()
        work()
        spans.append((time.process_time() - begin[0], time.perf_counter() - begin[1]))
    busy, clock = np.sort(MANY / np.array(spans), axis=0).T
    middle = TIMES // 2
    return f"{busy[middle]:,.0f} ({busy[0]:,.0f} to {busy[-1]:,.0f}); by the clock {clock[middle]:,.0f}"


def registered(folder: Path, home: str) -> None:
    """Register the artefact in a scratch registry."""
    os.environ["SME_CREDIT_HOME"] = home
    from pipelines.tracking import register
    from pipelines.tracking.runs import start_run

    with start_run("credit-limit", "benchmark"):
        register(folder)


def served(home: str, body: str) -> float:
    """Median milliseconds of a request to ``mlflow models serve``."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # MLflow starts uvicorn by its name
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{home}/mlflow.db", "PATH": path}
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "models",
        "serve",
        "-m",
        "models:/credit-limit/1",
        "--env-manager",
        "local",
    ]
    server = subprocess.Popen([*command, "-p", str(PORT)], env=environment, start_new_session=True)
    try:
        _until_up()
        connection = HTTPConnection("127.0.0.1", PORT, timeout=60)

        def ask() -> None:
            connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise RuntimeError(answer.read()[:500])
            answer.read()

        ask()
        return p50(ask, THEIRS)
    finally:
        os.killpg(server.pid, 15)
        server.wait()


def _until_up() -> None:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        try:
            connection = HTTPConnection("127.0.0.1", PORT, timeout=2)
            connection.request("GET", "/ping")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(1)
    raise TimeoutError(f"no answer on port {PORT} within {WAIT} s")


def main() -> None:
    """Print medians, ratios, and rows a second with legs."""
    from models.artefact import load
    from models.decide import decide_table
    from models.outcome import outcome

    folder, frame = Path(sys.argv[1]), pd.read_parquet(sys.argv[2])
    model, row = load(folder), frame.head(1)
    matrix = model.matrix(row)
    x = np.ascontiguousarray(matrix[:, : len(model.names)])
    with tempfile.TemporaryDirectory() as home:
        registered(folder, home)
        split = row[["enterprise_id", "as_of", *model.columns]].assign(as_of=row["as_of"].astype(str))
        body = json.dumps({"dataframe_split": json.loads(split.to_json(orient="split", index=False))})
        server = served(home, body)
    ours = p50(lambda: outcome(matrix, model), OURS)
    bare = p50(lambda: model.booster.predict(x, raw_score=True, num_threads=1), OURS)
    print(f"decision {ours:.3f} ms; mlflow models serve {server:.2f} ms, {server / ours:.0f} times")
    print(f"booster {bare:.3f} ms, {ours / bare:.1f} times")
    many = pd.concat([frame] * (MANY // len(frame) + 1), ignore_index=True).head(MANY)
    whole = model.matrix(many)
    print(f"{MANY:,} rows with legs, rows a second of processor time: {rate(lambda: outcome(whole, model))}")
    print(f"the same from a frame to a frame: {rate(lambda: decide_table(many, model))}")


if __name__ == "__main__":
    main()
