"""Report pages in a real browser: nothing is fetched, every chart is drawn, and they fit a phone and paper."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from flows.pages.report_pages import headings

PAGES = tuple(headings())
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="no Chromium, and make test may not install it here"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


class Opened:
    """A page of ours in the browser, and all that it asked for and complained about meanwhile."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.fetched: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.fetched.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"file://{file}")
        page.wait_for_function(
            "document.querySelectorAll('.chart').length === document.querySelectorAll('.chart svg').length"
        )
        page.wait_for_function(
            "[...document.querySelectorAll('table.dataTable')].every(one => one.querySelector('tbody tr'))"
        )

    def count(self, selector: str) -> int:
        """How many there are on the page."""
        return self.page.locator(selector).count()

    def measure(self, script: str) -> object:
        """What a script in the page says."""
        return self.page.evaluate(script)


@pytest.mark.parametrize("name", [*PAGES, "index.html"])
class TestEveryPage:
    """What holds of all of them, of a small world and of one in which nothing has happened."""

    @pytest.mark.parametrize("world", ["pages", "blank_pages"])
    def test_nothing_is_fetched_and_everything_drawn(
        self, name: str, world: str, browser: Browser, request: pytest.FixtureRequest
    ) -> None:
        """The file alone is read, nothing is complained of, each chart is a picture and each table has rows."""
        file = request.getfixturevalue(world) / name
        opened = Opened(browser.new_page(), file)
        assert [address for address in opened.fetched if not address.startswith(("data:", "blob:"))] == [
            f"file://{file}"
        ]
        assert opened.complaints == []
        html = file.read_text(encoding="utf-8")
        assert opened.count(".chart svg") == html.count('class="chart" id=')
        assert opened.count("table.dataTable") == html.count("new ITable(")
        assert (opened.count(".chart svg") > 0) == (world == "pages" and name != "index.html")
        opened.page.close()

    def test_drawn_charts_show_something(self, name: str, pages: Path, browser: Browser) -> None:
        """In every chart there is at least one mark that has a size."""
        opened = Opened(browser.new_page(), pages / name)
        marks = ".mark-rect path, .mark-symbol path, .mark-area path, .mark-line path, .mark-rule line"
        empty = opened.measure(
            "[...document.querySelectorAll('.chart')].filter(chart => ![..."
            f"chart.querySelectorAll('{marks}')].some(mark => mark.getBBox().width + mark.getBBox().height > 1))"
            ".map(chart => chart.id)"
        )
        assert empty == []
        opened.page.close()

    @pytest.mark.parametrize("width", [390, 1100, 1300, 1920])
    def test_figures_fit_their_cards(self, name: str, width: int, pages: Path, browser: Browser) -> None:
        """No key figure runs out of its card, not even one as long as 1,023.9 MiB."""
        opened = Opened(browser.new_page(viewport={"width": width, "height": 844}), pages / name)
        opened.measure("document.querySelector('.figures b').textContent = '1,023.9 MiB'")
        wide = "[...document.querySelectorAll('.figures li')].filter(one => one.scrollWidth > one.clientWidth).length"
        assert (opened.count(".figures b") > 0, opened.measure(wide)) == (True, 0)
        opened.page.close()

    def test_it_fits_a_phone(self, name: str, pages: Path, browser: Browser) -> None:
        """390 points wide, nothing sticks out at the side; wide tables and charts scroll in their own place."""
        opened = Opened(browser.new_page(viewport={"width": 390, "height": 844}), pages / name)
        assert opened.measure("document.documentElement.scrollWidth") == 390
        opened.page.close()

    def test_it_fits_paper(self, name: str, pages: Path, browser: Browser) -> None:
        """Printed, there is no bar, no contents and nothing to click; no chart is wider than the paper."""
        opened = Opened(browser.new_page(viewport={"width": 794, "height": 1123}), pages / name)
        opened.page.emulate_media(media="print")
        assert not opened.page.locator("header").is_visible()
        assert all(not one.is_visible() for one in opened.page.locator(".contents, .dt-search, .dt-paging").all())
        assert opened.measure("[...document.querySelectorAll('.chart svg')].every(one => one.clientWidth <= 794)")
        opened.page.close()
