"""Batches that a check proposes: written where nobody applies them by themselves."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.pages.report_frame import write_page


def proposed(
    folder: Path, about: str, moment: datetime, said: Sequence[str], actions: Sequence[tuple[Mapping[str, Any], str]]
) -> Path:
    """Write a batch, an action a line with a remark behind it; its path.

    It has an id of its own: the same things may have to be done once more.
    """
    name = f"{about}-{moment:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        *(f"# {line}" for line in said),
        f"batch_id: {name}",
        "actions:",
        *(f"  - {_inline(action)}  # {remark}" for action, remark in actions),
    ]
    return write_page(folder / f"{name}.yaml", "\n".join([*lines, ""]))


def _inline(action: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {_word(name, value)}" for name, value in action.items()) + "}"


def _word(name: str, value: Any) -> str:
    return str(value) if name == "action" else json.dumps(value)
