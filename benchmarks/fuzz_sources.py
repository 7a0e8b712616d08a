"""Statements of every outside format, broken on purpose: ``python -m benchmarks.fuzz_sources [COUNT] [FIRST_SEED]``.

Each seed picks a format, a small statement of it and one to four mutations. A reader may refuse the file with a
``CreditError``; otherwise every row of the file comes back, kept or rejected. Anything else, or more than ten
seconds, is a finding: its seed and file are kept. The outcome goes to ``benchmarks/results/fuzz_sources.json``.
"""

import csv
import io
import json
import resource
import sys
import tempfile
import time
import zipfile
from ast import literal_eval
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

from features.errors import CreditError
from features.sources import SOURCES, Layout, Options
from pipelines.kinds import kinds, resolve
from simulation import exporters

RESULTS = Path(__file__).resolve().parent / "results"
SLOWEST = 10.0
TOKENS = [b'"', b"'", b",", b"\t", b"\r\n", b"\n", b"\0", b"=1+1", b"-", b"(", b"\xff", b"\xef\xbb\xbf", b"<", b"&a;"]
TOKENS += [b"{", b"}", b"[", b"null", b"1e999", b"NaN", b"9" * 400, b"-0.00", b"0000-00-00", b"99991231", b"]]>"]
TOKENS += ["合计".encode(), "，".encode(), "贷".encode("gb18030"), b"<!DOCTYPE a>", b"</Ntry>", b"true", b"\\ud800"]
LAYOUTS = tuple(layout for kind in kinds() if kind.endswith(":auto") for layout in resolve(kind)[1])


def lines(random: Random, count: int = 6) -> list[dict[str, Any]]:
    """Lines of one account whose balances add up."""
    rows, balance, day = [], Decimal(1000), date(2024, 1, 1)
    for number in range(count):
        amount, direction = Decimal(random.randint(1, 100_000)) / 100, random.choice(["in", "out"])
        balance += amount if direction == "in" else -amount
        day += timedelta(days=random.randint(0, 3))
        rows.append(
            {"account_id": "A1", "enterprise_id": "E1", "booked_at": day, "sequence": number, "direction": direction,
             "amount": amount, "balance_after": balance, "counterparty_name": "某某商贸有限公司",
             "counterparty_account": "62100", "channel": "网银", "summary": random.choice(["货款", None]),
             "reversal_of": None, "known_at": day}
        )  # fmt: skip
    return rows


def _filings(random: Random) -> bytes:
    day = date(2024, 1, 1)
    taxes = random.choices(list(exporters.TAXES), k=5)
    return exporters.tax_lines(
        [{"enterprise_id": "E1", "kind": kind, "period_start": day, "period_end": day.replace(day=31),
          "base": Decimal(number), "amount_due": Decimal("1.50")} for number, kind in enumerate(taxes)]
    )  # fmt: skip


def _bills(random: Random) -> bytes:
    months = [date(2024, month, 1) for month in range(1, 6)]
    kinds_of = random.choices(list(exporters.UTILITIES), k=5)
    row = {"enterprise_id": "E1", "usage": Decimal("1.5"), "usage_peak": None, "usage_valley": None}
    row |= {"amount": Decimal("3.20"), "paid_on": None}
    return exporters.utility_bills(
        [{**row, "bill_id": f"B{m}", "kind": k, "period": m, "due_on": m, "known_at": m}
         for m, k in zip(months, kinds_of, strict=True)]
    )  # fmt: skip


def _report(random: Random) -> bytes:
    month, way = date(2024, 1, 1), random.choice(["in", "out"])
    above = {"institution": "甲银行", "month": month, "known_at": date(2024, 2, 12)}
    statistic = {**above, "category": "cash", "direction": way, "amount": Decimal(10), "count": 2}
    statistic |= {"counterparties": 1, "top5_share": Decimal("0.5"), "largest": Decimal(8)}
    balance = {**above, "account_id": "A1", **dict.fromkeys(exporters.BALANCES[1:], Decimal(5))}
    return exporters.platform_report({"uscc": None, "enterprise_id": "E1", "name": "甲"}, [statistic] * 3, [balance])


FORMATS: dict[str, tuple[str, str, Callable[[Random], bytes]]] = {
    **{
        f"statement:{name}": ("statement", suffix, lambda random, export=export: export(lines(random)))
        for name, (suffix, export) in exporters.STATEMENTS.items()
    },
    "statement:auto": ("statement", "csv", lambda r: r.choice([*exporters.STATEMENTS.values()])[1](lines(r))),
    "camt053": ("camt053", "xml", lambda r: exporters.camt053(lines(r), r.choice(["02", "06", "08", "13"]))),
    "open-banking": ("open-banking", "json", lambda r: exporters.open_banking(lines(r))),
    "platform-report": ("platform-report", "json", _report),
    "tax-lines": ("tax-lines", "csv", _filings),
    "utility-bills": ("utility-bills", "csv", _bills),
}


def mutated(content: bytes, random: Random) -> bytes:
    """``content`` with one to three faults; a workbook has them mostly inside one of its parts."""
    if content.startswith(b"PK") and random.random() < 0.8:
        return _part_mutated(content, random)
    for _ in range(random.randint(1, 3)):
        content = random.choice([_bytes_changed, _lines_changed, _digits_changed, _token_put])(content, random)
    return content


