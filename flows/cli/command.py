"""The command ``imagekeeper``. Only the module of the command that runs is imported.

To import all of them takes ten times as long as to print the help.
"""

import ast
import gc
import os
import re
import sys
from pathlib import Path

from cyclopts import App

COMMANDS = {
    "batch_commands": ("plan", "apply"),
    "cost_commands": ("price", "meter", "close", "charges", "invoice"),
    "service_commands": ("up", "down"),
    "question_commands": ("sql", "explain", "schema", "doctor"),
    "report_commands": ("report",),
    "warehouse_commands": ("demo_data", "snapshot", "sync_inventory"),
}
"""The functions that are commands, by module of this package."""


def commands() -> App:
    """Return the app with all commands. A command imports its module when it runs or prints its help."""
    created = App(
        name="imagekeeper",
        help="Manage the lifecycle of cloud server images: judge actions, carry them out, record and report them.",
        # The docstrings are plain text. Rendering Markdown takes as long as everything else that --help does.
        help_format="plaintext",
        version=lambda: f"imagekeeper {_version()}",
        suppress_keyboard_interrupt=False,
    )
    for module, names in COMMANDS.items():
        docstrings = _docstrings(module)
        for name in names:
            created.command(f"{__package__}.{module}:{name}", help=docstrings[name])
    return created


def _docstrings(module: str) -> dict[str, str]:
    """Return the docstrings of a module's functions by name, without the arguments; one line per paragraph.

    They are read from the source, which takes a hundredth of the time of an import. cyclopts reads the arguments from
    the function itself when it is needed.
    """
    source = Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    texts = {function.name: (ast.get_docstring(function) or "").partition("\nArgs:")[0] for function in functions}
    return {name: re.sub(r"(?<!\n)\n(?!\n)", " ", text.strip()) for name, text in texts.items()}


def _version() -> str:
    from importlib.metadata import version

    return version("imagekeeper")


app = commands()


def main() -> None:
    """Run the command; turn an error into one message and an exit code."""
    # By default the garbage collector runs for every 700 new objects. That takes 5 % of the start and frees little.
    gc.set_threshold(100_000)
    try:
        code = app(exit_on_error=False, print_error=False, result_action="return_value")
    except BrokenPipeError:
        # The reader of our output has ended, as in "| head". Without this, Python reports the same error at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - each is reported, and has an exit code
        from flows.cli.errors import report_error

        code = report_error(error)
    code = code if isinstance(code, int) else 0
    if "prefect" in sys.modules:
        # Prefect's threads outlive the interpreter, and duckdb then prints warnings about leaks to the terminal.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
