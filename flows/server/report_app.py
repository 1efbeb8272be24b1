"""Serve the folder of the reports as a web application, behind the guard."""

import html
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from data.access.private_folders import private_folder
from flows.server.access import FILE, auth_string, own_origins, report_key
from flows.server.guard import Password, guard

PAGE = """<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Imagekeeper reports</title>
<style>body{{font:16px/1.6 system-ui,sans-serif;margin:3rem auto;max-width:40rem;padding:0 1rem}}</style>
<h1>Reports</h1>{content}</html>"""

NO_REPORTS = "<p>There are no reports yet. Write them with <code>imagekeeper report</code>.</p>"


def report_app(folder: Path, prefect_home: Path, port: int) -> ASGIApp:
    """Return an app that serves the files of the folder and a list of its pages.

    It requires the password (HTTP Basic), except below the path of ``report_key``.
    """
    key = f"/{report_key(prefect_home)}"
    private_folder(folder)

    def list_pages(_: Request) -> Response:
        return HTMLResponse(_list_of(folder))

    def refused() -> Response:
        return PlainTextResponse(
            "These reports require a password. Open them with a link from the page of a run in Prefect's UI, or enter"
            f" the user and the password from {prefect_home / FILE}.",
            status_code=401,
            headers={"WWW-Authenticate": 'Basic realm="Imagekeeper reports"'},
        )

    routes = [Route("/", list_pages), Mount("/", StaticFiles(directory=folder))]
    app = Starlette(routes=[Route(key, lambda _: RedirectResponse(f"{key}/")), Mount(key, routes=routes), *routes])
    password = Password(auth_string(prefect_home), lambda scope: f"{scope['path']}/".startswith(f"{key}/"))
    return guard(app, origins=own_origins(port), password=password, refused=refused)


def _list_of(folder: Path) -> str:
    names = sorted(file.name for file in folder.glob("*.html")) if folder.is_dir() else []
    links = "".join(f'<li><a href="{quote(name)}">{html.escape(name.removesuffix(".html"))}</a></li>' for name in names)
    return PAGE.format(content=f"<ul>{links}</ul>" if links else NO_REPORTS)
