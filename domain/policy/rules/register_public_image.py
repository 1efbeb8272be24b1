"""Rules of registering a public image."""

from domain.policy.engine import Rule
from domain.policy.rules.image import NAME_TAKEN
from domain.policy.rules.import_image import FILE

RULES = (
    *FILE,
    NAME_TAKEN,
    Rule(
        "register.not-platform",
        when="actor <> 'platform'",
        because="{actor} is a tenant; only the platform can register public images",
        remedy="import the file as a private image, then share or publish it",
        source="Glance: only an operator can make an image public (policy publicize_image)",
    ),
    Rule(
        "register.data-disk",
        when="image_type = 'data_disk'",
        because="a data-disk image cannot be public",
        remedy="share it with the tenants that need it",
        source="IMS error IMG.0125",
    ),
    Rule(
        "register.encrypted",
        when="encrypted",
        because="a public image cannot be encrypted: other tenants do not have the key",
        remedy="register it unencrypted",
        source="IMS error IMG.0098",
    ),
)
