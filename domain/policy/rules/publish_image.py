"""Rules of publishing an image as an offer."""

from domain.policy.engine import Rule
from domain.policy.rules.image import USABLE, only_the_owner

RULES = (
    *USABLE,
    only_the_owner("publish.not-owner", "can publish it"),
    Rule(
        "publish.not-private",
        when="visibility NOT IN ('private', 'marketplace')",
        because="image '{image_name}' is {visibility}",
        remedy="launch a server from it, change the server, capture it, and publish that image",
        source="IMS errors IMG.0043, IMG.0124",
    ),
    Rule(
        "publish.already",
        when="published",
        because="image '{image_name}' is already on sale",
        remedy="change the price of its offer, or withdraw the offer first",
        source="IMS error IMG.0049",
    ),
    Rule(
        "publish.encrypted",
        when="encrypted",
        because="image '{image_name}' is encrypted",
        remedy="copy it within its region with encrypted: false, then publish the copy",
        source="IMS error IMG.0124: encrypted images cannot be published",
    ),
    Rule(
        "publish.shared",
        when="member_count > 0",
        because="image '{image_name}' is shared with {member_count} tenants",
        remedy="stop sharing it, or publish a copy",
        source="IMS errors IMG.0051, IMG.0052",
    ),
    Rule(
        "publish.not-system-disk",
        when="image_type <> 'system_disk'",
        because="image '{image_name}' is a {image_type} image",
        remedy="capture the server's system disk, and publish that image",
        source="IMS errors IMG.0129, IMG.0131",
    ),
    Rule(
        "publish.from-marketplace",
        when="origin_publisher IS NOT NULL AND origin_publisher <> actor",
        because="image '{image_name}' was created from an image that {origin_publisher} sells",
        remedy="create the image from one of your own or from a public one",
        source="IMS errors IMG.0043, IMG.0082",
    ),
    Rule(
        "publish.offer-taken",
        when="offer_taken",
        because="an offer '{offer}' is already on sale",
        remedy="give the offer another name",
        source="Imagekeeper: names of offers on sale are unique",
    ),
)
