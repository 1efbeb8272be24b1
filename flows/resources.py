"""Opens what a flow or a command works with: the warehouse, the cloud, and a batch by path or id."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from data.lifecycle import batches
from data.warehouse.connection import Warehouse
from domain.actions import Batch
from domain.batch import BatchError, Flaw, flawed, worded
from domain.cloud import Cloud, CloudError
from domain.policy import profiles
from flows.batches.arguments import head_of, option, path_named
from flows.batches.yaml_files import import_folder, read_batch
from flows.clouds.local.cloud import LocalCloud
from flows.lifecycle.prepared_batch import ActionBatch, PreparedBatch
from flows.lifecycle.steps import ExecutionContext, OnProgress, no_progress, now
from flows.settings import Settings, SettingsError, secret

if TYPE_CHECKING:
    from domain.inventory import Inventory
    from flows.clouds.openstack.tenants import Tenants

BULK = (".csv", ".parquet")

BY_FORM = "Prefect"
"""The source of a batch that came as the parameters of a run."""


@cache
def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse that the settings name; one a process, so that its engine is used again."""
    return Warehouse(
        settings.warehouse,
        timeout_s=settings.lock_timeout_s,
        memory_limit=settings.memory_limit,
        readers_group=settings.readers_group,
    )


def execution_context(
    settings: Settings, *, flow_run_id: str | None = None, on_progress: OnProgress = no_progress
) -> ExecutionContext:
    """What carrying out needs, on the cloud that the settings name."""
    return ExecutionContext(
        warehouse_of(settings), cloud_of(settings), flow_run_id=flow_run_id, on_progress=on_progress
    )


def cloud_of(settings: Settings) -> Cloud:
    """The cloud that the settings name.

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
    """The real clouds that can be asked what they hold, as the settings name them.

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
    """The credentials; one set a process, so that nobody signs in twice."""
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
    """The folder of the files that a form names."""
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
    """A batch by the path of its file, or by its id where it was begun before.

    Raises:
        BatchError: if there is no such batch, or it is malformed.
    """
    given = {"actor": actor, "region": region, "profile": profile, "batch_id": batch_id}
    head = head_of(kind, **given)
    path = path_named(batch)
    if not path.suffix and not _exists(path):
        found = _begun_before(batch, settings)
        if found is not None:
            _refuse_arguments(batch, kind=kind, **given)
            return found
    if path.suffix.lower() in BULK:
        from flows.batches.bulk_files import read_bulk

        if kind is None:
            raise flawed(path, [Flaw(None, "--kind", "say which action the rows are, such as --kind share_image")])
        return read_bulk(path, kind, **given, folder=settings.import_folder)
    if kind is not None:
        raise flawed(path, [Flaw(None, "--kind", "goes with CSV and Parquet; this batch names its actions itself")])
    said = {name: getattr(head, name) for name, value in given.items() if value is not None}
    read = read_batch(
        path,
        settings.import_folder,
        given={name: value for name, value in said.items() if name in ("actor", "region")},
        instead={name: value for name, value in said.items() if name in ("profile", "batch_id")},
    )
    return ActionBatch(read, str(path.absolute()), import_folder(path, settings.import_folder))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # such as a name that is too long: whoever reads it says so
        return True


def _refuse_arguments(batch: str, **given: str | None) -> None:
    flaws = [
        Flaw(None, option(name), f"goes with a file; the batch '{batch}' was begun before and keeps what it was given")
        for name, said in given.items()
        if said is not None
    ]
    if flaws:
        raise flawed("", flaws)


def _begun_before(batch_id: str, settings: Settings) -> PreparedBatch | None:
    with warehouse_of(settings).reading() as con:
        record = batches.find(con, batch_id)
    if record is None or record.content is None:
        return None
    content, source = json.loads(record.content), Path(record.source)
    if "sha256" not in content:
        by_form = record.source == BY_FORM
        folder = form_folder(settings) if by_form else import_folder(source, settings.import_folder)
        return ActionBatch(_as_begun(batch_id, content), record.source, folder)
    from flows.batches.bulk_files import read_bulk

    prepared = read_bulk(
        source,
        content["kind"],
        actor=content["actor"],
        region=content["region"],
        profile=content["profile"],
        folder=settings.import_folder,
    )
    if prepared.content != record.content:
        raise BatchError(f"{source} is not what it was when batch {batch_id} was begun; apply it as a new batch")
    return replace(prepared, batch_id=batch_id)


def _as_begun(batch_id: str, content: dict[str, Any]) -> Batch:
    """A batch from its record.

    Raises:
        BatchError: if the models have become stricter since, or its profile is gone.
    """
    begun = f"batch {batch_id}, as it was begun"
    way_out = "; it cannot be finished, apply what is left of it as a new batch"
    try:
        batch = Batch.model_validate(content | {"batch_id": batch_id})
    except ValidationError as error:
        flaws = [Flaw(None, ".".join(map(str, one["loc"])), f"{worded(one)}{way_out}") for one in error.errors()]
        raise flawed(begun, flaws) from None
    if batch.profile not in profiles.names():
        raise flawed(begun, [Flaw(None, "profile", f"there is no profile '{batch.profile}' any more{way_out}")])
    return batch
