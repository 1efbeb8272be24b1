"""Open what flows and commands work with, as the settings say: the warehouse, the clouds, and a batch."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.lifecycle import batches
from data.warehouse.connection import Warehouse
from domain.batch import BatchError, Flaw, flawed
from domain.cloud import Cloud, CloudError
from domain.policy import profiles
from flows.batches.arguments import head_of, option, path_named
from flows.batches.batch_documents import JsonDocument
from flows.batches.compact_batch import CompactBatch
from flows.batches.yaml_files import Flaws, batch_of, import_folder, read_batch
from flows.clouds.local.cloud import LocalCloud
from flows.lifecycle.prepared_batch import ActionBatch, PreparedBatch
from flows.lifecycle.steps import ExecutionContext, OnProgress, no_progress, now
from flows.settings import Settings, SettingsError, secret

if TYPE_CHECKING:
    from domain.inventory import Inventory
    from flows.clouds.openstack.tenants import Tenants

BULK = (".csv", ".parquet")

BY_FORM = "Prefect"
"""The source of a batch that a form created."""


@cache
def warehouse_of(settings: Settings) -> Warehouse:
    """Return the warehouse of the settings, one per process, so that its engine is reused."""
    return Warehouse(
        settings.warehouse,
        timeout_s=settings.lock_timeout_s,
        memory_limit=settings.memory_limit,
        readers_group=settings.readers_group,
    )


def execution_context(
    settings: Settings, *, flow_run_id: str | None = None, on_progress: OnProgress = no_progress
) -> ExecutionContext:
    """Return the context to carry out batches with the warehouse and the cloud of the settings."""
    return ExecutionContext(
        warehouse_of(settings), cloud_of(settings), flow_run_id=flow_run_id, on_progress=on_progress
    )


def cloud_of(settings: Settings) -> Cloud:
    """Return the cloud of the settings.

    Raises:
        CloudError: if its SDK is not installed, or its credentials cannot be read.
    """
    if settings.cloud == "local":
        return LocalCloud(settings.images, settings.keys)
    tenants = _tenants(settings)
    from flows.clouds.openstack.allowed_urls import AllowedUrls
    from flows.clouds.openstack.cloud import OpenStackCloud

    allowed_urls = AllowedUrls(_listed(settings.import_urls))
    return OpenStackCloud(tenants, settings.pending_blobs, settings.calls_at_once, allowed_urls)


def inventories_of(settings: Settings) -> "list[Inventory]":
    """Return the real clouds of the settings whose inventory can be synced.

    Raises:
        CloudError: if an SDK is not installed, or credentials cannot be read.
    """
    found: list[Inventory] = []
    if settings.cloud == "openstack":
        tenants = _tenants(settings)
        from flows.clouds.openstack.inventory import OpenStackInventory

        found.append(OpenStackInventory(tenants, settings.pending_blobs, settings.calls_at_once))
    if _listed(settings.aws_profiles):
        found.append(_aws(settings))
    return found


def _aws(settings: Settings) -> "Inventory":
    try:
        from flows.clouds.aws.accounts import Accounts
        from flows.clouds.aws.inventory import AwsInventory
    except ModuleNotFoundError as error:
        raise CloudError(f"{error}: install what AWS needs: pip install 'imagekeeper[aws]'") from None
    accounts = Accounts(_listed(settings.aws_profiles), _listed(settings.aws_regions), settings.calls_at_once)
    return AwsInventory(accounts, now, settings.calls_at_once)


def _listed(names: str | None) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]


@cache
def _tenants(settings: Settings) -> "Tenants":
    """Return the credentials, one set per process, so that each tenant signs in once."""
    try:
        from flows.clouds.openstack.tenants import Tenants
    except ModuleNotFoundError as error:
        raise CloudError(f"{error}: install what OpenStack needs: pip install 'imagekeeper[openstack]'") from None
    try:
        entries = None if settings.clouds_block is None else secret(settings.clouds_block)
    except SettingsError as error:
        raise CloudError(str(error)) from None
    return Tenants(entries, settings.clouds_file)


def form_folder(settings: Settings) -> Path:
    """Return the folder to which file names in forms are relative."""
    return (settings.import_folder or settings.home / "import").resolve()


def prepare_batch(
    batch: str,
    settings: Settings,
    *,
    kind: str | None = None,
    actor: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    batch_id: str | None = None,
) -> PreparedBatch:
    """Return a batch, by the path of its file or by the id of a batch that was applied before.

    Raises:
        BatchError: if there is no such batch, or it is malformed.
    """
    arguments = {"actor": actor, "region": region, "profile": profile, "batch_id": batch_id}
    head = head_of(kind, **arguments)
    path = path_named(batch)
    if not path.suffix and not _exists(path):
        recorded = _recorded_batch(batch, settings)
        if recorded is not None:
            _refuse_arguments(batch, kind=kind, **arguments)
            return recorded
    if path.suffix.lower() in BULK:
        from flows.batches.bulk_files import read_bulk

        if kind is None:
            raise flawed(path, [Flaw(None, "--kind", "name the action of the rows, such as --kind share_image")])
        return read_bulk(path, kind, **arguments, folder=settings.import_folder)
    if kind is not None:
        raise flawed(path, [Flaw(None, "--kind", "works only with CSV and Parquet; this batch names its actions")])
    valid = {name: getattr(head, name) for name, value in arguments.items() if value is not None}
    read = read_batch(
        path,
        settings.import_folder,
        given={name: value for name, value in valid.items() if name in ("actor", "region")},
        instead={name: value for name, value in valid.items() if name in ("profile", "batch_id")},
    )
    return ActionBatch(read, str(path.absolute()), import_folder(path, settings.import_folder))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # such as a name that is too long: reading the file reports it
        return True


def _refuse_arguments(batch: str, **arguments: str | None) -> None:
    flaws = [
        Flaw(
            None,
            option(name),
            f"works only with a file; batch '{batch}' was applied before and keeps its arguments",
        )
        for name, value in arguments.items()
        if value is not None
    ]
    if flaws:
        raise flawed("", flaws)


def _recorded_batch(batch_id: str, settings: Settings) -> PreparedBatch | None:
    with warehouse_of(settings).reading() as con:
        record = batches.find(con, batch_id)
    if record is None or record.content is None:
        return None
    source = Path(record.source)
    recorded = _from_record(batch_id, record.content)
    if isinstance(recorded, CompactBatch):
        by_form = record.source == BY_FORM
        folder = form_folder(settings) if by_form else import_folder(source, settings.import_folder)
        return ActionBatch(recorded, record.source, folder)
    from flows.batches.bulk_files import read_bulk

    prepared = read_bulk(
        source,
        recorded["kind"],
        actor=recorded["actor"],
        region=recorded["region"],
        profile=recorded["profile"],
        folder=settings.import_folder,
    )
    if prepared.content != record.content:
        raise BatchError(f"{source} has changed since batch {batch_id} was applied; apply it as a new batch")
    return replace(prepared, batch_id=batch_id)


def _from_record(batch_id: str, content: str) -> CompactBatch | dict[str, Any]:
    """Return a batch from its record in the warehouse; of a bulk file, the recorded arguments with which to read it.

    Raises:
        BatchError: if the models have become stricter since, or the profile no longer exists.
    """
    document = JsonDocument(content)
    head = document.read(lambda _: None)
    if head is not None and "sha256" in head:
        return head
    where = f"batch {batch_id}, as recorded"
    remedy = "; the batch cannot be finished: apply the remaining actions as a new batch"
    flaws = Flaws()
    batch = batch_of(document, flaws, instead={"batch_id": batch_id})
    if batch is None:
        found = [Flaw(None, ".".join(map(str, flaw.where)), f"{flaw.message}{remedy}") for flaw in flaws.first]
        raise flawed(where, found, flaws.count - len(found))
    if batch.head.profile not in profiles.names():
        problem = f"the profile '{batch.head.profile}' no longer exists{remedy}"
        raise flawed(where, [Flaw(None, "profile", problem)])
    return batch
