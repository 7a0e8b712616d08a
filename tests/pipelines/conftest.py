"""A store of loans to learn from, a version trained on it, a PostgreSQL server, and a real browser for the pages."""

import warnings
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from homes import home_in

from pipelines.store import Store
from pipelines.train import Trained, train

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
A4_PIXELS = 794
# What a page owes to who reads it by ear, by keyboard or with weak eyes, by WCAG 2.2 (1.1.1, 1.3.1, 1.4.3, 4.1.2).
OWED = """() => {
  const faults = [], all = (what, within = document) => [...within.querySelectorAll(what)];
  if (all("main").length !== 1) faults.push("one main part");
  for (const drawn of all("svg"))
    if (!drawn.closest("[role=img][aria-label], [role=group][aria-label]")) faults.push("a picture without a name");
  for (const named of all("[role=img]"))
    if (all("a, button, input, select", named).length) faults.push("a link that a picture hides: " + named.ariaLabel);
  for (const part of all("dl > div > *"))
    if (!["DT", "DD"].includes(part.tagName)) faults.push("neither term nor its text: " + part.outerHTML);
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255);
    const [r, g, b] = parts.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const clear = (colour) => /^rgba.*, 0\\)$/.test(colour);
  for (const one of all("body *:not(svg *)")) {
    const written = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!written || !one.getClientRects().length) continue;
    let behind = one;
    while (behind && clear(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    const pair = [light(getComputedStyle(one).color), behind ? light(getComputedStyle(behind).backgroundColor) : 1];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) faults.push(`contrast of ${ratio.toFixed(2)}: ${one.outerHTML.slice(0, 90)}`);
  }
  return faults;
}"""


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL server of our own.

    Not in pytest's folder, which another run of pytest closes to the server's user.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pgserver looks for XDG_RUNTIME_DIR at import
        pgserver = pytest.importorskip("pgserver", reason="no PostgreSQL server: pgserver is not installed")
    with TemporaryDirectory() as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM.exists():
        pytest.skip("no browser: /usr/bin/chromium is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page from disk at A4's width; console errors, requests for anything else, and ``OWED`` are collected."""
    faults, tabs = [], []

    def open_page(html, width=A4_PIXELS):
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        tab = browser.new_page(viewport={"width": width, "height": 1123})
        tab.on("console", lambda message: faults.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error: faults.append(f"error: {error}"))
        tab.on("request", lambda r: None if r.url.endswith("/page.html") else faults.append(f"request: {r.url}"))
        tab.goto((tmp_path / "page.html").as_uri())
        tabs.append(tab)
        return tab

    yield open_page
    for tab in tabs:
        faults.extend(tab.evaluate(OWED))
        tab.close()
    assert faults == []


FIRMS, BAD, GREY = 60, 15, 6  # the first fifteen firms fail, the next six pay late
APPLIED, ASKED_AGAIN = date(2024, 1, 15), date(2024, 2, 20)
LAST_NEWS = date(2025, 12, 20)


def firms() -> list[tuple[str, int]]:
    return [(f"E{i:02}", i) for i in range(FIRMS)]


def lines() -> list[dict[str, object]]:
    """Two lines a month of 2023; the firms that will fail take in less from month to month."""
    rows = []
    for firm, i in firms():
        for month in range(1, 13):
            income = 30_000 + 500 * i + (0 if i >= BAD else -2_000 * month)
            for way, amount, day in (("in", income, 5), ("out", 20_000, 20)):
                booked = date(2023, month, day)
                rows.append(
                    {"line_id": f"{firm}-{month}-{way}", "account_id": f"{firm}A", "enterprise_id": firm,
                     "booked_at": booked, "sequence": day, "direction": way, "amount": f"{amount}.00",
                     "balance_after": "50000.00", "counterparty_id": f"P{month % 3}", "summary": "货款",
                     "known_at": booked}
                )  # fmt: skip
    return rows


def loans() -> dict[str, list[dict[str, object]]]:
    """One loan a firm: the first fifteen are never paid, the next six 40 days late, the others on the day.

    Every second was lent to by lot; every fifth asks again and is refused.
    """
    application, loan, instalment = [], [], []
    for firm, i in firms():
        key = {"enterprise_id": firm, "application_id": f"A{firm}"}
        application.append(
            {**key, "applied_on": APPLIED, "amount": "100000.00", "term_months": 12, "purpose": "working_capital",
             "outcome": "admitted_at_random" if i % 2 == 0 else "admitted", "known_at": APPLIED}
        )  # fmt: skip
        if i % 5 == 0:
            again = {"applied_on": ASKED_AGAIN, "known_at": ASKED_AGAIN, "outcome": "declined"}
            application.append({**application[-1], "application_id": f"B{firm}", **again})
        loan.append(
            {**key, "loan_id": f"L{firm}", "product": "flow", "repayment": "bullet", "committed": "100000.00",
             "principal": "100000.00", "annual_rate": "0.05", "term_months": 12, "disbursed_on": APPLIED,
             "matures_on": date(2025, 1, 15), "known_at": APPLIED}
        )  # fmt: skip
        due = date(2025, 1, 15)
        owed = {"loan_id": f"L{firm}", "enterprise_id": firm, "number": 1, "due_on": due, "principal_due": "100000.00",
                "interest_due": "5000.00"}  # fmt: skip
        instalment.append({**owed, "paid": "0.00", "paid_on": None, "known_at": APPLIED})
        if i >= BAD:
            paid = due + timedelta(days=40 if i < BAD + GREY else 0)
            instalment.append({**owed, "paid": "105000.00", "paid_on": paid, "known_at": paid})
    instalment.append({**instalment[0], "known_at": LAST_NEWS})  # still unpaid: the last that anyone heard of a loan
    return {"application": application, "loan": loan, "instalment": instalment}


def accounts() -> dict[str, list[dict[str, object]]]:
    known = {"known_at": date(2022, 1, 1)}
    basic = {"holder": "firm", "kind": "basic", "institution": "bank", "currency": "CNY", **known}
    return {
        "enterprise": [{"enterprise_id": f, "name": f"企业{f}", **known} for f, _ in firms()],
        "account": [{"account_id": f"{f}A", "enterprise_id": f, **basic} for f, _ in firms()],
    }


@pytest.fixture(scope="session")
def loan_store(tmp_path_factory, table: Callable) -> Store:
    filled = Store(tmp_path_factory.mktemp("store"))
    content = {**accounts(), "line": lines(), **loans()}
    filled.commit((name, table(name, rows)) for name, rows in content.items())
    return filled


@pytest.fixture(scope="session")
def registry(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def home(registry) -> Iterator[Path]:
    """The environment of a registry that several test files share; versions in it are never the first."""
    with home_in(registry):
        yield registry


@pytest.fixture(scope="session")
def steps() -> list[str]:
    return []


@pytest.fixture(scope="session")
def kept() -> dict[str, Trained]:
    return {}


@pytest.fixture(scope="module")
def trained(home, loan_store, kept, steps) -> Trained:
    """A version that 赵 trained, once for all files."""
    if not kept:
        kept["first"] = train(loan_store, trainer="赵", progress=steps.append)
    return kept["first"]
