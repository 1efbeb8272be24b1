"""What a benchmark reports: rows, each with its value and its goal. ``run.py`` collects them.

A benchmark states its goals once, in ``GOALS``, and hands each row over with ``row`` or ``measured``. In its output, a
row is a line that begins with ``ROW`` and goes on in JSON.
"""

import json
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass

PREFIX = "ROW "


@dataclass(frozen=True, slots=True)
class Goal:
    """A value of ``limit`` or less meets the goal; with ``at_least``, a value of ``limit`` or more."""

    limit: float
    unit: str
    at_least: bool = False

    def __str__(self) -> str:
        """The goal as the table shows it."""
        return f"{'≥' if self.at_least else '≤'} {self.limit:g} {self.unit}"

    def is_met_by(self, value: float) -> bool:
        """Whether a value meets the goal."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """One result: its value in the unit of the goal, or why there is none."""

    name: str
    goal: Goal
    value: float | None = None
    error: str | None = None

    @property
    def status(self) -> str:
        """``met``, ``MISSED`` or ``FAILED``."""
        if self.value is None:
            return "FAILED"
        return "met" if self.goal.is_met_by(self.value) else "MISSED"

    @classmethod
    def parsed(cls, line: str) -> "Row":
        """The row that a line of output states."""
        told = json.loads(line.removeprefix(PREFIX))
        return cls(**told | {"goal": Goal(**told["goal"])})


def row(name: str, value: float, goal: Goal) -> None:
    """Report a value."""
    _print(Row(name, goal, round(value, 4)))


def measured(name: str, work: Callable[[], float], goal: Goal) -> None:
    """Report the value that ``work`` returns, or that it raised; the rows after it are measured either way."""
    try:
        value = work()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this row's result
        _print(Row(name, goal, error=last_line(error)))
    else:
        row(name, value, goal)


def last_line(error: Exception) -> str:
    """The last line of what an error says; of a process that failed, the last line that it wrote to stderr."""
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) and error.stderr else str(error)
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return (text.strip() or type(error).__name__).splitlines()[-1]


def _print(result: Row) -> None:
    print(PREFIX + json.dumps(asdict(result)), flush=True)
