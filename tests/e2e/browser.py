"""Real Chromium on the running stack: windows of customers and staff, and what their consoles complain of."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.e2e.chat import Stack

CHROMIUM = os.environ.get("DANGOL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Milliseconds. Other tests may be busy on the same two cores.
PATIENCE = 15_000
NARROW = (360, 740)
WIDE = (1280, 860)
REPORT_POLICY = """
    addEventListener('securitypolicyviolation', ({ violatedDirective, sourceFile, lineNumber }) => {
        console.error(`policy: ${violatedDirective} at ${sourceFile}:${lineNumber}`)
    })
"""
LANGUAGES = {"ko": "ko-KR", "en": "en-US"}


@dataclass
class Windows:
    """A browser on a stack. `faults` is every error, console error and policy report of any of its windows."""

    browser: Browser
    stack: Stack
    shots: Path
    faults: list[str] = field(default_factory=list)

    def open(self, locale: str, size: tuple[int, int] = WIDE) -> Page:
        """A window of somebody new, with nothing stored."""
        context = self.browser.new_context(locale=LANGUAGES[locale], viewport={"width": size[0], "height": size[1]})
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("response", lambda answer: self.faults.append(answer.url) if answer.status >= 400 else None)
        page.add_init_script(REPORT_POLICY)
        return page

    def shoot(self, page: Page, name: str) -> None:
        """Keep what is seen, for a person to look at."""
        # Hiding the caret would leave style attributes behind.
        page.screenshot(path=self.shots / f"{name}.png", caret="initial")

    def staff(self, role: str) -> Page:
        """A window of a member of staff who logged in."""
        email, password = self.stack.command("demo", "staff", role).stdout.split()
        page = self.open("ko", (1440, 900))
        page.goto(f"{self.stack.url}/console/login")
        page.fill("#email", email)
        page.fill("#password", password)
        page.click("form.card .button--primary")
        page.wait_for_url(re.compile("/console/(conversations|articles)"))
        return page


@contextmanager
def windows(stack: Stack, shots: Path) -> Iterator[Windows]:
    """Chromium, closed afterwards."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield Windows(browser, stack, shots)
        finally:
            browser.close()
            expect.set_options(timeout=5_000)


def open_chat(page: Page) -> None:
    """The chat, opened by the page's own button."""
    page.locator("[data-launcher]").click()
    expect(page.locator(".composer-field")).to_be_visible()


def replies(page: Page, author: str = "bot") -> Locator:
    """Messages of one author, without the welcome."""
    return page.locator(f".message--{author}:not([data-welcome])")


def ask(page: Page, text: str) -> Locator:
    """Write as a customer does; the bot's answer, once there is one more than before."""
    before = replies(page).count()
    write(page, text)
    expect(replies(page)).to_have_count(before + 1)
    return replies(page).nth(before)


def write(page: Page, text: str) -> None:
    """Write as a customer does."""
    page.locator(".composer-field").fill(text)
    page.locator(".composer-field").press("Enter")


def has_glyphs(page: Page, letters: str) -> bool:
    """Whether each letter is drawn in its own shape: a missing glyph looks the same for all of them."""
    return bool(
        page.evaluate(
            """(letters) => {
                const canvas = document.createElement('canvas')
                canvas.width = canvas.height = 64
                const pen = canvas.getContext('2d', { willReadFrequently: true })
                pen.font = `40px ${getComputedStyle(document.body).fontFamily}`
                const drawn = [...letters, '\\u{10FFFE}'].map((letter) => {
                    pen.clearRect(0, 0, 64, 64)
                    pen.fillText(letter, 8, 48)
                    return pen.getImageData(0, 0, 64, 64).data.join()
                })
                return new Set(drawn).size === drawn.length
            }""",
            letters,
        )
    )
