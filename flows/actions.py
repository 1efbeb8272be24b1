"""The flow of each action, made from its model: a batch of one, through the same four steps.

A flow's parameters are the fields of the model, those of a nested model side by side, with their bounds and
descriptions. Prefect makes the form from them. Each flow has the name of its action: ``flows.actions.share_image``.
"""

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any, Union, get_args

from prefect import Flow, flow
from prefect.runtime import flow_run
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from domain.actions import MODELS, ActionBase, Batch
from domain.batch import BatchError, problems, worded
from flows.apply import Done, carry_out
from flows.lifecycle.prepared_batch import ActionBatch
from flows.resources import BY_FORM, form_folder
from flows.settings import settings

NOT_ASKED = {"action", "as_", "when"}
"""Fields of a batch file that a form does not have: a run is one action, and happens now."""

ALWAYS_ASKED = ("actor", "region")
"""Fields that a batch may state once for all its actions. A form must have them."""


def fields_of(model: type[ActionBase]) -> Iterator[tuple[str, FieldInfo, bool]]:
    """The fields of an action's form, in its order: name, field, and whether it is required.

    The required fields of the model come first, then who acts where, then what may be left out.
    """
    own = [
        (name, field, required)
        for name, field, required in _flat(model)
        if name not in NOT_ASKED and name not in ALWAYS_ASKED
    ]
    yield from (one for one in own if one[2])
    yield from ((name, model.model_fields[name], True) for name in ALWAYS_ASKED)
    yield from (one for one in own if not one[2])


async def carry_out_one(action: ActionBase) -> Done:
    """Carry out one action; its files lie in the import folder.

    Raises:
        BatchError: if the action contradicts itself.
    """
    batch = Batch(batch_id=f"run-{flow_run.id}", actions=(action,))
    found = problems(batch, batch.actions)
    flaws = [f"{'.'.join(map(str, problem.where[2:]))}: {problem.message}" for problem in found]
    if flaws:
        raise BatchError("\n".join(flaws))
    return await carry_out(ActionBatch(batch, BY_FORM, form_folder(settings())))


def _flat(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo, bool]]:
    """The fields of a model, those of a nested model in its place, ``os_type`` for ``os.type``."""
    for name, field in model.model_fields.items():
        nested = _nested(field)
        if nested is not None:
            yield from ((inner, said, False) for inner, said, _ in _flat(nested, f"{prefix}{name}_"))
        else:
            yield f"{prefix}{name}", field, field.is_required()


def _nested(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that has a model of its own; one of several, as a price is, stays one field."""
    options = [option for option in get_args(field.annotation) or (field.annotation,) if option is not type(None)]
    only = options[0] if len(options) == 1 else None
    return only if isinstance(only, type) and issubclass(only, BaseModel) else None


def _parameter(name: str, field: FieldInfo, *, required: bool) -> Parameter:
    annotation: Any = field.annotation
    if field.discriminator is not None or field.metadata:
        annotation = Annotated[(annotation, *field.metadata, FieldInfo(discriminator=field.discriminator))]
    if required:
        return Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation=_without_none(annotation))
    default = None if field.is_required() or isinstance(field.default, tuple) else field.default
    if default is None:
        annotation = Union[annotation, None]  # noqa: UP007 - the annotation is a value
    return Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)


def _without_none(annotation: Any) -> Any:
    """The annotation of an optional field that the form requires."""
    options = [option for option in get_args(annotation) if option is not type(None)]
    return options[0] if len(options) == 1 and type(None) in get_args(annotation) else annotation


def _documented(model: type[ActionBase]) -> str:
    """A docstring from which Prefect takes the descriptions of the form."""
    said = "\n".join(f"    {name}: {field.description}" for name, field, _ in fields_of(model))
    return f"{model.__doc__}\n\nArgs:\n{said}\n"


def _action(model: type[ActionBase], given: Mapping[str, Any]) -> ActionBase:
    """The action that the parameters of its flow describe.

    Raises:
        BatchError: if its model refuses them; it names the fields.
    """
    said: dict[str, Any] = {}
    for name in model.model_fields:
        nested = {key.removeprefix(f"{name}_"): value for key, value in given.items() if key.startswith(f"{name}_")}
        if given.get(name) is not None:
            said[name] = given[name]
        elif _nested(model.model_fields[name]) is not None and any(value is not None for value in nested.values()):
            said[name] = {key: value for key, value in nested.items() if value is not None}
    try:
        return model.model_validate(said)
    except ValidationError as error:
        flaws = [f"{'.'.join(map(str, one['loc']))}: {worded(one)}" for one in error.errors()]
        raise BatchError("\n".join(flaws)) from None


def _flow_of(name: str, model: type[ActionBase]) -> Flow[..., Any]:
    parameters = [_parameter(field, about, required=required) for field, about, required in fields_of(model)]
    signature = Signature(parameters, return_annotation=Done)

    async def run(*args: Any, **given: Any) -> Done:
        return await carry_out_one(_action(model, signature.bind(*args, **given).arguments))

    about: dict[str, Any] = {
        "__name__": name,
        "__qualname__": name,
        "__doc__": _documented(model),
        "__signature__": signature,
    }
    for attribute, value in about.items():
        setattr(run, attribute, value)
    words = name.replace("_", " ")
    made: Callable[[Any], Flow[..., Any]] = flow(
        name=name.replace("_", "-"), flow_run_name=f"{words} {model.subject} for {{actor}}"
    )
    return made(run)


FLOWS: dict[str, Flow[..., Any]] = {name: _flow_of(name, model) for name, model in MODELS.items()}
"""The flow of each action, by the action's name."""

globals().update(FLOWS)  # by which Prefect finds the entrypoint flows.actions.share_image
