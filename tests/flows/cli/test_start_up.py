"""What a command imports: people wait for it, and an import too many is not noticed on a fast machine."""

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from data.warehouse.connection import Warehouse
from flows.cli.command import COMMANDS, app

HEAVY = {"prefect", "pandas", "numpy", "pyarrow", "uvicorn", "fastapi", "oslo_utils.strutils", "papermill", "boto3"}
"""What takes longer to import than DuckDB; none of it is needed to judge a small batch."""

RUN = """
import json, sys
sys.argv = ["imagekeeper", *sys.argv[1:]]
from flows.cli import main
try:
    main()
finally:
    sys.stderr.write("\\n" + json.dumps(sorted(sys.modules)))
"""


def modules_of(home: Path, *arguments: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    command = [sys.executable, "-c", RUN, *arguments]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd()), "IMAGEKEEPER_HOME": str(home)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_help_imports_no_module_of_a_command(tmp_path: Path) -> None:
    """``--help`` imports cyclopts and the list of commands: neither DuckDB nor pydantic, nor Markdown to render."""
    found = modules_of(tmp_path, "--help")
    absent = HEAVY | {"duckdb", "pydantic", "yaml", "asyncio", "rich.markdown", "domain", "data", "flows.cli.terminal"}
    assert not found & absent
    assert len(found) <= 260


def test_plan_imports_only_what_judging_needs(tmp_path: Path) -> None:
    """``plan`` of a small batch, of which an action names a file, imports nothing heavy, and not what apply needs."""
    with Warehouse(tmp_path / "warehouse.duckdb").writing():
        pass
    batch = tmp_path / "batch.yaml"
    (tmp_path / "web.raw").write_bytes(b"a disk" * 1000)
    batch.write_text(
        "actor: acme\nregion: eu-west-0\nactions:\n"
        "  - {action: import_image, name: web, file: web.raw, image_type: system_disk, min_disk_gb: 1, as: web,\n"
        "     os: {type: linux, distribution: alpine, version: '3.23'}}\n"
        "  - {action: share_image, image: $web, tenants: [umbrella]}\n"
    )
    found = modules_of(tmp_path, "plan", str(batch))
    assert "flows.clouds.formats" in found
    absent = HEAVY | {"flows.server.local_run", "flows.cli.report_commands", "data.bulk.check", "rich.progress"}
    assert not found & absent
    assert len(found) <= 640


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in COMMANDS.items() for name in names])
def test_the_list_of_commands_says_what_each_says_itself(module: str, name: str) -> None:
    """Each command in the list is a function of its module, and the help shows the text of its docstring."""
    function = getattr(importlib.import_module(f"flows.cli.{module}"), name)
    text = inspect.getdoc(function).partition("\nArgs:")[0]
    assert app[name.replace("_", "-")].help.split() == text.split()


def test_every_public_function_of_a_module_of_commands_is_listed_or_has_no_place_there() -> None:
    """A new command that nobody lists is noticed: only ``write`` is called by another command."""
    for module, names in COMMANDS.items():
        own = importlib.import_module(f"flows.cli.{module}")
        public = {
            name
            for name, function in inspect.getmembers(own, inspect.isfunction)
            if function.__module__ == own.__name__ and not name.startswith("_")
        }
        assert public - {"write"} == set(names)
