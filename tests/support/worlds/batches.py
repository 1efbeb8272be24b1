"""One batch through all that happens to images, for every cloud alike: what becomes of each line is the same."""

from pathlib import Path
from typing import Any

from data.lifecycle import action_log
from data.warehouse.connection import Warehouse
from domain.actions import Batch
from flows.clouds.local.cloud import LocalCloud
from flows.lifecycle.prepared_batch import ActionBatch
from flows.lifecycle.steps import ExecutionContext, apply
from support.disk_files import MIB, partitioned, raw

HERE, THERE = "eu-west-0", "eu-west-1"
Line = tuple[int, str, str | None, str, tuple[str, ...], str | None]


def everything(acme: str, umbrella: str, initech: str) -> list[dict[str, Any]]:
    """Import, share, answer, copy, change, deactivate, export, delete; and some of what is denied."""
    by = {"umbrella": {"actor": umbrella}, "initech": {"actor": initech}}
    of_web = {"image": "$web"}
    made: dict[str, Any] = {"os": {"type": "linux", "distribution": "debian", "version": "12"}, "tags": ["web", "base"]}
    imported = {"file": "disk.raw", "min_disk_gb": 10, "min_ram_mb": 512}
    return [
        {"action": "import_image", "as": "web", "name": "web", "image_type": "system_disk", **imported, **made},
        {"action": "import_image", "as": "data", "name": "data", "image_type": "data_disk", **imported},
        {"action": "share_image", **of_web, "tenants": [umbrella, initech]},
        {"action": "share_image", **of_web, "tenants": [umbrella], "region": THERE},
        {"action": "accept_share", **of_web, **by["umbrella"]},
        {"action": "reject_share", **of_web, **by["initech"]},
        {"action": "share_image", **of_web, "tenants": [initech], **by["umbrella"]},
        {"action": "copy_image", "as": "mine", **of_web, "name": "mine", **by["umbrella"]},
        {"action": "copy_image", "as": "abroad", **of_web, "to_region": THERE, "name": "abroad"},
        {"action": "share_image", "image": "$abroad", "tenants": [umbrella], "region": THERE},
        {"action": "update_image", **of_web, "name": "web-2", "description": "for all", "tags": ["web"]},
        {"action": "update_image", **of_web, "protected": True},
        {"action": "delete_image", **of_web},
        {"action": "delete_image", **of_web, **by["umbrella"]},
        {"action": "update_image", **of_web, "protected": False},
        {"action": "deactivate_image", **of_web},
        {"action": "share_image", **of_web, "tenants": [acme]},
        {"action": "export_image", **of_web, "file": "out/never.raw"},
        {"action": "reactivate_image", **of_web},
        {"action": "unshare_image", **of_web, "tenants": [initech]},
        {"action": "reject_share", **of_web, **by["initech"]},
        {"action": "export_image", **of_web, "file": "out/web.raw"},
        {"action": "deprecate_image", "image": "$data"},
        {"action": "delete_image", "image": "$abroad", "region": THERE},
        {"action": "delete_image", "image": "$mine", **by["umbrella"]},
    ]


