"""The flow ``enforce-retention``: deprecates the images that a retention policy selects, and deletes them later."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.runtime import flow_run
from pydantic import ValidationError

from data.inventory import retention
from data.lifecycle import action_log
from domain.actions import Batch, DeleteImage, DeprecateImage
from domain.batch import Flaw, flawed
from domain.retention import Due, RetentionPolicy, Spared, Sweep, problems, sweep_id
from flows.apply import carry_out
from flows.batches.arguments import path_named
from flows.batches.marked_yaml import NotYaml, read_yaml
from flows.batches.named_files import text_of
from flows.batches.yaml_files import batch_id_of, content_of
from flows.lifecycle import planning
from flows.lifecycle.prepared_batch import ActionBatch
from flows.resources import execution_context, warehouse_of
from flows.runs.markdown import table
from flows.settings import settings

MOST_BYTES = 1024 * 1024
"""The largest size of a retention policy, in bytes."""

SHOWN = 50
"""The most images that a page lists."""

ACTIONS = {Due.DEPRECATE: DeprecateImage, Due.DELETE: DeleteImage}
DONE = {Due.DEPRECATE: "deprecated", Due.DELETE: "deleted"}
Lines = Sequence[Mapping[str, Any]]
"""The lines of a sweep's batch or of its plan, as ``action_log.lines`` returns them."""
WORDS = {"extra_forbidden": "is not known here; check the spelling", "missing": "is missing"}


class Enforced(TypedDict):
    """The result of a sweep, in images; ``batch_id`` is None for a dry run, or if no image is due."""

    batch_id: str | None
    deprecated: int
    deleted: int
    denied: int
    failed: int
    in_notice: int
    spared: int


def _run_name() -> str:
    return "enforce retention" + (" (dry run)" if flow_run.parameters.get("dry_run") else "")


@flow(name="enforce-retention", flow_run_name=_run_name, validate_parameters=True)
async def enforce_retention(policy: str | None = None, dry_run: bool = False) -> Enforced:
    """Deprecates the images that the retention policy selects, and deletes those whose notice period is over.

    Never touches an image that is protected, public, on sale, shared, or used by a server or disk. Touches no image on
    a cloud whose servers and disks are not all known. A sweep of more images than the policy allows waits for approval.

    Args:
        policy: The path of the policy (YAML). Default: retention.yaml in Imagekeeper's home.
        dry_run: Only report what would be done.
    """
    path = _policy_path(policy)
    if policy is None and not path.exists():
        text = f"There is no retention policy, so no image is deprecated or deleted. To have one, write `{path}`."
        await acreate_markdown_artifact(key="retention", markdown=text)
        return _plain(Sweep((), {}), None, ())
    rules = await asyncio.to_thread(read_policy, path)
    now = datetime.now(UTC)
    # The scheduled time, also if the run starts late or resumes after an approval: the sweep must not grow meanwhile.
    due_at = min(flow_run.scheduled_start_time.astimezone(UTC), now)
    sweep = await asyncio.to_thread(_sweep, rules, due_at, now)
    prepared = work_of(rules, sweep, due_at, path)
    planned: Lines = ()
    # A sweep that is too large may be small enough without its denied images.
    if prepared is not None and (dry_run or question(rules, sweep) is not None):
        planned = await asyncio.to_thread(planning.plan, prepared, execution_context(settings()))
    if prepared is None or dry_run:
        await acreate_markdown_artifact(key="retention", markdown=page(rules, sweep, planned, done=not dry_run))
        return _plain(sweep, None, planned)
    why = question(rules, sweep, planned)
    if why is not None:
        await acreate_markdown_artifact(key="retention", markdown=page(rules, sweep, planned, done=False))
    await carry_out(prepared, ask=why)
    lines = await asyncio.to_thread(_lines, prepared.batch_id)
    await acreate_markdown_artifact(key="retention", markdown=page(rules, sweep, lines, done=True))
    return _plain(sweep, prepared.batch_id, lines)


def read_policy(path: Path) -> RetentionPolicy:
    """Read a retention policy.

    Raises:
        BatchError: if the file cannot be read or is not valid; the message names file, line and field.
    """
    try:
        marked = read_yaml(text_of(path, MOST_BYTES, "is larger than 1 MB; a retention policy is a short file"))
    except NotYaml as error:
        raise flawed(path, [error.flaw]) from None
    if not isinstance(marked.data, dict):
        raise flawed(
            path,
            [Flaw(1, "", "a retention policy is a mapping with the key 'rules'; see the documentation on retention")],
        )
    try:
        policy = RetentionPolicy.model_validate(marked.data)
    except ValidationError as error:
        raise flawed(path, [marked.flaw(one["loc"], _worded(one)) for one in error.errors()]) from None
    found = [marked.flaw(problem.where, problem.message) for problem in problems(policy)]
    if found:
        raise flawed(path, found)
    return policy


def work_of(policy: RetentionPolicy, sweep: Sweep, due_at: datetime, path: Path) -> ActionBatch | None:
    """Return a sweep as a batch in which each owner acts on their images; None if no image is due.

    The batch id contains the day and the hash of the content, so the same sweep on the same day is the same batch.
    """
    if not sweep.due:
        return None
    actions = tuple(ACTIONS[one.due](image=one.image_id, actor=one.owner, region=one.region) for one in sweep.due)
    batch = Batch(profile=policy.profile, actions=actions)
    batch_id = sweep_id(due_at.date(), batch_id_of(content_of(batch)))
    return ActionBatch(batch.model_copy(update={"batch_id": batch_id}), str(path.absolute()), path.absolute().parent)


