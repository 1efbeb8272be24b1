"""Publish report pages: run a notebook and turn it into one HTML file that opens without a network.

Notebooks contain no code for this: their outputs are adapted here. A section without outputs is left out of the page.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jupytext
import papermill
import vl_convert
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from data.access.private_folders import private_folder
from flows.pages.notebook_files import notebook_files
from flows.pages.report_frame import full_page, index_of, write_page
from flows.pages.self_contained import external_addresses

PARAMETERS = "parameters"
CELL_TIMEOUT_S = 600
FOR_PEOPLE = {"ValueError", "WarehouseError"}
"""Errors with a message for people. The message of other errors begins with the name of the exception."""
CHART = "application/vnd.vegalite+json"
CHARTS_AS_DATA = (
    "import altair;"
    f" altair.renderers.register('page', lambda spec, **_: {{'{CHART}': spec}});"
    " altair.renderers.enable('page')"
)
"""Makes altair return charts as data. nbformat rejects altair's own MIME type, because it lacks ``+json``."""
Parameters = Mapping[str, Any]


class ReportError(Exception):
    """A report could not be published. The message is for people and names the notebook and the cell if known."""

    def __init__(self, message: str, notebook: Path | None = None, cell: int | None = None) -> None:
        where = [notebook.name] if notebook else []
        where += [f"cell {cell}"] if cell else []
        super().__init__(f"{', '.join(where)}: {message}" if where else message)
        self.message = message
        self.notebook = notebook
        self.cell = cell


class WrongArgumentError(ReportError):
    """The request names a report, parameter or value that does not exist."""


def publish(
    warehouse: Path, folder: Path, only: list[str] | None = None, parameters: Parameters | None = None
) -> list[Path]:
    """Publish report pages and an ``index.html`` with links to them. Return their paths, the index last.

    Args:
        warehouse: the path of the DuckDB file.
        folder: the folder of the pages; it is created if it does not exist.
        only: the names of the reports, such as ``sharing``. Default: all.
        parameters: ``as_of``, ``region``, ``tenant``, ``month``, and for what-if ``offer``, ``amount`` and ``percent``.
            Each report gets the parameters that it has.

    Raises:
        ReportError: if there is no such report or parameter, or a report cannot be published.
    """
    selected = _selected(only)
    given = dict(parameters or {})
    known = {notebook: _parameters(_source(notebook)) for notebook in selected}
    if unknown := given.keys() - set().union(*known.values()):
        raise WrongArgumentError(
            f"no report has a parameter {_list(unknown)}; there are {_list(set().union(*known.values()))}"
        )
    given["warehouse"] = str(warehouse.resolve())
    private_folder(folder)
    with ThreadPoolExecutor() as pool:
        pool.submit(_charts_bundle, folder)  # takes seconds: build it while the notebooks run
        results = [
            pool.submit(
                render, notebook, folder / _page_of(notebook), {name: given[name] for name in names & given.keys()}
            )
            for notebook, names in known.items()
        ]
        pages = [result.result() for result in results]
    return [*pages, write_page(folder / "index.html", index_of(folder, headings()))]


def render(notebook: Path, page: Path, parameters: Parameters) -> Path:
    """Run a notebook and write its page. Return the page's path. If this fails, no page is written.

    Raises:
        ReportError: if the notebook has no such parameter, a cell fails, or the page would need a network.
    """
    source = _source(notebook)
    if unknown := parameters.keys() - _parameters(source):
        raise ReportError(f"there is no parameter {_list(unknown)}; there are {_list(_parameters(source))}", notebook)
    values = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in parameters.items()}
    done = _without_empty_sections(_run(notebook, source, values))
    charts = _with_inline_charts(done)
    html = full_page(_body(done), page.name, headings(), script=_charts_bundle(page.parent) if charts else "")
    if addresses := external_addresses(html):
        raise ReportError(f"the page would need a network for {', '.join(addresses)}", notebook)
    return write_page(page, html)


class _OwnKernel(AsyncKernelManager):
    """Runs cells with the current Python interpreter, independent of installed kernels and PATH."""

    @default("transport_encryption")
    def _encrypted(self) -> str:
        return "auto"

    @property
    def kernel_spec(self) -> KernelSpec:
        quiet = ["--log-level=CRITICAL", "--HistoryManager.enabled=False", f"--IPKernelApp.exec_lines={CHARTS_AS_DATA}"]
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *quiet]
        encrypted = {"supported_encryption": ["curve"]}
        # A worker may run with PYTHONSAFEPATH set; a notebook must import the modules beside it.
        environment = {"PYTHONSAFEPATH": ""}
        return KernelSpec(argv=argv, env=environment, display_name="Imagekeeper", language="python", metadata=encrypted)


