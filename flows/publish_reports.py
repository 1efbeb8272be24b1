"""The flow ``publish-reports``: renders every report page, one task for each."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from data import read
from data.billing import invoicing, metering_runs
from data.billing.metering_runs import ChecksFailed
from data.read import WarehouseState
from flows.cli.report_commands import PageError
from flows.lifecycle import steps
from flows.resources import warehouse_of
from flows.runs import events
from flows.runs.markdown import table
from flows.server.report_server import reports_url
from flows.settings import settings

ENDS_SOON = timedelta(days=14)
"""How long before its end a contract is announced."""


@flow(name="publish-reports", flow_run_name="publish reports")
async def publish_reports() -> list[str]:
    """Updates the charges and renders all report pages; returns the paths of the pages.

    The run fails if a page cannot be rendered or a check of the charges fails. The other pages are rendered
    nevertheless, and a page that could not be rendered stays as it was.
    """
    here = settings()
    wrong = await asyncio.to_thread(_metered)
    await asyncio.to_thread(_tell_of_contracts)
    names = pages()
    made: list[Any] = [publish_page.with_options(task_run_name=name)(name) for name in names]
    results = await asyncio.gather(*made, return_exceptions=True)
    failed = [
        f"the page '{name}' could not be rendered: {one}"
        for name, one in zip(names, results, strict=True)
        if isinstance(one, BaseException)
    ]
    # Every result contains the index as well.
    written = [*dict.fromkeys(Path(path) for paths in results if isinstance(paths, list) for path in paths)]
    state = await asyncio.to_thread(read.warehouse_state, here.warehouse)
    wrong = [*failed, *wrong]
    page = page_of(written, reports_url(here), state, wrong)
    text = f"{len(names) - len(failed)} of {len(names)} pages rendered"
    await acreate_markdown_artifact(key="reports", markdown=page, description=text)
    if wrong:
        raise PageError("\n".join(wrong))
    return [str(path) for path in written]


@task(name="publish-page", cache_policy=NO_CACHE, persist_result=False)
async def publish_page(name: str) -> list[str]:
    """Render one page and the index; return their paths."""
    # Importing these libraries takes most of a second; listing the flows must not wait for them.
    from flows.pages.report_pages import publish

    written = await asyncio.to_thread(publish, settings().warehouse, settings().reports, only=[name])
    return [str(path) for path in written]


def pages() -> list[str]:
    """Return the names of all report pages."""
    from flows.pages.report_pages import headings

    return [page.removesuffix(".html") for page in headings()]


def links(pages: Sequence[Path], base_url: str | None) -> list[str]:
    """Return a Markdown link to each page, the index first; to the file if the pages are not served.

    Args:
        pages: the files of the pages.
        base_url: where their folder is served, such as http://127.0.0.1:4201/.
    """
    ordered = sorted(pages, key=lambda page: page.name != "index.html")
    return [f"[{page.stem.replace('_', ' ')}]({_address(page, base_url)})" for page in ordered]


def page_of(written: Sequence[Path], base_url: str | None, state: WarehouseState, wrong: Sequence[str]) -> str:
    """Return the run's page in Markdown: errors, links to the report pages, and what the warehouse contains."""
    parts = ["## Reports"]
    parts += [f"**Error:** {one}" for one in wrong]
    parts.append("\n".join(f"- {link}" for link in links(written, base_url)))
    if written:
        parts.append(f"The files are in `{written[0].parent}`. The links work while `imagekeeper up` runs.")
    counts = {
        "images": state.images,
        "shares": state.shares,
        "servers": state.servers,
        "offers": state.offers,
        "actions recorded": state.actions,
    }
    rows = ((what, f"{count:,}") for what, count in counts.items())
    parts.append(table(("what", "how many"), rows, numbers=("how many",)))
    if state.last_action is not None:
        parts.append(f"The last action was recorded at {state.last_action:%Y-%m-%d %H:%M} UTC.")
    return "\n\n".join(parts)


def _address(page: Path, base_url: str | None) -> str:
    return page.absolute().as_uri() if base_url is None else f"{base_url.rstrip('/')}/{page.name}"


def _tell_of_contracts() -> None:
    """Emit an event for each contract that ends soon; every run, until it has ended or is renewed."""
    now = steps.now()
    with warehouse_of(settings()).reading() as con:
        found = invoicing.ending(con, now, now + ENDS_SOON)
    for one in found:
        text = f"the contract of {one.tenant} for {one.offer} ({one.servers:,} servers) ends {one.ends_at:%Y-%m-%d}"
        about = f"contract.{one.contract_id}"
        events.tell("contract-ending", about, text, tenant=one.tenant, ends_at=one.ends_at.isoformat())


def _metered() -> list[str]:
    """Update the charges; return the messages of failed checks."""
    try:
        with events.report_failed_checks():
            metering_runs.meter_all(warehouse_of(settings()), steps.now())
    except ChecksFailed as error:
        return [str(error)]
    return []
