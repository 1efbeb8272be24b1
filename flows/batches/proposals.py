"""Batches that a check proposes. They are written to a folder that no flow applies automatically."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.pages.report_frame import write_page


def proposed(
    folder: Path, about: str, moment: datetime, head: Sequence[str], actions: Sequence[tuple[Mapping[str, Any], str]]
) -> Path:
    """Write a batch with one action on each line, followed by a comment, and return its path.

    Its batch id contains the time, so that the same actions can be proposed and applied again later.
    """
    name = f"{about}-{moment:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        *(f"# {line}" for line in head),
        f"batch_id: {name}",
        "actions:",
        *(f"  - {_inline(action)}  # {remark}" for action, remark in actions),
    ]
    return write_page(folder / f"{name}.yaml", "\n".join([*lines, ""]))


def _inline(action: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {_value(name, value)}" for name, value in action.items()) + "}"


def _value(name: str, value: Any) -> str:
    return str(value) if name == "action" else json.dumps(value)
