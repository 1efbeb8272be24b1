"""The page of all settings, from flows/settings.py."""

from flows.settings import Settings
from support.reference.commands import type_of
from support.reference.markdown import code, document, prose, table

HOME = (
    "The home of an installation in a project folder is `var/` in that folder; elsewhere it is `var/` in the current"
    " folder. Profiles of AWS use the variables and files of boto3 as well."
)
EXTRA = (
    (
        "`OS_CLIENT_CONFIG_FILE`",
        "path",
        "",
        "The clouds.yaml, as openstacksdk reads it; `IMAGEKEEPER_CLOUDS_FILE` takes precedence.",
    ),
    ("`PREFECT_API_AUTH_STRING`", "text", "", "The password of the server that `PREFECT_API_URL` names."),
)
"""Variables that libraries read."""


def page() -> str:
    """The page: a table of the settings, and of the variables that libraries read."""
    rows = [
        (code(environment_name(name)), _type(name), _default(name), prose(field.description))
        for name, field in Settings.model_fields.items()
    ]
    return document(
        "Settings",
        "flows/settings.py",
        "Imagekeeper reads its settings from environment variables, once per process. An invalid value ends the command"
        " with exit code 2 and the name of the variable.",
        [
            table(("variable", "type", "default", "meaning"), [*rows, *EXTRA]),
            HOME,
        ],
    )


def environment_name(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias) if alias else f"IMAGEKEEPER_{name.upper()}"


def _type(name: str) -> str:
    annotation = Settings.model_fields[name].annotation
    return {"float": "number", "Decimal": "decimal"}.get(getattr(annotation, "__name__", "")) or type_of(annotation)


def _default(name: str) -> str:
    default = Settings.model_fields[name].default
    if name == "home":
        return "`var/`"
    return "" if default is None else code(default)
