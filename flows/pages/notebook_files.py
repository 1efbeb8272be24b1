"""Find the notebooks, in the repository and in an installed wheel."""

import atexit
from contextlib import ExitStack
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path


@cache
def notebook_folder() -> Path | None:
    """Return the folder with the notebooks and the modules that they import; None if it is not installed.

    papermill and the kernel need real files, which ``as_file`` guarantees. The folder exists until this process ends.
    """
    found = find_spec("notebooks")
    # A folder "notebooks" without __init__.py, such as one of the user's in the working directory, has no origin.
    if found is None or found.origin is None:
        return None
    opened = ExitStack()
    atexit.register(opened.close)
    return opened.enter_context(resources.as_file(resources.files("notebooks")))


def notebook_files() -> dict[str, Path]:
    """Return the notebooks by the names of their reports, such as ``sharing``, in the order of the pages."""
    folder = notebook_folder()
    found = [] if folder is None else sorted(folder.glob("[0-9]*_*.py"))
    return {file.stem.partition("_")[2]: file for file in found}
