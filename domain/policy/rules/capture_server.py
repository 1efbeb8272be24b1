"""Rules of creating an image from a server."""

from domain.policy.engine import Rule
from domain.policy.rules.image import NAME_TAKEN
from domain.policy.rules.server import unknown

RULES = (
    *unknown("server"),
    NAME_TAKEN,
    Rule(
        "capture.volume-unknown",
        when="wanted_type = 'data_disk' AND volume_matches IS DISTINCT FROM 1",
        because="{actor} has no such data disk in the region of the server",
        remedy="name one disk by its id",
        source="IMS error IMG.0140",
    ),
    Rule(
        "capture.from-iso",
        when="server_image_type = 'iso'",
        because="a server that was launched from an ISO is only for installing a system",
        remedy="install the system on a disk, then create the image from that server",
        source="IMS constraints: ISO images",
    ),
    Rule(
        "capture.must-be-stopped",
        when="$bms_capture_stopped_only AND server_state = 'running' AND server_target = 'bms'",
        because="the bare-metal server is running",
        remedy="stop the server first",
        source="Huawei Cloud, BMS private images (IMG.0008)",
    ),
)
