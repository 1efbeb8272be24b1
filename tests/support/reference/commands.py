"""The page of all commands and their options, from the cyclopts app."""

import inspect
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from flows.cli.command import app
from support.reference.markdown import code, document, prose, section, table

WORDS = {str: "text", int: "integer", bool: "switch", "Path": "path"}


def page() -> str:
    """The page: an overview and a section per command."""
    names = [name for name in app if not name.startswith("-")]
    overview = [(f"[{code(name)}](#{name})", prose(_summary(name))) for name in names]
    return document(
        "Commands",
        "flows/cli",
        "The commands of `imagekeeper`. `imagekeeper --help` and `imagekeeper COMMAND --help` print the same texts;"
        " `imagekeeper --version` prints the version. See also [exit codes and JSON output](exit-codes.md).",
        [table(("command", "what it does"), overview), *(_section(name) for name in names)],
    )


def _section(name: str) -> str:
    arguments = list(app[name].assemble_argument_collection(parse_docstring=True))
    usage = " ".join([f"imagekeeper {name}", *(_usage(argument) for argument in arguments)])
    options = table(
        ("option", "type", "default", "meaning"),
        [
            (code(_shown(one)), type_of(one.hint), _default(one), prose(str(one.parameter.help or "")))
            for one in arguments
        ],
    )
    return section(name, *_help(name), f"```text\n{usage}\n```", options)


def type_of(hint: Any) -> str:
    """The type of an option in words, without None."""
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(type_of(option) for option in get_args(hint) if option is not type(None))
    if get_origin(hint) is Literal:
        return ", ".join(code(value) for value in get_args(hint))
    return WORDS.get(hint) or WORDS[hint.__name__]


def _help(name: str) -> list[str]:
    """The paragraphs of a command's docstring before its arguments."""
    text = inspect.cleandoc(str(app[name].help)).partition("\nArgs:")[0]
    return [prose(paragraph) for paragraph in text.split("\n\n")]


def _summary(name: str) -> str:
    return _help(name)[0]


def _shown(argument: Any) -> str:
    name = str(argument.names[0])
    return name.removeprefix("--").replace("-", "_").upper() if argument.index is not None else name


def _usage(argument: Any) -> str:
    shown = _shown(argument)
    if argument.index is None and argument.hint is not bool:
        shown += f" {shown.removeprefix('--').replace('-', '_').upper()}"
    return shown if argument.required else f"[{shown}]"


def _default(argument: Any) -> str:
    if argument.required:
        return "required"
    default = argument.field_info.default
    return "off" if default is False else "" if default is None else code(default)
