"""The report as a reader meets it: opened from disk in a browser, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page

from tests.report.chromium import launched, watched_page

pytestmark = [pytest.mark.requires_chromium, pytest.mark.slow]

PAGES = ("index", "00_overview", "10_cpu_profiling", "21_loop_unrolling", "60_ml_inference")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser) as page:
        yield page


def _open(page: Page, index: Path, name: str = "index") -> None:
    page.goto((index.parent / f"{name}.html").as_uri())


def test_every_page_opens_from_disk(page: Page, index: Path) -> None:
    for name in PAGES:
        _open(page, index, name)
        assert page.locator("h1").count() == 1
        broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).length"
        assert page.evaluate(broken) == 0


def test_the_verdict_table_sorts(page: Page, index: Path) -> None:
    _open(page, index)
    table = page.locator("table.verdicts")
    assert table.locator("tbody tr").count() == 104
    heading = table.locator("thead th", has_text="Effect")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert "16-fold, many accumulators" in table.locator("tbody tr").first.inner_text()
    heading.locator("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert "numpy" in table.locator("tbody tr").first.inner_text()
    assert "not measured" in table.locator("tbody tr").last.inner_text()


def test_the_verdict_table_is_searched(page: Page, index: Path) -> None:
    _open(page, index)
    search = page.get_by_label("Search rows")
    search.fill("float64 DRAM guide")
    rows = page.locator("table.verdicts tbody tr:visible")
    assert rows.count() == 4
    assert page.locator(".table-tools output").inner_text() == "4 of 104 shown"
    page.locator('[data-search="regressed"]').click()
    assert rows.count() == 2
    search.fill("")
    assert rows.count() == 104


def test_colours_follow_the_system_and_the_reader(page: Page, index: Path) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    _open(page, index)
    light = page.evaluate(background)
    page.get_by_role("button", name="Switch to dark colours").click()
    dark = page.evaluate(background)
    assert dark != light
    _open(page, index, "21_loop_unrolling")
    assert page.evaluate(background) == dark
    page.get_by_role("button", name="Switch to light colours").click()
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) == light
    page.evaluate("localStorage.clear()")
    page.reload()
    assert page.evaluate(background) == dark


def test_a_flame_graph_is_handled_in_the_report(page: Page, index: Path) -> None:
    _open(page, index, "10_cpu_profiling")
    page.get_by_label("Search functions").fill("memmove")
    assert " of all (" in page.locator(".flame-found").inner_text()
    page.get_by_role("tree").focus()
    status = page.locator(".flame-status")
    assert status.inner_text().startswith("all · 10.2 s, 100.0 % of all")
    page.keyboard.press("ArrowDown")
    below = status.inner_text()
    assert not below.startswith("all")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Reset zoom").click()
    assert page.locator(".flame-path li").count() == 0


def test_a_phone_needs_no_sideways_scrolling(page: Page, index: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for name in PAGES:
        _open(page, index, name)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, name


def test_the_reader_without_a_mouse_sees_where_she_is(page: Page, index: Path) -> None:
    _open(page, index)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.locator(".theme").focus()
    page.keyboard.press("Shift+Tab")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"


def test_a_smuggled_script_does_not_run(page: Page, index: Path, tmp_path: Path) -> None:
    html = index.read_text("utf-8").replace(
        "<h1>", '<script>document.title = "ran"</script><h1 onclick="1">', 1
    )
    broken = tmp_path / "index.html"
    broken.write_text(html, "utf-8")
    blocked: list[str] = []
    other = page.context.new_page()
    other.on("console", lambda message: blocked.append(message.text))
    other.goto(broken.as_uri())
    assert other.title() != "ran"
    assert any("Content Security Policy" in text for text in blocked)


def test_without_scripts_everything_is_still_there(browser: Browser, index: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(index.as_uri())
    assert page.locator("table.verdicts tbody tr").count() == 104
    assert page.get_by_label("Search rows").count() == 0
    page.goto((index.parent / "10_cpu_profiling.html").as_uri())
    assert page.locator("svg.flame .frame").count() > 20
    assert page.locator(".flame-view").count() == 0
    context.close()
