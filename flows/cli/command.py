"""The command ``imagekeeper``: what it is called with decides which of its modules is imported.

Importing all of them takes ten times as long as printing the help.
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
    "home_commands": ("up", "down"),
    "question_commands": ("sql", "explain", "schema", "doctor"),
    "report_commands": ("report",),
    "warehouse_commands": ("demo_data", "snapshot", "sync_inventory"),
}
"""The functions that are commands, by the module of this package that has them."""


def commands() -> App:
    """The app with all commands; each imports its module when it is called, or its own help is asked for."""
    made = App(
        name="imagekeeper",
        help="The lifecycle of cloud server images: judged by one policy, carried out, recorded, reported.",
        # what docstrings say is plain text; to render it as Markdown takes as long as everything else that help does
        help_format="plaintext",
        version=lambda: f"imagekeeper {_version()}",
        suppress_keyboard_interrupt=False,
    )
    for module, names in COMMANDS.items():
        said = _docstrings(module)
        for name in names:
            made.command(f"{__package__}.{module}:{name}", help=said[name])
    return made


def _docstrings(module: str) -> dict[str, str]:
    """What a module's functions do, by their names, a line a paragraph.

    Read from the source, in a hundredth of the time that importing the modules takes; the arguments are left out, which
    cyclopts reads from the function itself.
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
    """Run the command, and turn what is wrong into one clear message and an exit code."""
    # a collection for every 700 new objects takes a twentieth of the start, and finds next to nothing
    gc.set_threshold(100_000)
    try:
        code = app(exit_on_error=False, print_error=False, result_action="return_value")
    except BrokenPipeError:
        # whoever read our output has gone; nothing more can be said to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - each is reported, and has an exit code
        from flows.cli.errors import report_error

        code = report_error(error)
    code = code if isinstance(code, int) else 0
    if "prefect" in sys.modules:
        # Prefect's threads outlive the interpreter, and duckdb then complains of leaks on the user's terminal.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
