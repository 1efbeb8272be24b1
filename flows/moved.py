"""Entrypoints of earlier versions: ``flows.share_image.share_image`` is ``flows.actions.share_image`` now.

Work pools keep the entrypoints of what was deployed to them, and people keep them in a ``prefect.yaml`` of their own.
So the modules of the actions can still be imported, until the version after this one.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class MovedFlows:
    """Finds ``flows.<action>`` where no file is found: a module that has nothing but the flow of that action.

    A finder and a loader as ``importlib.abc`` describes them. To derive it from the classes there would double the time
    in which ``imagekeeper --help`` imports our own modules.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - as the protocol of finders has it
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find the module of an action; None for every other name."""
        package, _, action = fullname.rpartition(".")
        if package != "flows":
            return None
        from domain.actions import MODELS

        return ModuleSpec(fullname, self) if action in MODELS else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Have the import system make the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its flow."""
        from flows.actions import FLOWS

        action = module.__name__.rpartition(".")[2]
        setattr(module, action, FLOWS[action])


def install() -> None:
    """Be asked last, so that nothing that can be imported by itself is found here."""
    if not any(isinstance(finder, MovedFlows) for finder in sys.meta_path):
        sys.meta_path.append(MovedFlows())
