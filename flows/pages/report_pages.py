"""Report pages: a notebook, carried out and turned into one HTML file that opens without a network.

Notebooks stay plain: what they show is adapted here, on the outputs. A section in which nothing is shown is
left out of the page.
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
from flows.pages.report_frame import framed, index_of, written
from flows.pages.self_contained import outside_of

PARAMETERS = "parameters"
CELL_TIMEOUT_S = 600
FOR_PEOPLE = {"ValueError", "WarehouseError"}
"""Errors of ours whose text says all; of others the kind is told too."""
CHART = "application/vnd.vegalite+json"
CHARTS_AS_DATA = (
    "import altair;"
    f" altair.renderers.register('page', lambda spec, **_: {{'{CHART}': spec}});"
    " altair.renderers.enable('page')"
)
"""A chart is put out as data (altair's own MIME renderer is refused by nbformat: its type lacks the +json)."""
Parameters = Mapping[str, Any]


class ReportError(Exception):
    """A report could not be made. The text is for people, and names the notebook and the cell where it can."""

    def __init__(self, message: str, notebook: Path | None = None, cell: int | None = None) -> None:
        where = [notebook.name] if notebook else []
        where += [f"cell {cell}"] if cell else []
        super().__init__(f"{', '.join(where)}: {message}" if where else message)
        self.message = message
        self.notebook = notebook
        self.cell = cell


class AskedWrongError(ReportError):
    """A report was asked for something that there is not."""


def publish(
    warehouse: Path, folder: Path, only: list[str] | None = None, parameters: Parameters | None = None
) -> list[Path]:
    """Make the report pages and an ``index.html`` that links them; return their paths, the index last.

    Args:
        warehouse: the path of the DuckDB file.
        folder: where the pages go; it is made where it is missing.
        only: the names of the reports wanted, such as ``sharing``; all, where left out.
        parameters: ``as_of``, ``region``, ``tenant``, ``month``, and for what-if ``offer``, ``amount`` and ``percent``;
            each report takes those it has.

    Raises:
        ReportError: if there is no such report or parameter, or a report cannot be made.
    """
    wanted = _wanted(only)
    given = dict(parameters or {})
    known = {notebook: _parameters(_source(notebook)) for notebook in wanted}
    if unknown := given.keys() - set().union(*known.values()):
        raise AskedWrongError(
            f"no report has a parameter {_list(unknown)}; there are {_list(set().union(*known.values()))}"
        )
    given["warehouse"] = str(warehouse.resolve())
    private_folder(folder)
    with ThreadPoolExecutor() as run_in_threads:
        run_in_threads.submit(_charts_bundle, folder)
        made = [
            run_in_threads.submit(
                render, notebook, folder / _page_of(notebook), {name: given[name] for name in names & given.keys()}
            )
            for notebook, names in known.items()
        ]
        pages = [page.result() for page in made]
    return [*pages, written(folder / "index.html", index_of(folder, headings()))]


def render(notebook: Path, page: Path, parameters: Parameters) -> Path:
    """Carry the notebook out and write its page, as a whole or not at all; return the page.

    Raises:
        ReportError: if the notebook has no such parameter, a cell fails, or the page would need a network.
    """
    source = _source(notebook)
    if unknown := parameters.keys() - _parameters(source):
        raise ReportError(f"there is no parameter {_list(unknown)}; there are {_list(_parameters(source))}", notebook)
    told = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in parameters.items()}
    done = _without_empty_sections(_carried_out(notebook, source, told))
    charts = _with_inline_charts(done)
    html = framed(_body(done), page.name, headings(), script=_charts_bundle(page.parent) if charts else "")
    if outside := outside_of(html):
        raise ReportError(f"the page would need a network for {', '.join(outside)}", notebook)
    return written(page, html)


