"""The credentials of each tenant, read by openstacksdk, and one connection per tenant and region."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

import openstack
from keystoneauth1 import exceptions as keystone
from openstack.config import OpenStackConfig
from openstack.connection import Connection
from openstack.exceptions import ConfigException

from domain.cloud import CloudError
from flows.clouds.openstack.calls import one_line
from flows.clouds.openstack.cinder import Cinder
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.nova import Nova

PROJECT_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

NO_NOVA = "this cloud cannot: the catalog of {region} has no servers (Nova)"
NO_CINDER = "this cloud cannot: the catalog of {region} has no disks (Cinder)"


class Tenants:
    """The tenants that may be actors. Each is an entry of clouds.yaml, under the name that batches use.

    ``entries`` are the entries themselves, if there is no file. ``file`` is a clouds.yaml; without it, openstacksdk
    searches ``OS_CLIENT_CONFIG_FILE``, the working folder and ``~/.config/openstack``. TLS is verified unless an entry
    turns it off. No answer, error or log line contains a secret.
    """

    def __init__(self, entries: Mapping[str, Any] | None = None, file: Path | None = None) -> None:
        self._entries = entries
        self._file = file
        self._config: OpenStackConfig | None = None
        self._connections: dict[tuple[str, str], Connection] = {}
        self._sign_ins: dict[str, Any] = {}
        self._projects: dict[str, str] = {}
        self._names: dict[str, str] | None = None
        self._missing_services: dict[tuple[str, str], bool] = {}
        self._lock = Lock()

    def __iter__(self) -> Iterator[str]:
        """Return the names of the tenants, sorted."""
        return iter(sorted(self._entries if self._entries is not None else self._read().get_cloud_names()))

    def regions(self) -> dict[str, list[str]]:
        """Return each region with the tenants that have credentials there."""
        found: dict[str, list[str]] = {}
        for tenant in self:
            for region in self._regions_of(tenant):
                found.setdefault(region, []).append(tenant)
        return found

    def glance(self, tenant: str, region: str) -> Glance:
        """Return the Glance of a region for a tenant.

        Raises:
            CloudError: if there are no credentials for it, or they do not work.
        """
        with self._connection(tenant, region) as connection:
            return Glance(connection.image, region)  # signs in and discovers Glance's version the first time

    def nova(self, tenant: str, region: str) -> Nova:
        """Return the Nova of a region for a tenant.

        Raises:
            CloudError: if there are no credentials for it, they do not work, or the region has no servers.
        """
        return Nova(self._service("compute", NO_NOVA, tenant, region), region)

    def cinder(self, tenant: str, region: str) -> Cinder:
        """Return the Cinder of a region for a tenant.

        Raises:
            CloudError: if there are no credentials for it, they do not work, or the region has no disks.
        """
        return Cinder(self._service("block-storage", NO_CINDER, tenant, region), region)

    def has_no_service(self, service_type: str, region: str) -> bool:
        """Return whether a region's catalog is known to have no such service. The first tenant there asks, once."""
        if (service_type, region) not in self._missing_services:
            missing = False
            tenant = next(iter(self.regions().get(region, [])), None)
            with suppress(CloudError):  # a tenant that cannot sign in gets that error when it acts
                missing = tenant is not None and self._endpoint(service_type, tenant, region) is None
            self._missing_services[service_type, region] = missing
        return self._missing_services[service_type, region]

    def network_of(self, tenant: str, region: str) -> str:
        """Return the network of new servers: ``server_network`` of the tenant's entry, or ``auto``."""
        with self._connection(tenant, region) as connection:
            return str(connection.config.config.get("server_network") or "auto")

    def project_of(self, tenant: str) -> str:
        """Return the project id of a tenant, which Glance uses as owner and member.

        Raises:
            CloudError: if it is neither the name of an entry nor a project id. Glance does not check this.
        """
        if tenant in self._projects:
            return self._projects[tenant]
        if tenant in list(self):
            region = self._regions_of(tenant)[0]
            self.glance(tenant, region)
            try:
                project = self._connections[tenant, region].current_project_id
            except (keystone.ClientException, openstack.exceptions.SDKException) as error:
                raise CloudError(f"'{tenant}' cannot sign in: {one_line(error)}") from None
            self._projects[tenant] = str(project)
            return self._projects[tenant]
        if PROJECT_ID.fullmatch(tenant):
            return tenant
        raise CloudError(
            f"there is no tenant '{tenant}': name an entry of clouds.yaml ({', '.join(self)}), or a project id"
        )

    def name_of(self, project: str | None) -> str:
        """Return the tenant of a project id; the id itself if no entry belongs to that project."""
        if self._names is None:
            self._names = {self.project_of(tenant): tenant for tenant in self}
        return self._names.get(project or "", project or "unknown")

    def _service(self, service_type: str, missing: str, tenant: str, region: str) -> Any:
        if self._endpoint(service_type, tenant, region) is None:
            raise CloudError(missing.format(region=region))
        with self._connection(tenant, region) as connection:
            return getattr(connection, service_type.replace("-", "_"))

    def _endpoint(self, service_type: str, tenant: str, region: str) -> str | None:
        with self._connection(tenant, region) as connection:
            found = connection.endpoint_for(service_type)
            return None if found is None else str(found)

    @contextmanager
    def _connection(self, tenant: str, region: str) -> Iterator[Connection]:
        """Yield the connection of a tenant to a region; errors of its first use become a ``CloudError``."""
        with self._lock:
            connection = self._connections.get((tenant, region))
            if connection is None:
                connection = self._connections[tenant, region] = self._connect(tenant, region)
                self._share_sign_in(connection)
        try:
            yield connection
        except (keystone.ClientException, openstack.exceptions.SDKException) as error:
            raise CloudError(f"'{tenant}' cannot sign in to {region}: {one_line(error)}") from None

    def _connect(self, tenant: str, region: str) -> Connection:
        if tenant not in list(self):
            raise CloudError(f"there are no credentials for '{tenant}': add an entry of that name to clouds.yaml")
        if region not in self._regions_of(tenant):
            raise CloudError(
                f"'{tenant}' has no region '{region}': add it to the regions of its entry in clouds.yaml"
                f" ({', '.join(self._regions_of(tenant))})"
            )
        try:
            if self._entries is not None:
                entry = {key: value for key, value in self._entries[tenant].items() if key != "regions"}
                return openstack.connect(
                    load_yaml_config=False, load_envvars=False, **(entry | {"region_name": region})
                )
            return Connection(config=self._read().get_one(cloud=tenant, region_name=region))
        except (ConfigException, keystone.ClientException) as error:
            raise CloudError(f"the credentials of '{tenant}' cannot be used: {one_line(error)}") from None

    def _share_sign_in(self, connection: Connection) -> None:
        """Let regions with the same credentials share one token. Otherwise each connection requests its own."""
        sign_in = connection.config.get_auth()
        credentials = None if sign_in is None else sign_in.get_cache_id()
        if credentials is not None:
            shared = self._sign_ins.setdefault(credentials, sign_in)
            connection.config._auth = shared  # noqa: SLF001 - there is no public way to set it

    def _regions_of(self, tenant: str) -> list[str]:
        if self._entries is not None:
            entry = self._entries[tenant]
            regions = entry.get("regions") or [entry.get("region_name")]
        else:
            regions = [
                region.get("name") if isinstance(region, dict) else region
                for region in self._read()._get_regions(tenant)  # noqa: SLF001 - there is no public way to list them
            ]
        found = [region.get("name") if isinstance(region, dict) else region for region in regions if region]
        if not found:
            raise CloudError(f"the entry '{tenant}' of clouds.yaml names no region: give it region_name or regions")
        return [str(region) for region in found]

    def _read(self) -> OpenStackConfig:
        if self._config is None:
            files = None if self._file is None else [str(self._file)]
            try:
                config = OpenStackConfig(config_files=files, load_envvars=self._file is None)
            except ConfigException as error:
                raise CloudError(f"clouds.yaml cannot be read: {one_line(error)}") from None
            if config.config_filename is None:
                searched = str(self._file) if self._file else "OS_CLIENT_CONFIG_FILE, ./ and ~/.config/openstack"
                raise CloudError(f"there is no clouds.yaml ({searched}): write one with an entry for each tenant")
            self._config = config
        return self._config
