"""Rules of changing the OS of a server."""

from domain.policy.engine import Rule
from domain.policy.rules.image import USABLE
from domain.policy.rules.server import unknown

RULES = (
    *USABLE,
    *unknown("server"),
    Rule(
        "change-os.not-available",
        when="cause IS NOT NULL",
        because="there is no private image '{image}' that {actor} can use in {server_region}",
        remedy_by="cause",
        remedy={
            "server": "'{image}' is a server: make a private image of it with capture_server, and use that",
            "file": "'{image}' is a file: import it, so that it is registered as a private image, and use that",
            "region": "'{image_name}' is in {image_region}: copy it to {server_region}, and use the copy",
            "account": "if '{image}' is another tenant's, have it shared with {actor} first",
        },
        source="founding document, Private Image: four ways to make it available",
        alone=True,
    ),
    Rule(
        "change-os.not-bootable",
        when="image_type = 'data_disk'",
        because="image '{image_name}' contains only service data, no system to start",
        remedy="use a system-disk image",
        source="founding document, Table 1",
    ),
    Rule(
        "change-os.wrong-target",
        when="image_target <> server_target",
        because="image '{image_name}' is for {image_target} servers, but the server is a {server_target}",
        remedy="use an image for {server_target}",
        source="founding document, Image: an ECS or BMS template (IMG.0024)",
    ),
    Rule(
        "change-os.must-be-stopped",
        when="$change_os_stopped_only AND server_state = 'running'",
        because="the server is running",
        remedy="stop the server first",
        source="Open Telekom Cloud, ECS: changing the OS",
    ),
)
