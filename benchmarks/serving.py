"""One decision from a ready row against ``mlflow models serve`` of the same model, and rows a second with legs.

``make bench`` compares one decision. ``python -m benchmarks.serving MODEL ROWS`` tells more of the artefact in a folder
and a Parquet file of its feature matrix. Registry and server are scratch. The server's time is that of one request
after another over one connection.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.decision import decision, prepare_model
from benchmarks.measure import Case, alone, timed

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
    server = subprocess.Popen(
        [*command, "-p", str(PORT)], env=environment, start_new_session=True, stdout=subprocess.DEVNULL
    )
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


def prepare(folder: str) -> None:
    """The model of ``benchmarks.decision`` in a registry."""
    prepare_model(folder)
    alone(registered, folder)


def registered(folder: str) -> float:
    """Register the model of a folder in a registry beside it."""
    os.environ["SME_CREDIT_HOME"] = f"{folder}/registry"
    from pipelines.tracking import register
    from pipelines.tracking.runs import start_run

    def work() -> None:
        with start_run("credit-limit", "benchmark"):
            register(Path(folder) / "model")

    return timed(work)


def by_server(folder: str) -> float:
    """Seconds a request to ``mlflow models serve``."""
    return served(f"{folder}/registry", body(Path(folder) / "model", pd.read_parquet(f"{folder}/row.parquet"))) / 1e3


def body(folder: Path, row: pd.DataFrame) -> str:
    """What a server is asked: a row of the columns that the model in a folder reads."""
    from models.artefact import load

    read = row[["enterprise_id", "as_of", *load(folder).columns]].assign(as_of=row["as_of"].astype(str))
    return json.dumps({"dataframe_split": json.loads(read.to_json(orient="split", index=False))})


def main() -> None:
    """Print medians, ratios, and rows a second with legs."""
    from models.artefact import load
    from models.decide import decide_table
    from models.outcome import outcome

    folder, frame = Path(sys.argv[1]), pd.read_parquet(sys.argv[2])
    model, row = load(folder), frame.head(1)
    matrix = model.matrix(row)
    x = np.ascontiguousarray(matrix[:, : len(model.names)])
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(folder, f"{scratch}/model")
        row.to_parquet(f"{scratch}/row.parquet")
        registered(scratch)
        server = by_server(scratch) * 1e3
    ours = p50(lambda: outcome(matrix, model), OURS)
    bare = p50(lambda: model.booster.predict(x, raw_score=True, num_threads=1), OURS)
    print(f"decision {ours:.3f} ms; mlflow models serve {server:.2f} ms, {server / ours:.0f} times")
    print(f"booster {bare:.3f} ms, {ours / bare:.1f} times")
    many = pd.concat([frame] * (MANY // len(frame) + 1), ignore_index=True).head(MANY)
    whole = model.matrix(many)
    print(f"{MANY:,} rows with legs, rows a second of processor time: {rate(lambda: outcome(whole, model))}")
    print(f"the same from a frame to a frame: {rate(lambda: decide_table(many, model))}")


CASES = (Case("one decision from a ready row", "mlflow models serve", prepare, decision, by_server),)

if __name__ == "__main__":
    main()