class _OwnKernel(AsyncKernelManager):
    """Runs cells with the interpreter that runs this, whatever kernels are installed and whatever PATH says."""

    @default("transport_encryption")
    def _encrypted(self) -> str:
        return "auto"

    @property
    def kernel_spec(self) -> KernelSpec:
        quiet = ["--log-level=CRITICAL", "--HistoryManager.enabled=False", f"--IPKernelApp.exec_lines={CHARTS_AS_DATA}"]
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *quiet]
        encrypted = {"supported_encryption": ["curve"]}
        # what runs flows is not to import from its folder; a notebook imports what lies beside it
        beside = {"PYTHONSAFEPATH": ""}
        return KernelSpec(argv=argv, env=beside, display_name="Imagekeeper", language="python", metadata=encrypted)


def _carried_out(notebook: Path, source: NotebookNode, parameters: Parameters) -> NotebookNode:
    # In a thread of its own: whoever calls may have an event loop running, and Jupyter's must be closed afterwards.
    with ThreadPoolExecutor(max_workers=1) as alone:
        try:
            return alone.submit(_execute, source, dict(parameters), notebook.parent).result()
        except PapermillExecutionError as error:
            cell = _number_in(source, error.cell_index)
            told = error.evalue if error.ename in FOR_PEOPLE else f"{error.ename}: {error.evalue}"
            kind = AskedWrongError if error.ename == "ValueError" else ReportError
            raise kind(told, notebook, cell) from error
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
    """The number of a cell as a reader of the notebook counts: without the cell of parameters put in for this run."""
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
    notebook.cells = first + [cell for section in others if any(map(_shows, section)) for cell in section]
    return notebook


def _shows(cell: NotebookNode) -> bool:
    return bool(cell.get("outputs"))


def _with_inline_charts(notebook: NotebookNode) -> int:
    """Turn each chart into a place on the page and a call that draws it; return how many there are."""
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
    """The library that draws the charts; kept beside the pages, because putting it together takes seconds."""
    kept = folder / f".charts-{version('vl-convert-python')}.js"
    if not kept.exists():
        bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
        written(kept, bundle.replace("</script", "<\\/script"))
    return kept.read_text(encoding="utf-8")


def _source(notebook: Path) -> NotebookNode:
    source: NotebookNode = jupytext.read(notebook, fmt="py:percent")
    return source


def _parameters(source: NotebookNode) -> set[str]:
    cells = [cell.source for cell in source.cells if PARAMETERS in cell.metadata.get("tags", [])]
    statements = ast.parse("\n".join(cells)).body
    return {name.id for one in statements if isinstance(one, ast.Assign) for name in one.targets}  # type: ignore[attr-defined]


def _heading(notebook: Path) -> tuple[str, str]:
    """The title of a notebook and its first paragraph, from its first cell of text."""
    cell = notebook.read_text(encoding="utf-8").split("# %%")[1]
    title, *rest = "\n".join(line.removeprefix("#").strip() for line in cell.splitlines()[1:]).strip().split("\n\n")
    return title.removeprefix("# "), " ".join(rest[0].split()) if rest else ""


def headings() -> dict[str, tuple[str, str]]:
    """The pages there can be: title and first paragraph."""
    return {_page_of(notebook): _heading(notebook) for notebook in _wanted(None)}


def _wanted(only: list[str] | None) -> list[Path]:
    notebooks = notebook_files()
    if not notebooks:
        raise ReportError("the notebooks are not installed; imagekeeper doctor lists what is missing")
    asked = [re.sub(r"^\d+_", "", name) for name in only] if only else list(notebooks)
    if unknown := set(asked) - notebooks.keys():
        raise AskedWrongError(f"there is no report {_list(unknown)}; there are {_list(notebooks)}")
    return [notebook for name, notebook in notebooks.items() if name in asked]


def _name_of(notebook: Path) -> str:
    return re.sub(r"^\d+_", "", notebook.stem)


def _page_of(notebook: Path) -> str:
    return f"{_name_of(notebook)}.html"


def _list(names: Any) -> str:
    return ", ".join(sorted(names))
