"""What pages show of the command: each step of a transcript, run, and compared with what stands there."""

import re
import shlex
import textwrap
from collections.abc import Mapping
from pathlib import Path

from support import warm_command


def steps(page: str, fence: str) -> list[tuple[str, str]]:
    """The commands of a page's blocks of a kind, each with what it prints. A block in a list may be indented."""
    blocks = re.findall(rf"^ *```{fence}\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    found = [step for block in blocks for step in re.split(r"^\$ ", textwrap.dedent(block), flags=re.MULTILINE) if step]
    return [(command, expected) for command, _, expected in (step.partition("\n") for step in found)]


def compare(shown: list[tuple[str, str]], folder: Path, environment: Mapping[str, str]) -> None:
    """Run each command in a folder, one after the other: it must print what is shown (ids cut short, no times)."""
    for command, expected in shown:
        told = warm_command.run(shlex.split(command)[1:], folder, environment)
        assert "Traceback" not in told.stderr
        assert _plain(told.stderr + told.stdout) == _plain(expected), command


def _plain(text: str) -> list[str]:
    """Lines without trailing space, blank ones and the time of the run; a batch's id is cut to four letters."""
    text = re.sub(r"\b(since|until) \d{4}-\d\d-\d\d( [\d:+]+( UTC)?)?", r"\1 now", text)
    lines = [re.sub(r"\b[0-9a-f]{32}\b", lambda found: found[0][:4], line).rstrip() for line in text.splitlines()]
    return [line for line in lines if line and not re.match(r"\d+ of \d+ requests", line)]