def question(policy: RetentionPolicy, sweep: Sweep, lines: Lines = ()) -> str | None:
    """Return why a sweep needs approval; None if it is not larger than the policy allows.

    Images that ``lines`` deny do not count, since nothing happens to them.
    """
    taken = len(sweep.due) - sum(line["verdict"] == "denied" for line in lines)
    if taken <= policy.most:
        return None
    return f"the sweep would take {taken:,} images, more than the {policy.most:,} of the policy"


def page(policy: RetentionPolicy, sweep: Sweep, lines: Lines, *, done: bool) -> str:
    """Return what a sweep did, or would do, for each rule, in Markdown.

    Args:
        policy: the policy.
        sweep: the images due and spared.
        lines: the lines of the sweep's batch or of its plan; empty if there is neither.
        done: whether the batch was carried out.
    """
    outcomes = _outcomes(sweep, lines)
    took = Counter((one.rule, outcome) for one, outcome in zip(sweep.due, outcomes, strict=True))
    total = Counter(outcomes)
    head = (
        f"## Retention: {total['deprecated']:,} deprecated, {total['deleted']:,} deleted"
        if done
        else f"## Retention: {total['deprecated']:,} would be deprecated, {total['deleted']:,} would be deleted"
    )
    parts = [head]
    why = question(policy, sweep, lines)
    if why is not None and not done:
        parts.append(f"Nothing was done yet: {why}. A person must approve it.")
    parts += _denials(lines, done=done)
    rows = []
    for place, rule in enumerate(policy.rules):
        reasons = {str(reason): sweep.spared.get((place, reason), 0) for reason in Spared if reason != Spared.NOTICE}
        reasons |= {outcome: took[place, outcome] for outcome in sorted(total.keys() - {*DONE.values()})}
        spared = ", ".join(f"{reason} {count:,}" for reason, count in reasons.items() if count)
        numbers = (took[place, "deprecated"], took[place, "deleted"], sweep.spared.get((place, Spared.NOTICE), 0))
        rows.append((rule.name, *(f"{number:,}" for number in numbers), f"{sum(reasons.values()):,}", spared))
    parts.append(table(("rule", "deprecated", "deleted", "in notice", "spared", "why spared"), rows))
    if sweep.due:
        shown = [
            (policy.rules[one.rule].name, one.name, one.owner, one.region, f"`{one.image_id}`", outcome)
            for one, outcome in zip(sweep.due[:SHOWN], outcomes, strict=False)
        ]
        parts.append(table(("rule", "image", "owner", "region", "id", "what"), shown))
    if len(sweep.due) > SHOWN:
        parts.append(f"… and {len(sweep.due) - SHOWN:,} more.")
    parts.append(
        f"A deprecated image can still be used. If its rule still selects it {policy.notice_days} days later, it is"
        " deleted. To keep it, protect it."
    )
    return "\n\n".join(parts)


def _denials(lines: Lines, *, done: bool) -> Iterator[str]:
    """Yield, in Markdown, how many images each rule denied, why, and what to do instead."""
    denied = [line for line in lines if line["verdict"] == "denied"]
    if denied and len(denied) == len(lines):
        yield f"**Nothing {'was' if done else 'would be'} done: all {len(lines):,} images that are due are denied.**"
    images = Counter(rule for line in denied for rule in line["denied_by"])
    first = {
        rule: (because, remedy)
        for line in reversed(denied)
        for rule, because, remedy in zip(line["denied_by"], line["because"], line["remedy"], strict=True)
    }
    if denied:
        rows = ((rule, f"{number:,}", *first[rule]) for rule, number in images.most_common())
        yield table(("denied by", "images", "reason, for the first image", "remedy"), rows)


def _policy_path(given: str | None) -> Path:
    return settings().home.absolute() / "retention.yaml" if given is None else path_named(given, "--policy")


def _sweep(policy: RetentionPolicy, due_at: datetime, now: datetime) -> Sweep:
    with warehouse_of(settings()).reading() as con:
        return retention.sweep(con, policy, due_at, now, settings().cloud)


def _lines(batch_id: str) -> list[dict[str, Any]]:
    with warehouse_of(settings()).reading() as con:
        return list(action_log.lines(con, batch_id))


def _outcomes(sweep: Sweep, lines: Lines) -> list[str]:
    """Return the outcome, or planned outcome, of each image due."""
    outcomes = [DONE[one.due] for one in sweep.due]
    for line in lines:
        if line["verdict"] == "denied":
            outcomes[line["seq"] - 1] = f"denied by {', '.join(line['denied_by'])}"
        elif line["outcome"] == "failed":
            outcomes[line["seq"] - 1] = "failed at the cloud"
    return outcomes


def _plain(sweep: Sweep, batch_id: str | None, lines: Lines) -> Enforced:
    outcomes = Counter(_outcomes(sweep, lines))
    notice = sum(images for (_, reason), images in sweep.spared.items() if reason == Spared.NOTICE)
    failed = outcomes["failed at the cloud"]
    return {
        "batch_id": batch_id,
        "deprecated": outcomes["deprecated"],
        "deleted": outcomes["deleted"],
        "denied": len(sweep.due) - outcomes["deprecated"] - outcomes["deleted"] - failed,
        "failed": failed,
        "in_notice": notice,
        "spared": sum(sweep.spared.values()) - notice,
    }


def _worded(error: Any) -> str:
    """Return what is wrong with a field, as a sentence."""
    if error["type"] in WORDS:
        return WORDS[error["type"]]
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    shown = f" (it is {error['input']!r})" if isinstance(error["input"], str | int | float) else ""
    return f"{error['msg'][0].lower()}{error['msg'][1:]}{shown}"
