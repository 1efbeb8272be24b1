"""Reports by schedule: what the run's page says."""

from datetime import UTC, datetime
from pathlib import Path

from data.read import WarehouseState
from flows.publish_reports import links, page_of, pages

PAGES = [Path("/reports/sharing.html"), Path("/reports/policy_what_if.html"), Path("/reports/index.html")]
STATE = WarehouseState(datetime(2026, 11, 20, 12, tzinfo=UTC), 5000, 12, 3, 2, 64_000, ("eu-west-0",))


def test_each_page_is_linked_the_index_first() -> None:
    """By the address where the folder is to be seen, or by the file where it is served nowhere."""
    assert links(PAGES, "http://127.0.0.1:4201/") == [
        "[index](http://127.0.0.1:4201/index.html)",
        "[sharing](http://127.0.0.1:4201/sharing.html)",
        "[policy what if](http://127.0.0.1:4201/policy_what_if.html)",
    ]
    assert links(PAGES, None)[1] == "[sharing](file:///reports/sharing.html)"


def test_every_report_is_published() -> None:
    """The pages are those that the command writes."""
    assert {"inventory", "sharing", "marketplace_cost", "policy_what_if"} <= set(pages())


def test_the_page_says_what_went_wrong_first() -> None:
    """What could not be made comes before the links; then what the warehouse holds."""
    page = page_of(PAGES[:1], "http://here", STATE, ["the page 'inventory' could not be rendered: no room"])
    assert page.index("no room") < page.index("http://here/sharing.html") < page.index("| images | 5,000 |")
    assert "2026-11-20 12:00 UTC" in page
    assert "The files are in" not in page_of([], None, STATE, ["nothing could be made"])
