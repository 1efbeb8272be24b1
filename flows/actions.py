"""One flow for each action, created from its model. It carries out a batch with this one action.

The parameters of a flow are the fields of the model, with their bounds and descriptions; the fields of a nested model
become parameters of their own. Prefect creates the form from them. Each flow has the name of its action, such as
``flows.actions.share_image``.
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

NOT_IN_FORM = {"action", "as_", "when"}
"""Fields of a batch file that a form does not have, because a run is one action and happens now."""

REQUIRED_IN_FORM = ("actor", "region")
"""Fields that a batch file may state once for all its actions. In a form they are required."""


def fields_of(model: type[ActionBase]) -> Iterator[tuple[str, FieldInfo, bool]]:
    """Yield the fields of an action's form in the order of the form: name, field, and whether it is required.

    The required fields of the model come first, then actor and region, then the optional fields.
    """
    own = [
        (name, field, required)
        for name, field, required in _flat(model)
        if name not in NOT_IN_FORM and name not in REQUIRED_IN_FORM
    ]
    yield from (entry for entry in own if entry[2])
    yield from ((name, model.model_fields[name], True) for name in REQUIRED_IN_FORM)
    yield from (entry for entry in own if not entry[2])


async def carry_out_one(action: ActionBase) -> Done:
    """Carry out one action. The paths of its files are relative to the import folder.

    Raises:
        BatchError: if fields of the action contradict each other.
    """
    batch = Batch(batch_id=f"run-{flow_run.id}", actions=(action,))
    found = problems(batch, batch.actions)
    flaws = [f"{'.'.join(map(str, problem.where[2:]))}: {problem.message}" for problem in found]
    if flaws:
        raise BatchError("\n".join(flaws))
    return await carry_out(ActionBatch(batch, BY_FORM, form_folder(settings())))


def _flat(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo, bool]]:
    """Yield the fields of a model. The fields of a nested model replace its field: ``os_type`` for ``os.type``."""
    for name, field in model.model_fields.items():
        nested = _nested(field)
        if nested is not None:
            yield from ((inner, inner_field, False) for inner, inner_field, _ in _flat(nested, f"{prefix}{name}_"))
        else:
            yield f"{prefix}{name}", field, field.is_required()


def _nested(field: FieldInfo) -> type[BaseModel] | None:
    """Return the nested model of a field, or None. A field with a choice of models, such as a price, has none."""
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
    """Return the annotation without None, for an optional field that the form requires."""
    options = [option for option in get_args(annotation) if option is not type(None)]
    return options[0] if len(options) == 1 and type(None) in get_args(annotation) else annotation


def _documented(model: type[ActionBase]) -> str:
    """Return a docstring from which Prefect takes the descriptions of the form."""
    arguments = "\n".join(f"    {name}: {field.description}" for name, field, _ in fields_of(model))
    return f"{model.__doc__}\n\nArgs:\n{arguments}\n"


def _action(model: type[ActionBase], parameters: Mapping[str, Any]) -> ActionBase:
    """Return the action that the parameters of its flow describe.

    Raises:
        BatchError: if the model refuses them; the message names the fields.
    """
    fields: dict[str, Any] = {}
    for name in model.model_fields:
        nested = {
            key.removeprefix(f"{name}_"): value for key, value in parameters.items() if key.startswith(f"{name}_")
        }
        if parameters.get(name) is not None:
            fields[name] = parameters[name]
        elif _nested(model.model_fields[name]) is not None and any(value is not None for value in nested.values()):
            fields[name] = {key: value for key, value in nested.items() if value is not None}
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        flaws = [f"{'.'.join(map(str, flaw['loc']))}: {worded(flaw)}" for flaw in error.errors()]
        raise BatchError("\n".join(flaws)) from None


def _flow_of(name: str, model: type[ActionBase]) -> Flow[..., Any]:
    parameters = [_parameter(field_name, field, required=required) for field_name, field, required in fields_of(model)]
    signature = Signature(parameters, return_annotation=Done)

    async def run(*args: Any, **kwargs: Any) -> Done:
        return await carry_out_one(_action(model, signature.bind(*args, **kwargs).arguments))

    # Prefect reads the name, the parameters and the descriptions from these attributes.
    attributes: dict[str, Any] = {
        "__name__": name,
        "__qualname__": name,
        "__doc__": _documented(model),
        "__signature__": signature,
    }
    for attribute, value in attributes.items():
        setattr(run, attribute, value)
    words = name.replace("_", " ")
    decorate: Callable[[Any], Flow[..., Any]] = flow(
        name=name.replace("_", "-"), flow_run_name=f"{words} {model.subject} for {{actor}}"
    )
    return decorate(run)


FLOWS: dict[str, Flow[..., Any]] = {name: _flow_of(name, model) for name, model in MODELS.items()}
"""The flow of each action, by the action's name."""

globals().update(FLOWS)  # Prefect imports the entrypoint flows.actions.share_image
