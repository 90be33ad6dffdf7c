"""Flame graphs as pages on disk, opened in a browser that moves nothing slowly."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.flame_graph import flame_graph
from slonana_analysis.profiles.flame_tree import flame_tree
from slonana_analysis.readers.registry import read_profile
from slonana_analysis.report.flame_graph import flame_graph_page

try:
    from playwright.sync_api import Browser, Page

    from tests.report.chromium import launched, watched_page
except ModuleNotFoundError:  # the tests that need it skip
    Browser = Page = object  # type: ignore[misc, assignment]

DATA = Path(__file__).resolve().parents[3] / "data"

Show = Callable[..., "Flame"]


class Flame:
    """The flame graph of a page, as a reader and as a debugger see it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tree = page.get_by_role("tree")

    def ask(self, expression: str) -> object:
        """What an expression about ``view`` says."""
        found = "document.querySelector('[data-flame]').flameView"
        return self.page.evaluate(f"(() => {{ const view = {found}; return {expression}; }})()")

    def wait(self, expression: str) -> None:
        """Until an expression about ``view`` holds; the page's policy forbids it to look itself."""
        for _ in range(400):
            if self.ask(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {expression}")

    def status(self) -> str:
        return self.page.locator(".flame-status").inner_text()

    def press(self, *keys: str) -> None:
        self.tree.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def search(self, text: str) -> str:
        """Search, and return what is said of it."""
        self.page.get_by_label("Search functions").fill(text)
        return self.page.locator(".flame-found").inner_text()

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(option)

    def node(self, name: str, pane: int = 0) -> int:
        """The first row of a pane with this name."""
        row = self.ask(
            f"view.panes[{pane}].view.name.findIndex((row) => view.tree.names[row] === {name!r})"
        )
        assert isinstance(row, int)
        assert row >= 0, name
        return row

    def place(self, name: str, pane: int = 0) -> tuple[float, float]:
        """Where the middle of a frame stands on the canvas."""
        node = self.node(name, pane)
        x, y = self.ask(
            f"(({{view: v, span}}, node) => ["
            "(v.left[node] + v.width[node] / 2 - span.from) / (span.to - span.from) * view.width,"
            f"view.rowOf(view.panes[{pane}], node) * 18 + 8 - view.scroller.scrollTop"
            f"])(view.panes[{pane}], {node})"
        )  # type: ignore[misc]
        return x, y

    def click(self, name: str, pane: int = 0) -> None:
        x, y = self.place(name, pane)
        self.page.locator(".flame-stage canvas").click(position={"x": x, "y": y})

    def colour(self, name: str, pane: int = 0) -> tuple[int, int, int]:
        """What a frame is filled with, at its right end, where no text stands."""
        node = self.node(name, pane)
        self.ask("view.draw(true)")
        pixel = self.ask(
            f"(({{view: v, span}}, node) => {{"
            "const x = (v.left[node] + v.width[node] - span.from) / (span.to - span.from);"
            f"const y = view.rowOf(view.panes[{pane}], node) * 18 + 3 - view.scroller.scrollTop;"
            "const context = view.canvas.getContext('2d');"
            "return [...context.getImageData(x * view.width - 4, y, 1, 1).data];"
            f"}})(view.panes[{pane}], {node})"
        )
        assert isinstance(pixel, list)
        return pixel[0], pixel[1], pixel[2]


@pytest.fixture(scope="session")
def pipeline() -> Profile:
    """The recorded capture that comes with the suite."""
    return read_profile(DATA / "perf-pipeline")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser, reduced_motion="reduce") as page:
        yield page


@pytest.fixture
def show(page: Page, tmp_path: Path) -> Show:
    """Open the flame graph of a profile."""

    def opened(profile: Profile, differences: pd.DataFrame | None = None) -> Flame:
        tree = flame_tree(profile, differences=differences)
        event = tree.series[0].event if tree.series else None
        path = tmp_path / "flame.html"
        path.write_text(flame_graph_page(flame_graph(profile, event=event), tree, title="test"))
        page.goto(path.as_uri())
        page.wait_for_selector(".flame-view")
        return Flame(page)

    return opened