def with_servers(umbrella: str) -> list[dict[str, Any]]:
    """Launch, stop, start, resize, rebuild, capture and end servers; and some of what is denied."""
    disk = {"file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 10, "os": {"type": "linux"}}
    small, large = {"flavor": "s2.medium.1"}, {"flavor": "s2.large.2"}
    theirs = {"actor": umbrella}
    return [
        {"action": "import_image", "as": "web", "name": "web", "description": "of servers", **disk},
        {"action": "import_image", "as": "hungry", "name": "hungry", "min_ram_mb": 2048, **disk},
        {"action": "launch_server", "as": "one", "image": "$web", "name": "one", **small},
        {"action": "launch_server", "image": "$web", "name": "many", "count": 2, **small},
        {"action": "launch_server", "image": "$hungry", "name": "three", **small},
        {"action": "launch_server", "image": "$web", "name": "four", "flavor": "none.such"},
        {"action": "launch_server", "image": "$web", "name": "theirs", **small, **theirs},
        {"action": "share_image", "image": "$web", "tenants": [umbrella]},
        {"action": "accept_share", "image": "$web", **theirs},
        {"action": "launch_server", "image": "$web", "name": "theirs", **small, **theirs},
        {"action": "stop_server", "server": "$one"},
        {"action": "stop_server", "server": "$one"},
        {"action": "resize_server", "server": "$one", **large},
        {"action": "capture_server", "as": "golden", "server": "$one", "name": "golden", "image_type": "system_disk"},
        {"action": "change_os", "server": "$one", "image": "$hungry"},
        {"action": "start_server", "server": "$one"},
        {"action": "start_server", "server": "theirs"},
        {"action": "terminate_server", "server": "many-2"},
        {"action": "start_server", "server": "many-2"},
        {"action": "launch_server", "image": "$golden", "name": "five", **small},
    ]


def with_disks() -> list[dict[str, Any]]:
    """Make disks of images, and images of disks; and some of what is denied."""
    of_data = {"image_type": "data_disk"}
    data: dict[str, Any] = {"file": "disk.raw", "min_disk_gb": 2, **of_data}
    return [
        {"action": "import_image", "as": "data", "name": "data", **data},
        {"action": "create_volume", "as": "disk", "image": "$data", "name": "disk", "size_gb": 3},
        {"action": "create_volume", "image": "$data", "name": "small", "size_gb": 1},
        {"action": "capture_volume", "as": "again", "volume": "$disk", "name": "again", **of_data},
        {"action": "capture_volume", "volume": "none", "name": "never", **of_data},
        {"action": "create_volume", "image": "$again", "name": "more", "size_gb": 3},
    ]


def prepared(folder: Path) -> Path:
    """A folder with the files that the batch names."""
    (folder / "disk.raw").write_bytes(partitioned(raw(MIB + 77)))
    return folder


def work_of(steps: list[dict[str, Any]], folder: Path, actor: str, **said: Any) -> ActionBatch:
    """Steps as a batch of one tenant."""
    batch = Batch.model_validate({"actor": actor, "region": HERE, "actions": steps} | said)
    return ActionBatch(batch, "test", folder)


def applied(work: ActionBatch, context: ExecutionContext) -> list[dict[str, Any]]:
    """What became of each line."""
    apply(work, context)
    return lines(work.batch_id, context)


def embedded(steps: list[dict[str, Any]], folder: Path) -> tuple[list[dict[str, Any]], ExecutionContext]:
    """What becomes of steps of acme's on an embedded cloud of their own."""
    folder.mkdir()
    context = ExecutionContext(Warehouse(folder / "var" / "wh.duckdb"), LocalCloud(folder / "store", folder / "keys"))
    return applied(work_of(steps, prepared(folder), "acme"), context), context


def lines(batch_id: str, context: ExecutionContext) -> list[dict[str, Any]]:
    """The lines of a batch as the warehouse has them."""
    with context.warehouse.reading() as con:
        return list(action_log.lines(con, batch_id))


def told(found: list[dict[str, Any]], names: dict[str, str]) -> list[Line]:
    """What every cloud says alike of the lines, with the tenants called by common names."""
    return [
        (
            line["seq"],
            line["action"],
            names.get(line["tenant"], line["tenant"]),
            line["verdict"],
            tuple(line["denied_by"]),
            line["outcome"],
        )
        for line in found
    ]


def held(context: ExecutionContext, names: dict[str, str]) -> list[tuple[Any, ...]]:
    """What the warehouse has of images and shares, but for ids, hashes and times."""
    with context.warehouse.reading() as con:
        images = con.execute(
            "SELECT name, owner, region, visibility, image_type, target, status, os_type, os_distribution, os_version,"
            " architecture, disk_format, size_bytes, virtual_size_bytes, min_disk_gb, min_ram_mb, encrypted, protected,"
            " description, list_sort(tags), deprecated_at IS NOT NULL, deleted_at IS NOT NULL FROM image ORDER BY ALL"
        ).fetchall()
        members = con.execute(
            "SELECT i.name, m.tenant, m.status, m.removed_at IS NOT NULL FROM image_member AS m"
            " INNER JOIN image AS i USING (image_id) ORDER BY ALL"
        ).fetchall()
        servers = con.execute(
            "SELECT s.name, s.owner, s.region, s.target, s.flavor, i.name, s.system_disk_gb, s.state,"
            " s.deleted_at IS NOT NULL, count(*) FROM server AS s INNER JOIN image AS i USING (image_id)"
            " INNER JOIN server_span USING (server_id) GROUP BY ALL"
        ).fetchall()
    things = images + members + servers
    return sorted(
        (tuple(names.get(one, one) if isinstance(one, str) else one for one in row) for row in things),
        key=str,
    )
