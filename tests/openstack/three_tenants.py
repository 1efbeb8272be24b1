"""Three tenants of their own on the tests' cloud, a warehouse, and a folder of files."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.warehouse.connection import Warehouse
from flows.clouds.openstack.calls import Resource
from flows.clouds.openstack.cloud import OpenStackCloud
from flows.clouds.openstack.glance import Glance
from flows.clouds.openstack.inventory import OpenStackInventory
from flows.clouds.openstack.tenants import Tenants
from flows.lifecycle import steps as lifecycle
from flows.lifecycle.steps import ExecutionContext
from flows.sync_inventory import Inventoried, sync
from support.openstack.stack import Stack
from support.worlds.batches import HERE, applied, prepared, work_of

PLAIN = ("acme", "umbrella", "initech")


class World:
    """Tenants of their own, three unless fewer do, a warehouse, and a folder of files."""

    def __init__(self, stack: Stack, folder: Path, plain: Sequence[str] = PLAIN) -> None:
        self.names = {name: f"{name}-{uuid.uuid4().hex[:8]}" for name in plain}
        for name in self.names.values():
            stack.new_project(name)
        self.clouds_yaml = stack.clouds(*self.names.values())
        self.tenants = Tenants(file=self.clouds_yaml)
        self.folder = prepared(folder)
        self.state = folder / "state"
        self.warehouse = Warehouse(folder / "var" / "warehouse.duckdb")
        self.context = ExecutionContext(self.warehouse, OpenStackCloud(self.tenants, self.state))

    @property
    def plain(self) -> dict[str, str]:
        """The common name of each tenant."""
        return {ours: name for name, ours in self.names.items()}

    def glance(self, name: str, region: str = HERE) -> Glance:
        """A region as one of them sees it."""
        return self.tenants.glance(self.names[name], region)

    def project(self, name: str) -> str:
        """What Glance calls a tenant."""
        return self.tenants.project_of(self.names[name])

    def apply(self, *steps: dict[str, Any], **said: Any) -> list[dict[str, Any]]:
        """Apply steps of acme's."""
        work = work_of(list(steps), self.folder, self.names["acme"], batch_id=uuid.uuid4().hex, **said)
        return applied(work, self.context)

    def imported(self, name: str = "web", file: str = "disk.raw") -> str:
        """The id of a new image of acme's."""
        (line,) = self.apply(
            {"action": "import_image", "name": name, "file": file, "image_type": "system_disk", "min_disk_gb": 1}
        )
        assert line["outcome"] == "done", line
        return str(line["image"])

    def sync(self) -> Inventoried:
        """Look at the cloud and write down what it says."""
        inventory = OpenStackInventory(self.tenants, self.state)
        return sync(self.warehouse, [inventory], self.folder / "proposed", clock=lifecycle.now, acts_on=inventory.cloud)

    def of_image(self, image: str, query: str) -> list[tuple[Any, ...]]:
        """What the warehouse says of an image."""
        with self.warehouse.reading() as con:
            return con.execute(query, [image]).fetchall()

    def unreachable(self, folder: Path) -> Path:
        """A clouds.yaml by which they sign in, and find no Glance."""
        path = folder / "unreachable.yaml"
        nowhere = "image_endpoint_override: http://127.0.0.1:9/v2\n    regions:"
        path.write_text(self.clouds_yaml.read_text().replace("regions:", nowhere))
        return path

    def images(self, name: str, region: str = HERE) -> list[dict[str, Any]]:
        """What Glance has of a tenant's own images."""
        project = self.project(name)
        return [image for page in self.glance(name, region).images(owner=project) for image in page]

    def servers(self, name: str) -> list[Resource]:
        """What Nova has of a tenant's servers."""
        nova = self.tenants.nova(self.names[name], HERE)
        answer = nova._call("GET", "/servers/detail")  # noqa: SLF001 - ours never lists servers
        return list(answer.json()["servers"])


Lived = tuple[World, list[dict[str, Any]]]
"""Tenants after a batch, and what became of its lines."""