def _part_mutated(content: bytes, random: Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(stream, "w") as changed:
        hit = random.choice([archive.namelist()[-1], random.choice(archive.namelist())])
        for name in archive.namelist():
            part = archive.read(name)
            changed.writestr(name, mutated(part, random) if name == hit else part)
    return stream.getvalue()


def _bytes_changed(content: bytes, random: Random) -> bytes:
    start = random.randrange(len(content) + 1)
    end = min(len(content), start + random.choice([1, 1, 2, 8, 40, 400]))
    part = content[start:end]
    new = [b"", part * 2, part[::-1], bytes(random.randrange(256) for _ in part[:4])]
    return random.choice([content[:start] + random.choice(new) + content[end:], content[:start], part + content])


def _lines_changed(content: bytes, random: Random) -> bytes:
    rows = content.split(b"\n")
    one, other = random.randrange(len(rows)), random.randrange(len(rows))
    rows[one], rows[other] = random.choice([(rows[other], rows[one]), (rows[one], rows[one]), (b"", rows[other])])
    return b"\n".join(rows)


def _digits_changed(content: bytes, random: Random) -> bytes:
    places = [place for place, byte in enumerate(content) if 48 <= byte < 58]
    if not places:
        return content
    place = random.choice(places)
    return content[:place] + random.choice([b"0", b"9", b"", b"x", b"-", b".", b"00", b" "]) + content[place + 1 :]


def _token_put(content: bytes, random: Random) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + random.choice(TOKENS) + content[start + random.choice([0, 0, 1, 4]) :]


def case(seed: int) -> tuple[str, str, bytes]:
    """Name of the format, suffix of the file, and the broken content of one seed."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    name = random.choice(list(FORMATS))
    _, suffix, make = FORMATS[name]
    return name, suffix, mutated(make(random), random)


def run(seed: int, folder: Path) -> str:
    """``refused``, or ``read``; raises ``AssertionError`` when rows were lost, or what a reader should not."""
    name, suffix, content = case(seed)
    file = folder / f"{seed}.{suffix}"
    file.write_bytes(content)
    try:
        rows, note = _read(name, file)
    except CreditError:
        return "refused"
    finally:
        file.unlink()
    expected = held(name, content, note)
    assert expected is None or rows == expected, f"{rows} rows came back of {expected}"  # noqa: S101
    return "read"


def _read(name: str, file: Path) -> tuple[int, str]:
    kind, rows, note = FORMATS[name][0], 0, ""
    options = Options(enterprise="E1", account="A1", layouts=_layouts(name))
    for batch in SOURCES[kind](file, options):
        rows += batch.rows.num_rows if batch.table != "enterprise" else 0
        rows += batch.rejected.num_rows if batch.rejected is not None else 0
        note = note or batch.note
    return rows, note


def _layouts(name: str) -> tuple[Layout, ...]:
    wanted = name.partition(":")[2]
    return tuple(layout for layout in LAYOUTS if wanted in ("auto", layout.name))


def held(name: str, content: bytes, note: str) -> int | None:
    """How many rows a file that could be read holds, counted in another way; ``None`` where that is in doubt."""
    if name == "camt053":
        return sum(1 for element in ElementTree.fromstring(content).iter() if element.tag.endswith("}Ntry"))  # noqa: S314
    if name == "open-banking":
        return len(json.loads(content.decode("utf-8-sig"))["Data"]["Transaction"])
    if name == "platform-report":
        months = [m for i in json.loads(content.decode("utf-8-sig"))["institutions"] for m in i["months"]]
        return sum(len(month["statistics"]) + len(month["balances"]) for month in months)
    header = int(note.partition("header in row ")[2].partition(",")[0] or 1)
    if content.startswith(b"PK"):
        return _workbook_rows(content, header)
    encoding = "gb18030" if "(gb18030" in note else "utf-8-sig"
    below = io.StringIO(content.decode(encoding), newline="").readlines()[header:]
    delimiter = "," if "delimiter " not in note else literal_eval(note.partition("delimiter ")[2].partition(")")[0])
    cells = (next(csv.reader([line], delimiter=delimiter), []) for line in below)
    return sum(1 for row in cells if (any(map(str.strip, row)) if name.startswith("statement") else row))


def _workbook_rows(content: bytes, header: int) -> int | None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - made here
    rows = [row for row in sheet.iter() if row.tag.endswith("}row")]
    if not all((row.get("r") or "").isdigit() for row in rows):
        return None
    return sum(1 for row in rows if int(row.get("r") or 0) > header and "".join(row.itertext()).strip())


def main(count: int = 10_000, first: int = 0) -> int:
    """Run the seeds from ``first`` on; the number of findings."""
    outcomes: Counter[str] = Counter()
    findings, slowest, began = [], 0.0, time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        for seed in range(first, first + count):
            start = time.perf_counter()
            try:
                outcomes[f"{FORMATS[case(seed)[0]][0]}: {run(seed, Path(name))}"] += 1
            except Exception as error:  # noqa: BLE001 - every other exception is what is looked for
                findings.append({"seed": seed, "format": case(seed)[0], "error": f"{type(error).__name__}: {error}"})
            slowest = max(slowest, time.perf_counter() - start)
    record = {
        "seeds": [first, first + count - 1],
        "outcomes": dict(sorted(outcomes.items())),
        "findings": findings,
        "slowest_seconds": round(slowest, 2),
        "seconds": round(time.perf_counter() - began, 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(record, indent=1, ensure_ascii=False))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "fuzz_sources.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return len(findings) + (slowest > SLOWEST)


if __name__ == "__main__":
    sys.exit(min(main(*map(int, sys.argv[1:])), 1))
