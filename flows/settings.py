"""The settings: the only module that reads environment variables."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.access.umask import keep_private


def _default_home() -> Path:
    """Return ``var`` in the repository, or in the working directory if this program is installed as a wheel.

    Some other package may install a ``pyproject.toml`` beside ours, so the file must name this project.
    """
    parent = Path(__file__).resolve().parent.parent
    try:
        in_repository = 'name = "imagekeeper"' in (parent / "pyproject.toml").read_text(encoding="utf-8")
    except OSError:
        in_repository = False
    return (parent if in_repository else Path.cwd()) / "var"


_HOME = _default_home()

SECRET = "secret/"  # noqa: S105 - the beginning of a block's name


class SettingsError(Exception):
    """A setting is not valid. The message says which one, and what to do."""


class Settings(BaseSettings):
    """Settings from environment variables: ``IMAGEKEEPER_`` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="IMAGEKEEPER_", frozen=True)

    home: Path = Field(_HOME, description="the folder with warehouse, images, keys, reports and Prefect's home")
    import_folder: Path | None = Field(
        None, description="the folder with the files of batches; default: the folder of the batch file"
    )
    warehouse_url: str | None = Field(
        None, description="the warehouse: a path, duckdb:///path, or secret/NAME for a Prefect block with either"
    )
    cloud: Literal["local", "openstack"] = Field("local", description="the cloud that batches act on")
    clouds_file: Path | None = Field(
        None, description="the clouds.yaml with one entry for each tenant; default: where openstacksdk looks"
    )
    clouds_block: str | None = Field(
        None, description="a Prefect Secret block with the entries of a clouds.yaml, instead of a file"
    )
    aws_profiles: str | None = Field(
        None, description="the profiles of AWS accounts whose images are synced, separated by commas; each is a tenant"
    )
    aws_regions: str | None = Field(
        None, description="the AWS regions to sync, separated by commas; default: the region of each profile"
    )
    import_urls: str | None = Field(
        None, description="URL prefixes from which a real cloud may fetch files, separated by commas"
    )
    calls_at_once: int = Field(8, ge=1, le=64, description="the most simultaneous API calls to a real cloud")
    lock_timeout_s: float = Field(
        60.0, gt=0, description="how long to wait for other processes that use the warehouse, in seconds"
    )
    readers_group: str | None = Field(
        None,
        description="the group of accounts that may read the warehouse besides its owner; empty: no group any more",
    )
    memory_limit: str = Field("3GiB", description="the memory that DuckDB may use before it spills to disk")
    tax_percent: Decimal = Field(Decimal(0), ge=0, le=100, description="the tax on invoices, in percent")
    approval_hours: float = Field(24.0, gt=0, description="how long a run waits for a person's approval, in hours")
    task_runner: Literal["dask"] | None = Field(None, description="what carries out the orders of a group in parallel")
    dask_address: str | None = Field(None, description="an existing Dask cluster; default: a new one for each flow run")
    dask_threads: int = Field(8, ge=1, description="the most simultaneous orders on the Dask cluster of a flow run")
    prefect_port: int = Field(
        4200,
        ge=1024,
        lt=65535,
        description="the port of Prefect's UI while `imagekeeper up` runs; the reports are on the next port",
    )
    server_idle_minutes: float = Field(
        10.0,
        ge=0,
        description="how long the Prefect server that a command started stays up when nobody uses it, in minutes;"
        " 0: it ends with the command",
    )
    notify: str | None = Field(
        None,
        pattern="^[^/]+/[^/]+$",
        description="a Prefect notification block that receives the events, such as slack-webhook/ops",
    )
    prefect_api_url: str | None = Field(
        None,
        validation_alias="PREFECT_API_URL",
        description="the API of an existing Prefect server; default: a server of our own",
    )

    @property
    def warehouse(self) -> Path:
        """Return the path of the DuckDB file.

        Raises:
            SettingsError: if ``warehouse_url`` names no file, or its block cannot be read.
        """
        return _file(self.warehouse_url) if self.warehouse_url else self.home.absolute() / "warehouse.duckdb"

    @property
    def images(self) -> Path:
        """The folder of the embedded cloud's image store, with one folder for each region."""
        return self.home.absolute() / "images"

    @property
    def keys(self) -> Path:
        """The folder of the embedded cloud's encryption keys, apart from the store and the warehouse."""
        return self.home.absolute() / "keys"

    @property
    def pending_blobs(self) -> Path:
        """The folder of the journals of pending blobs at a real cloud; no secrets, no images."""
        return self.home.absolute() / "clouds" / self.cloud

    @property
    def reports(self) -> Path:
        """The folder of the HTML pages."""
        return self.home.absolute() / "reports"

    @property
    def prefect_home(self) -> Path:
        """Prefect's home: its database and its logs."""
        return self.home.absolute() / "prefect"


def secret(block: str) -> Any:
    """Return the value of a Prefect Secret block.

    Raises:
        SettingsError: if there is no such block, or its server cannot be reached.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from prefect.blocks.system import Secret

    try:
        # On a thread of its own: the caller may run in an event loop already.
        with ThreadPoolExecutor(1) as apart:
            held = apart.submit(asyncio.run, Secret.aload(block.removeprefix(SECRET))).result()
            return held.get()  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001 - no server, no block, another kind of block: one message fits all
        value = str(error).splitlines()[0]
        name = block.removeprefix(SECRET)
        raise SettingsError(f"the Prefect block {SECRET}{name} cannot be read: {value}; make it under Blocks") from None


@cache
def _file(url: str) -> Path:
    value = str(secret(url)) if url.startswith(SECRET) else url
    scheme, found, path = value.partition("://")
    if found and scheme != "duckdb":
        raise SettingsError(
            f"the warehouse is a DuckDB file, such as duckdb:///srv/warehouse.duckdb; {scheme} is not supported"
        )
    if not (path if found else value):
        raise SettingsError("the warehouse's URL names no file, as duckdb:///srv/warehouse.duckdb does")
    return Path(path if found else value).absolute()


@cache
def settings() -> Settings:
    """Return the settings, read once. From then on, this process creates files for their owner only."""
    keep_private()
    return Settings()
