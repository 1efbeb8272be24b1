"""Examples of the rules of servers, disks and backups, and of images made of them."""

from support.worlds.neighbourhood import THERE, Example, Step, acme, by, disk, made


def capture(server: str, image_type: str = "system_disk", **said: object) -> Step:
    """Acme makes an image of a server."""
    return acme("capture_server", server=server, name="n", image_type=image_type, **said)


def launch(image: str, flavor: str = "s3.large.2", **said: object) -> Step:
    """Acme starts a server from an image."""
    return acme("launch_server", image=image, name="n", flavor=flavor, **said)


def change_os(server: str, image: str, **said: object) -> Step:
    """Acme gives a server another system."""
    return acme("change_os", server=server, image=image, **said)


def resize(server: str, flavor: str) -> Step:
    """Acme gives a server another flavor."""
    return acme("resize_server", server=server, flavor=flavor)


EXAMPLES = [
    Example(
        "server.unknown", "it is initech's", acme("stop_server", server="bought"), acme("stop_server", server="server")
    ),
    Example(
        "server.ambiguous",
        "two have that name",
        acme("terminate_server", server="double"),
        acme("terminate_server", server="server"),
    ),
    Example(
        "volume.unknown",
        "initech has none",
        by("initech", "capture_volume", volume="disk", name="n", image_type="data_disk"),
        acme("capture_volume", volume="disk", name="n", image_type="data_disk"),
    ),
    Example(
        "volume.ambiguous",
        "two have that name",
        acme("capture_volume", volume="pair", name="n", image_type="data_disk"),
        acme("capture_volume", volume="disk", name="n", image_type="data_disk"),
    ),
    Example(
        "backup.unknown",
        "it is acme's",
        by("initech", "capture_backup", backup=made("unused"), name="n"),
        acme("capture_backup", backup=made("unused"), name="n"),
    ),
    Example(
        "capture.backup-used",
        "one backup makes one image",
        acme("capture_backup", backup=made("used"), name="n"),
        acme("capture_backup", backup=made("unused"), name="n"),
    ),
    Example(
        "capture.volume-unknown",
        "no disk is named",
        capture("server", "data_disk"),
        capture("server", "data_disk", volume="disk"),
    ),
    Example("capture.from-iso", "it is for installing", capture("installer"), capture("server")),
    Example("capture.must-be-stopped", "bare metal is stopped first", capture("metal"), capture("metal-off"), "huawei"),
    Example(
        "capture.must-be-stopped",
        "the founding document asks nothing",
        capture("metal"),
        capture("metal"),
        "huawei",
        "seed",
    ),
    Example("flavor.unknown", "there is none", launch("plain", "s3.tiny"), launch("plain", "s3.large.2")),
    Example("flavor.unknown", "nor to resize to", resize("server", "s3.tiny"), resize("server", "s3.medium.1")),
    Example(
        "resize.wrong-target",
        "bare metal is no flavor of an ECS",
        resize("server", "physical.o2.medium"),
        resize("metal", "physical.o2.medium"),
    ),
    Example(
        "launch.too-little-ram", "4,096 MB are needed", resize("hungry", "s3.medium.2"), resize("hungry", "s3.medium.4")
    ),
    Example(
        "launch.too-little-ram", "1,024 MB are too few", launch("hungry", "s3.medium.1"), launch("hungry", "s3.large.2")
    ),
    Example("launch.too-little-disk", "10 GB are needed", launch("plain", "s9.nine"), launch("plain", "s9.ten")),
    Example("launch.too-little-disk", "no disk shrinks", resize("server", "s9.nine"), resize("server", "s9.ten")),
    Example(
        "launch.not-bootable",
        "it makes a disk",
        launch("data"),
        acme("create_volume", image="data", name="n", size_gb=10),
    ),
    Example(
        "launch.wrong-target",
        "an ECS image starts no BMS",
        launch("plain", "physical.o2.medium"),
        launch("metal", "physical.o2.medium"),
    ),
    Example("launch.wrong-target", "nor the reverse", launch("metal", "s3.large.2"), launch("plain", "s3.large.2")),
    Example("launch.wrong-target", "a bms is asked for", launch("plain", target="bms"), launch("plain", target="ecs")),
    Example("launch.other-region", "the image is elsewhere", launch("far"), launch("far", region=THERE)),
    Example(
        "volume.not-data-disk",
        "a system is launched",
        acme("create_volume", image="plain", name="n", size_gb=10),
        acme("create_volume", image="data", name="n", size_gb=10),
    ),
    Example(
        "volume.other-region",
        "the image is elsewhere",
        acme("create_volume", image="data", name="n", size_gb=10, region=THERE),
        acme("create_volume", image="data", name="n", size_gb=10),
    ),
    Example(
        "volume.too-small",
        "10 GB are needed",
        acme("create_volume", image="data", name="n", size_gb=9),
        acme("create_volume", image="data", name="n", size_gb=10),
    ),
    Example(
        "change-os.not-available", "the image is elsewhere", change_os("server", "far"), change_os("server", "spare")
    ),
    Example(
        "change-os.not-available",
        "it is nobody's",
        change_os("server", "none"),
        change_os("server", "public"),
        also=("image.unknown",),
    ),
    Example("change-os.not-bootable", "it is data", change_os("server", "data"), change_os("server", "spare")),
    Example(
        "change-os.wrong-target", "it is for bare metal", change_os("server", "metal"), change_os("metal", "metal")
    ),
    Example(
        "change-os.must-be-stopped",
        "some clouds want it stopped",
        change_os("server", "spare"),
        change_os("server-off", "spare"),
        "otc",
    ),
    Example(
        "change-os.must-be-stopped",
        "the founding document does not",
        change_os("server", "spare"),
        change_os("server", "spare"),
        "otc",
        "seed",
    ),
    Example(
        "image.name-taken",
        "of a captured server too",
        acme("capture_server", server="server", name="plain", image_type="system_disk"),
        capture("server"),
        "otc",
    ),
    Example(
        "image.name-taken",
        "and where the server is, whatever region is said",
        acme("capture_server", server="server", name="plain", image_type="system_disk", region=THERE),
        disk("plain", region=THERE),
        "otc",
    ),
]
