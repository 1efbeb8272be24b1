"""Examples of the rules of files that become images, and the reverse."""

from support.worlds.neighbourhood import Example, Step, acme, by, disk


def export(image: str, file: str = "new.raw", **said: object) -> Step:
    """Acme writes an image to a file."""
    return acme("export_image", image=image, file=file, **said)


EXAMPLES = [
    Example("import.file-missing", "it is not there", disk("n", file="gone.raw"), disk("n", file="disk.raw")),
    Example("import.unsafe-file", "it reads another file", disk("n", file="trap.qcow2"), disk("n", file="disk.qcow2")),
    Example("import.wrong-format", "it is raw", disk("n", disk_format="qcow2"), disk("n", disk_format="raw")),
    Example(
        "import.wrong-format",
        "nobody can tell what it is",
        disk("n", file="odd.bin", disk_format="raw"),
        disk("n", disk_format="raw"),
        also=("import.not-an-iso", "import.does-not-fit"),
    ),
    Example(
        "import.not-an-iso",
        "an ISO is no system disk",
        disk("n", file="boot.iso"),
        disk("n", file="boot.iso", image_type="iso"),
    ),
    Example("import.not-an-iso", "a disk is no ISO", disk("n", image_type="iso"), disk("n", image_type="data_disk")),
    Example(
        "import.full-ecs",
        "a whole server is no file",
        disk("n", image_type="full_ecs"),
        disk("n", image_type="system_disk"),
    ),
    Example(
        "import.does-not-fit",
        "it has a sector more than 10 GB",
        disk("n", file="over-10.raw"),
        disk("n", file="exactly-10.raw"),
    ),
    Example("import.disk-too-large", "1,024 GB is the most", disk("n", min_disk_gb=1025), disk("n", min_disk_gb=1024)),
    Example(
        "import.disk-too-large",
        "2,048 GB for data",
        disk("n", min_disk_gb=2049, image_type="data_disk"),
        disk("n", min_disk_gb=2048, image_type="data_disk"),
    ),
    Example(
        "import.encrypted-iso",
        "no ISO is",
        disk("n", file="boot.iso", image_type="iso", encrypted=True),
        disk("n", encrypted=True),
    ),
    Example(
        "import.encrypted-bms", "bare metal has no KMS", disk("n", target="bms", kms_key="k1"), disk("n", target="bms")
    ),
    Example(
        "register.not-platform",
        "a tenant is not the platform",
        disk("n", action="register_public_image"),
        disk("n", action="register_public_image", actor="platform"),
    ),
    Example(
        "register.data-disk",
        "it holds no system",
        disk("n", action="register_public_image", actor="platform", image_type="data_disk"),
        disk("n", image_type="data_disk"),
    ),
    Example(
        "register.encrypted",
        "nobody else has the key",
        disk("n", action="register_public_image", actor="platform", encrypted=True),
        disk("n", encrypted=True),
    ),
    Example(
        "export.not-owner",
        "umbrella copies it first",
        by("umbrella", "export_image", image="lent", file="new.raw"),
        export("lent"),
    ),
    Example(
        "export.public",
        "it has a distributor",
        by("platform", "export_image", image="public", file="new.raw"),
        export("plain"),
    ),
    Example("export.full-ecs", "it is not one disk", export("whole-cbr"), export("plain")),
    Example("export.iso", "the file is where it came from", export("boot"), export("plain")),
    Example(
        "export.from-marketplace",
        "what is sold does not leave",
        by("initech", "export_image", image="resold", file="new.raw"),
        export("sold"),
    ),
    Example(
        "export.other-format", "it is raw", export("plain", disk_format="qcow2"), export("plain", disk_format="raw")
    ),
    Example("export.file-exists", "another file is there", export("plain", "taken.raw"), export("plain", "new.raw")),
]
