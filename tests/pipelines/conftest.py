"""A real browser for the pages."""

import warnings
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
A4_PIXELS = 794


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
    """Open a page from disk at A4's width; console errors and requests for anything else are collected."""
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
        tab.close()
    assert faults == []
