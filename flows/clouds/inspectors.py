"""oslo.utils' image format inspectors, without the rest of the package that they are in.

``oslo_utils.imageutils`` also imports what reads the output of ``qemu-img``, and that compiles some 400 regular
expressions for masking passwords: as long as DuckDB takes to start, in each process that looks at a file.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

PACKAGE = "oslo_utils.imageutils"

if TYPE_CHECKING:
    from oslo_utils.imageutils import format_inspector
else:
    # find_spec imports the parent only. An empty package of that name stands in while the submodule is imported.
    spec = None if PACKAGE in sys.modules else find_spec(PACKAGE)
    if spec is None:
        from oslo_utils.imageutils import format_inspector
    else:
        stand_in = ModuleType(PACKAGE)
        stand_in.__path__ = spec.submodule_search_locations
        sys.modules[PACKAGE] = stand_in
        try:
            format_inspector = import_module(f"{PACKAGE}.format_inspector")
        finally:
            # whoever imports the package later gets all of it
            del sys.modules[PACKAGE]

__all__ = ["format_inspector"]
