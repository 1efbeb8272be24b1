"""Keep the entrypoints of earlier versions: ``flows.share_image.share_image`` is now ``flows.actions.share_image``.

Work pools store the entrypoints of their deployments, and users may have them in an edited ``prefect.yaml``. So the
modules of the actions can still be imported in this version. The next version removes them.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class MovedFlows:
    """Finds and loads ``flows.<action>``: a module without a file that contains only the flow of that action.

    This class has the methods of ``importlib.abc.MetaPathFinder`` and ``Loader`` without deriving from them: to import
    ``importlib.abc`` would double the time that ``imagekeeper --help`` needs for our own modules.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - part of the protocol
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Return the spec of the module of an action; None for every other name."""
        package, _, action = fullname.rpartition(".")
        if package != "flows":
            return None
        from domain.actions import MODELS

        return ModuleSpec(fullname, self) if action in MODELS else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Return None: the import system creates the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the flow of the action into the module."""
        from flows.actions import FLOWS

        action = module.__name__.rpartition(".")[2]
        setattr(module, action, FLOWS[action])


def install() -> None:
    """Register the finder, as the last one: a module with a file takes precedence."""
    if not any(isinstance(finder, MovedFlows) for finder in sys.meta_path):
        sys.meta_path.append(MovedFlows())
