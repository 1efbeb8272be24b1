"""The files of the project, as tests of documents read them."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[2]
NOT_OURS = {".git", ".venv", "var", "__pycache__", "build", "dist"}
"""Folders that a copy without git may have, and that are no part of the project."""


def tracked(*patterns: str) -> list[str]:
    """The paths of the project's files, without those that git ignores; in a copy without git, all but known folders.

    Args:
        patterns: endings of names such as ``*.md``; every file, if there are none.
    """
    if not (PROJECT / ".git").exists():
        found = (path.relative_to(PROJECT) for path in PROJECT.rglob("*") if path.is_file())
        ours = (path for path in found if NOT_OURS.isdisjoint(path.parts))
        return sorted(str(path) for path in ours if not patterns or any(path.match(pattern) for pattern in patterns))
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (PROJECT / name).is_file()]
