"""Pages as people see them: one Chromium for the session, a fresh profile for each test."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from fulfillment.local.assets import NODE_MODULES
from tests.browser.chromium import FLAGS, find_chromium

DESK = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
PATIENCE_MS = 10_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(
            "No Chromium runs here: `make install-dev` brings one for x86-64 Linux, else install one."
        )
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.program,
            args=list(FLAGS),
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(Path.home()),
                **chromium.environment,
            },
        )
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages with fresh profiles; the test fails if any of them logged an error or threw one."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_one(*, base_url: str | None = None, viewport: ViewportSize = DESK) -> Page:
            context = browser.new_context(
                base_url=base_url, viewport=viewport, locale="en-US", timezone_id="America/Chicago"
            )
            stack.enter_context(closing_context(context))
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(f"{page.url} threw {error}"))
            page.on(
                "console",
                lambda message: (
                    complaints.append(f"{page.url} logged {message.text}")
                    if message.type == "error"
                    else None
                ),
            )
            return page

        yield open_one
    assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """One page, the size of a desk."""
    return open_page()


@pytest.fixture
def phone_page(open_page: Callable[..., Page]) -> Page:
    """One page, the size of a phone."""
    return open_page(viewport=PHONE)


@pytest.fixture
def accessibility_violations() -> Callable[[Page], list[str]]:
    """What axe finds wrong with the page as it stands, a line for each rule and element."""
    axe = (NODE_MODULES / "axe-core" / "axe.min.js").read_text()

    def look(page: Page) -> list[str]:
        # Evaluated through the protocol, because the pages' own policy refuses foreign script tags.
        page.evaluate(axe)
        found = page.evaluate("axe.run().then(answer => answer.violations)")
        return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]

    return look


@contextmanager
def closing_context(context: BrowserContext) -> Iterator[BrowserContext]:
    """The profile is gone after the block."""
    try:
        yield context
    finally:
        context.close()
