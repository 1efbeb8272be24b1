"""Opens what a flow or a command works with: the warehouse, the cloud, and a batch by path or id."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from data import ledger
from data.warehouse import Warehouse
from domain.actions import Batch
from domain.batch import BatchError, Flaw, flawed
from flows.batch_files import import_folder, read_batch
from flows.bulk_files import read_bulk
from flows.clouds.local.cloud import LocalCloud
from flows.lifecycle import Keeper, Told, unheard
from flows.settings import Settings
from flows.work import BatchWork, Work

BULK = (".csv", ".parquet")

BY_FORM = "Prefect"
"""The source of a batch that came as the parameters of a run."""


@cache
def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse that the settings name; one a process, so that its engine is used again."""
    return Warehouse(settings.warehouse, timeout_s=settings.lock_timeout_s, memory_limit=settings.memory_limit)


def keeper_of(settings: Settings, *, flow_run_id: str | None = None, told: Told = unheard) -> Keeper:
    """What carrying out needs, on the embedded cloud."""
    cloud = LocalCloud(settings.images, settings.keys)
    return Keeper(warehouse_of(settings), cloud, flow_run_id=flow_run_id, told=told)


def form_folder(settings: Settings) -> Path:
    """The folder of the files that a form names."""
    return (settings.import_folder or settings.home / "import").resolve()


def open_work(
    batch: str,
    settings: Settings,
    *,
    kind: str | None = None,
    actor: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    batch_id: str | None = None,
) -> Work:
    """A batch by the path of its file, or by its id where it was begun before.

    Raises:
        BatchError: if there is no such batch, or it is malformed.
    """
    path = Path(batch)
    if not path.exists() and not path.suffix:
        found = _begun_before(batch, settings)
        if found is not None:
            return found
    if path.suffix.lower() in BULK:
        if kind is None:
            raise flawed(path, [Flaw(None, "--kind", "say which action the rows are, such as --kind share_image")])
        return read_bulk(
            path,
            kind,
            actor=actor,
            region=region,
            profile=profile or "seed",
            batch_id=batch_id,
            folder=settings.import_folder,
        )
    if kind is not None:
        raise flawed(path, [Flaw(None, "--kind", "goes with CSV and Parquet; this batch names its actions itself")])
    read = read_batch(
        path,
        settings.import_folder,
        given=_said(actor=actor, region=region),
        instead=_said(profile=profile, batch_id=batch_id),
    )
    return BatchWork(read, str(path.absolute()), import_folder(path, settings.import_folder))


def _said(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _begun_before(batch_id: str, settings: Settings) -> Work | None:
    with warehouse_of(settings).reading() as con:
        record = ledger.find(con, batch_id)
    if record is None or record.content is None:
        return None
    content, source = json.loads(record.content), Path(record.source)
    if "sha256" not in content:
        batch = Batch.model_validate(content | {"batch_id": batch_id})
        by_form = record.source == BY_FORM
        folder = form_folder(settings) if by_form else import_folder(source, settings.import_folder)
        return BatchWork(batch, record.source, folder)
    work = read_bulk(
        source,
        content["kind"],
        actor=content["actor"],
        region=content["region"],
        profile=content["profile"],
        folder=settings.import_folder,
    )
    if work.content != record.content:
        raise BatchError(f"{source} is not what it was when batch {batch_id} was begun; apply it as a new batch")
    return replace(work, batch_id=batch_id)