def _run(notebook: Path, source: NotebookNode, parameters: Parameters) -> NotebookNode:
    # In a separate thread: the caller may have a running event loop, and Jupyter's must be closed afterwards.
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            return pool.submit(_execute, source, dict(parameters), notebook.parent).result()
        except PapermillExecutionError as error:
            cell = _number_in(source, error.cell_index)
            message = error.evalue if error.ename in FOR_PEOPLE else f"{error.ename}: {error.evalue}"
            kind = WrongArgumentError if error.ename == "ValueError" else ReportError
            raise kind(message, notebook, cell) from error
        except (DeadKernelError, CellTimeoutError) as error:
            raise ReportError(str(error), notebook) from error


def _execute(source: NotebookNode, parameters: dict[str, Any], folder: Path) -> NotebookNode:
    try:
        done: NotebookNode = papermill.execute_notebook(
            source,
            None,
            parameters=parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=CELL_TIMEOUT_S,
            kernel_manager_class=_OwnKernel,
            resources={"metadata": {"path": str(folder)}},
        )
        return done
    finally:
        ensure_event_loop().close()


def _number_in(source: NotebookNode, index: int) -> int:
    """Return the number of a cell in the notebook file: without the parameter cell that papermill inserts."""
    tagged = [number for number, cell in enumerate(source.cells) if PARAMETERS in cell.metadata.get("tags", [])]
    return index if tagged and index > tagged[0] else index + 1


def _without_empty_sections(notebook: NotebookNode) -> NotebookNode:
    sections: list[list[NotebookNode]] = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            sections.append([])
        sections[-1].append(cell)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    first, *others = sections
    notebook.cells = first + [cell for section in others if any(map(_has_output, section)) for cell in section]
    return notebook


def _has_output(cell: NotebookNode) -> bool:
    return bool(cell.get("outputs"))


def _with_inline_charts(notebook: NotebookNode) -> int:
    """Replace each chart by an element and a script that draws it. Return the number of charts."""
    charts = [data for data in _outputs(notebook) if CHART in data]
    for number, data in enumerate(charts, start=1):
        spec = json.dumps(data.pop(CHART), separators=(",", ":")).replace("<", "\\u003c")
        data["text/html"] = (
            f'<div class="chart" id="chart-{number}"></div><script>draw("chart-{number}", {spec})</script>'
        )
    return len(charts)


def _outputs(notebook: NotebookNode) -> Iterator[NotebookNode]:
    for cell in notebook.cells:
        yield from (output.data for output in cell.get("outputs", []) if "data" in output)


def _body(notebook: NotebookNode) -> str:
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    body: str = exporter.from_notebook_node(notebook)[0]
    return body


@cache
def _charts_bundle(folder: Path) -> str:
    """Return the JavaScript library that draws charts. It is stored beside the pages: building it takes seconds."""
    stored = folder / f".charts-{version('vl-convert-python')}.js"
    if not stored.exists():
        bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
        write_page(stored, bundle.replace("</script", "<\\/script"))
    return stored.read_text(encoding="utf-8")


def _source(notebook: Path) -> NotebookNode:
    source: NotebookNode = jupytext.read(notebook, fmt="py:percent")
    return source


def _parameters(source: NotebookNode) -> set[str]:
    cells = [cell.source for cell in source.cells if PARAMETERS in cell.metadata.get("tags", [])]
    statements = ast.parse("\n".join(cells)).body
    assigned = [statement for statement in statements if isinstance(statement, ast.Assign)]
    return {name.id for statement in assigned for name in statement.targets}  # type: ignore[attr-defined]


def _heading(notebook: Path) -> tuple[str, str]:
    """Return the title of a notebook and its first paragraph, from its first Markdown cell."""
    cell = notebook.read_text(encoding="utf-8").split("# %%")[1]
    title, *rest = "\n".join(line.removeprefix("#").strip() for line in cell.splitlines()[1:]).strip().split("\n\n")
    return title.removeprefix("# "), " ".join(rest[0].split()) if rest else ""


def headings() -> dict[str, tuple[str, str]]:
    """Return all pages by file name: title and first paragraph."""
    return {_page_of(notebook): _heading(notebook) for notebook in _selected(None)}


def _selected(only: list[str] | None) -> list[Path]:
    notebooks = notebook_files()
    if not notebooks:
        raise ReportError("the notebooks are not installed; imagekeeper doctor lists what is missing")
    parameters_given = [re.sub(r"^\d+_", "", name) for name in only] if only else list(notebooks)
    if unknown := set(parameters_given) - notebooks.keys():
        raise WrongArgumentError(f"there is no report {_list(unknown)}; there are {_list(notebooks)}")
    return [notebook for name, notebook in notebooks.items() if name in parameters_given]


def _name_of(notebook: Path) -> str:
    return re.sub(r"^\d+_", "", notebook.stem)


def _page_of(notebook: Path) -> str:
    return f"{_name_of(notebook)}.html"


def _list(names: Any) -> str:
    return ", ".join(sorted(names))
