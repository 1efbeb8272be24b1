"""Count what keeps the code readable, and exit with 1 where a limit is passed: ``python tests/support/limits.py``.

The limits serve readability. Where one would make code harder to read, an entry of ``EXEMPT`` names the code and says
why. Tests are not counted; notebooks are. Migrations are hashed and never change, so they are not counted either.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
CODE = ("domain", "data", "flows", "notebooks")

MODULES_PER_FOLDER = 16
LINES_PER_FUNCTION = 40
LINES_PER_FILE = 350
SQL_MEDIAN, SQL_P95 = 25, 150

EXEMPT = {
    "flows/apply_inbox.py::said": "a key of the result of the flow, which users read",
    "flows/sync_inventory.py::said": "a key of the result of the flow, which users read",
    "in_doubt": "a key of the result of the flow check-drift, which users read",
    "domain/policy/rules": "one module for each action, found by its name",
}
"""Folders, files, functions (``file::function``) and names that may pass a limit, each with the reason."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: where it is, and how many lines its body has without the docstring."""

    file: str
    name: str
    lines: int


def modules() -> list[Path]:
    """Return the Python files that are counted."""
    return sorted(file for folder in CODE for file in (ROOT / folder).rglob("*.py") if "__pycache__" not in file.parts)


def sql_files() -> list[Path]:
    """Return the SQL files that are counted."""
    return sorted(file for file in (ROOT / "data").rglob("*.sql") if "migrations" not in file.parts)


def place(file: Path) -> str:
    """Return the path of a file from the root of the project."""
    return file.relative_to(ROOT).as_posix()


def functions(file: Path) -> Iterator[Function]:
    """Yield the functions of a module; lines of a nested function count for the outer one too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1
            yield Function(place(file), node.name, lines)


def without_docstring(file: Path) -> Iterator[str]:
    """Yield the public modules, classes and functions that have no docstring."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    if ast.get_docstring(tree) is None and "notebooks" not in file.parts:
        yield place(file)
    public = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_")]
    for owner in public:
        for node in owner.body:
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and node.name[0] != "_" and ast.get_docstring(node) is None:
                yield f"{place(file)}::{node.name}"


def banned_words() -> set[str]:
    """Return the words that no name may contain: those in code font in the last column of the glossary."""
    rows = (line.split("|") for line in (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines())
    return {word for row in rows if len(row) > 4 for word in re.findall(r"`([a-z_]+)`", row[3])}


def names(file: Path) -> Iterator[str]:
    """Yield the names that a module defines: itself, its classes, functions, parameters and attributes."""
    yield file.stem
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr


def words_of(name: str) -> set[str]:
    """Return the words of a name in snake_case or CamelCase, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def findings() -> Iterator[str]:
    """Yield a sentence for each place that passes a limit."""
    files = modules()
    for folder in sorted({file.parent for file in files}):
        count = sum(file.parent == folder and file.name != "__init__.py" for file in files)
        if count > MODULES_PER_FOLDER and place(folder) not in EXEMPT:
            yield f"{place(folder)} has {count} modules; the limit is {MODULES_PER_FOLDER}: group them"
    banned = banned_words()
    for file in files:
        length = len(file.read_text(encoding="utf-8").splitlines())
        if length > LINES_PER_FILE and place(file) not in EXEMPT:
            yield f"{place(file)} has {length} lines; the limit is {LINES_PER_FILE}: split it"
        for one in functions(file):
            if one.lines > LINES_PER_FUNCTION and f"{one.file}::{one.name}" not in EXEMPT:
                yield f"{one.file}::{one.name} has {one.lines} lines; the limit is {LINES_PER_FUNCTION}: split it"
        yield from (f"{missing} has no docstring" for missing in without_docstring(file))
        for name in sorted(set(names(file))):
            if (wrong := words_of(name) & banned) and not {name, f"{place(file)}::{name}"} & EXEMPT.keys():
                yield f"{place(file)}: the name {name} has {', '.join(sorted(wrong))}; GLOSSARY.md has the term to use"
    lengths = [len(file.read_text(encoding="utf-8").splitlines()) for file in sql_files()]
    if median(lengths) > SQL_MEDIAN or quantiles(lengths, n=20)[-1] > SQL_P95:
        yield (
            f"SQL files have {median(lengths):g} lines in the median and {quantiles(lengths, n=20)[-1]:g} at p95;"
            f" the limits are {SQL_MEDIAN} and {SQL_P95}"
        )


def figures() -> str:
    """Return the figures that the limits are about, in one line."""
    bodies = [one.lines for file in modules() for one in functions(file)]
    lengths = [len(file.read_text(encoding="utf-8").splitlines()) for file in sql_files()]
    folders = [sum(file.parent == folder for file in modules()) for folder in {file.parent for file in modules()}]
    return (
        f"{len(modules())} modules, widest folder {max(folders)}; functions: median {median(bodies):g}, p95"
        f" {quantiles(bodies, n=20)[-1]:g}, longest {max(bodies)} lines; {len(lengths)} SQL files: median"
        f" {median(lengths):g}, p95 {quantiles(lengths, n=20)[-1]:g} lines"
    )


def main() -> int:
    """Print the figures and what passes a limit; return the exit code."""
    found = list(findings())
    print("\n".join([figures(), *found]))  # noqa: T201 - it is a command
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
