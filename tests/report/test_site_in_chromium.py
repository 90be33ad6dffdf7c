"""The report as a reader meets it: opened from disk in a browser, without a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = [pytest.mark.requires_chromium, pytest.mark.slow]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ("index", "00_overview", "10_cpu_profiling", "21_loop_unrolling", "60_ml_inference")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """Console errors, page errors, and requests that leave the disk."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.on("console", lambda message: _note(complaints, message.type == "error", message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: _note(complaints, not request.url.startswith("file://"), request.url),
    )
    yield page
    context.close()
    assert complaints == []


def _note(complaints: list[str], worth: object, text: str) -> None:
    if worth:
        complaints.append(text)


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


def test_a_flame_graph_is_zoomed_and_searched(page: Page, index: Path) -> None:
    _open(page, index, "10_cpu_profiling")
    frames = page.locator("svg.flame .frame:visible")
    all_frames = frames.count()
    target = page.locator("svg.flame .frame", has_text="dense_forward").last
    name = target.locator("title").text_content()
    target.click()
    assert frames.count() < all_frames
    assert float(target.locator("rect").get_attribute("width") or 0) == 960
    assert name is not None
    assert page.locator(".flame-status").inner_text() == name.replace("\n", " · ")
    page.get_by_role("button", name="Reset zoom").click()
    assert frames.count() == all_frames
    page.get_by_label("Search functions").fill("memmove")
    found = page.locator("svg.flame .frame.found").count()
    assert 0 < found < all_frames
    assert f"{found} frames" in page.locator(".table-tools output").first.inner_text()


def test_a_flame_graph_is_walked_with_the_keyboard(page: Page, index: Path) -> None:
    _open(page, index, "10_cpu_profiling")
    status = page.locator(".flame-status")
    page.locator('svg.flame .frame[tabindex="0"]').focus()
    assert status.inner_text().startswith("all")
    page.keyboard.press("ArrowDown")
    below = status.inner_text()
    assert not below.startswith("all")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Reset zoom").is_enabled()
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Reset zoom").is_disabled()
    page.keyboard.press("ArrowUp")
    assert status.inner_text().startswith("all")


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
    context.close()
