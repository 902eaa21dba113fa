"""A person's walk through the pages, counted in taps, with what a screen reader says at each stop."""

import os
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from tests.e2e.browser import SCREENSHOTS, look


@dataclass
class Walk:
    """Goes through the pages as one person does: a press is a tap, and so is the typing of one field."""

    page: Page
    name: str
    taps: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def arrive(self, place: str) -> None:
        """Look at the page as it stands, and keep what is read aloud there."""
        look(self.page, f"walk/{self.name}-{len(self.said) + 1:02}")
        heard = self.page.get_by_role("main").aria_snapshot()
        self.said.append(f"===== {len(self.said) + 1}. {place} ({len(self.taps)})\n{heard}\n")

    def tap(self, what: Locator) -> None:
        """Press a link, a button or a box."""
        self.taps.append(f"按 {what.inner_text().strip() or what.get_attribute('value')}")
        what.click()

    def type(self, label: str, text: str) -> None:
        """Type into one field."""
        self.taps.append(f"填 {label}")
        self.page.get_by_label(label, exact=True).fill(text)

    def press(self, button: str) -> None:
        """Press the button of the page with these words."""
        self.tap(self.page.get_by_role("button", name=button, exact=True))

    def follow(self, link: str) -> None:
        """Follow the first link of the page with these words."""
        self.tap(self.page.get_by_role("main").get_by_role("link", name=link).first)

    def write_down(self) -> None:
        """Keep taps and words beside the screenshots, where there is somebody to read them."""
        if "CI" not in os.environ:
            path = SCREENSHOTS / "walk" / f"{self.name}.txt"
            path.write_text("\n".join([*self.said, *self.taps]))
