"""The only reader of the environment: where things are, and how many work at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.access.umask import keep_private

_PROJECT = Path(__file__).resolve().parent.parent
_HOME = (_PROJECT if (_PROJECT / "pyproject.toml").is_file() else Path.cwd()) / "var"


SECRET = "secret/"  # noqa: S105 - the beginning of a block's name


class SettingsError(Exception):
    """A setting does not say what it must. The message is for people: which one, and what to do."""


class Settings(BaseSettings):
    """Settings from the environment, each called ``IMAGEKEEPER_`` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="IMAGEKEEPER_", frozen=True)

    home: Path = Field(_HOME, description="where warehouse, images, keys, reports and Prefect's home are")
    import_folder: Path | None = Field(None, description="where files of a batch are; the batch's own folder otherwise")
    warehouse_url: str | None = Field(
        None, description="the warehouse: a path, duckdb:///path, or secret/NAME of the Prefect block that says it"
    )
    cloud: Literal["local", "openstack"] = Field("local", description="the cloud that batches act on")
    clouds_file: Path | None = Field(
        None, description="the clouds.yaml with an entry a tenant; openstacksdk's own places otherwise"
    )
    clouds_block: str | None = Field(
        None, description="a Prefect Secret block that holds the entries of a clouds.yaml, instead of a file"
    )
    aws_profiles: str | None = Field(
        None, description="the profiles of AWS accounts whose images are synced, with commas between; each is a tenant"
    )
    aws_regions: str | None = Field(
        None, description="the AWS regions that each profile is asked for, with commas between; its own otherwise"
    )
    import_urls: str | None = Field(
        None, description="where a real cloud may fetch files from: beginnings of URLs, with commas between"
    )
    calls_at_once: int = Field(8, ge=1, le=64, description="how many calls a real cloud gets at once")
    lock_timeout_s: float = Field(60.0, gt=0, description="how long to wait for others using the warehouse, in seconds")
    readers_group: str | None = Field(
        None,
        description="the group of accounts that may read the warehouse besides its owner; empty: none any more",
    )
    memory_limit: str = Field("3GiB", description="what DuckDB may use before it spills to disk")
    tax_percent: Decimal = Field(Decimal(0), ge=0, le=100, description="the tax on invoices, in percent")
    approval_hours: float = Field(24.0, gt=0, description="how long a run waits for a person's approval, in hours")
    task_runner: Literal["dask"] | None = Field(None, description="what carries out the orders of a group side by side")
    dask_address: str | None = Field(None, description="a Dask cluster that runs already, instead of one a flow run")
    dask_threads: int = Field(8, ge=1, description="how many orders a Dask cluster of a flow run carries out at once")
    prefect_port: int = Field(
        4200,
        ge=1024,
        lt=65535,
        description="where Prefect's UI is while the home is up; the reports are on the next port",
    )
    notify: str | None = Field(
        None,
        pattern="^[^/]+/[^/]+$",
        description="a Prefect notification block that is told of what happens, such as slack-webhook/ops",
    )
    prefect_api_url: str | None = Field(
        None, validation_alias="PREFECT_API_URL", description="a Prefect server that runs already, instead of our own"
    )

    @property
    def warehouse(self) -> Path:
        """The DuckDB file.

        Raises:
            SettingsError: if ``warehouse_url`` names none, or the block that does is not to be had.
        """
        return _file(self.warehouse_url) if self.warehouse_url else self.home.absolute() / "warehouse.duckdb"

    @property
    def images(self) -> Path:
        """The embedded cloud's image store, a folder a region."""
        return self.home.absolute() / "images"

    @property
    def keys(self) -> Path:
        """The embedded cloud's encryption keys: neither in the store nor in the warehouse."""
        return self.home.absolute() / "keys"

    @property
    def pending_blobs(self) -> Path:
        """What was made at a real cloud and is not recorded yet; no secrets, no images."""
        return self.home.absolute() / "clouds" / self.cloud

    @property
    def reports(self) -> Path:
        """Where the HTML reports go."""
        return self.home.absolute() / "reports"

    @property
    def prefect_home(self) -> Path:
        """Prefect's own home: its database and its logs."""
        return self.home.absolute() / "prefect"


def secret(block: str) -> Any:
    """What a Prefect Secret block holds.

    Raises:
        SettingsError: if there is none of that name, or the server that has it is not to be reached.
    """
    from prefect.blocks.system import Secret

    try:
        # on a thread of its own: whoever asks may be on a loop already
        with ThreadPoolExecutor(1) as apart:
            held = apart.submit(asyncio.run, Secret.aload(block.removeprefix(SECRET))).result()
            return held.get()  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001 - no server, no block, another kind of block: it is not to be had
        said = str(error).splitlines()[0]
        name = block.removeprefix(SECRET)
        raise SettingsError(f"the Prefect block {SECRET}{name} cannot be read: {said}; make it under Blocks") from None


@cache
def _file(url: str) -> Path:
    said = str(secret(url)) if url.startswith(SECRET) else url
    scheme, found, path = said.partition("://")
    if found and scheme != "duckdb":
        raise SettingsError(
            f"the warehouse is a DuckDB file, as in duckdb:///srv/warehouse.duckdb; {scheme} is not known"
        )
    if not (path if found else said):
        raise SettingsError("the warehouse's URL names no file, as duckdb:///srv/warehouse.duckdb does")
    return Path(path if found else said).absolute()


@cache
def settings() -> Settings:
    """The settings, read once a process. From then on this process creates files for their owner only."""
    keep_private()
    return Settings()
