"""A real browser (Debian's Chromium) against the running system."""

import os
import shutil
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hansenzhai.stories import STORIES
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import System
from tests.wishes import a_posted_wish, a_submitted_wish, post

SOON = 60_000
"""Milliseconds until something live must show; the promise is two seconds on a quiet machine."""
expect.set_options(timeout=SOON)
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--font-render-hinting=none",
]
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
TREE = "/t/610102007001"


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """One a module, not a session: while it lives, a loop runs in this thread, and an asynchronous
    test that comes to the same worker afterwards could not run its own."""
    path = shutil.which("chromium")
    if path is None:
        # Never skipped in silence: where nobody can install it, the sentence says what is missing.
        where = "CI" if os.environ.get("CI") else "this machine"
        pytest.fail(f"no Chromium on {where}: make browser installs Debian's")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=SOON)
        yield browser
        browser.close()


@dataclass
class Site:
    """The web front with the stories told and cards in every state."""

    system: System
    slips: dict[str, dict[str, Any]]
    open_page: Callable[..., Page]

    def url(self, path: str) -> str:
        return self.system.url("web") + path

    def code(self, name: str) -> str:
        slip = self.slips[name]
        return f"{slip['card_no']}-{slip['code']}"


@pytest.fixture(scope="session")
def slips(system: System) -> dict[str, dict[str, Any]]:
    for story in STORIES:
        system.telling.tell(story.key)
    made = {}
    for name in ("open", "delivered", "keyboard", "unhappy"):
        made[name] = a_submitted_wish(system, f"web/{name}")
        post(system, f"web/{name}", made[name]["id"])
    for name in ("delivered", "keyboard", "unhappy"):
        deliver(system, name, made[name]["id"])
    return made


@pytest.fixture
def site(system: System, slips: dict[str, dict[str, Any]], browser: Browser) -> Generator[Site]:
    contexts = []

    def open_page(path: str, width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(SOON)
        contexts.append(context)
        page = context.new_page()
        page.goto(system.url("web") + path, wait_until="load")
        return page

    yield Site(system, slips, open_page)
    for context in contexts:
        context.close()


def deliver(system: System, name: str, wish: str) -> None:
    desk = system.telling.desk
    volunteer = desk.volunteer("zhang-zhan")
    path = f"/v1/wishes/{wish}/claims"
    claim = volunteer.post("wishes", path, {}, key=f"web/{name}/claim", wait_for="giver-not-known")
    body = {"services": [{"volunteer_id": desk.id_of("zhang-zhan"), "minutes": 30}]}
    path = f"/v1/claims/{claim['id']}/delivery"
    volunteer.post("wishes", path, body, key=f"web/{name}/deliver")


def hang(system: System, key: str) -> str:
    return a_posted_wish(system, f"web/{key}")


def violations(page: Page) -> list[str]:
    """What axe finds; what it can't decide counts too, but for text over the picture."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    unclear = [
        rule
        for rule in found["incomplete"]
        if not (
            rule["id"] == "color-contrast"
            and all("live" in str(n["target"]) for n in rule["nodes"])
        )
    ]
    return [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
        for rule in (*found["violations"], *unclear)
    ]
