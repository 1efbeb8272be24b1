"""Examples of the rules of sharing, of answering to a share, and of copying."""

from support.worlds.neighbourhood import THERE, Example, Step, acme, by


def share(image: str, tenant: str = "initech", **said: object) -> Step:
    """Acme shares an image with a tenant."""
    return acme("share_image", image=image, tenants=[tenant], **said)


EXAMPLES = [
    Example(
        "share.not-owner",
        "what is shared is not shared on",
        by("umbrella", "share_image", image="lent", tenants=["initech"]),
        share("lent"),
    ),
    Example(
        "share.not-private",
        "all use it already",
        by("platform", "share_image", image="public", tenants=["acme"]),
        share("plain"),
    ),
    Example("share.published", "it is on sale", share("sold"), share("unsold")),
    Example(
        "share.other-region", "initech is to use it elsewhere", share("plain", region=THERE), share("far", region=THERE)
    ),
    Example("share.encrypted", "the key is acme's", share("secret"), share("plain")),
    Example(
        "share.encrypted", "only Glance knows nothing of keys", share("secret"), share("secret"), "huawei", "glance"
    ),
    Example("share.full-ecs-not-cbr", "made by CSBS", share("whole-csbs"), share("whole-cbr")),
    Example(
        "share.full-ecs-not-cbr",
        "one cloud shares none",
        share("whole-cbr"),
        share("whole-cbr"),
        "flexibleengine",
        "otc",
    ),
    Example("share.with-oneself", "acme has it", share("plain", "acme"), share("plain", "umbrella")),
    Example(
        "unshare.not-owner",
        "a recipient rejects the share",
        by("umbrella", "unshare_image", image="lent", tenants=["umbrella"]),
        acme("unshare_image", image="lent", tenants=["umbrella", "nobody"]),
    ),
    Example(
        "accept.not-shared",
        "it is public, not shared",
        acme("accept_share", image="public"),
        by("umbrella", "accept_share", image="offered"),
    ),
    Example(
        "reject.not-shared",
        "it is acme's own",
        acme("reject_share", image="lent"),
        by("umbrella", "reject_share", image="offered"),
    ),
    Example(
        "copy.public",
        "a server is launched and captured instead",
        by("platform", "copy_image", image="public", to_region=THERE),
        acme("copy_image", image="plain", to_region=THERE),
    ),
    Example(
        "copy.marketplace",
        "the seller copies it, no buyer",
        by("umbrella", "copy_image", image="sold"),
        acme("copy_image", image="sold"),
    ),
    Example(
        "copy.not-accepted",
        "the share is not answered",
        by("umbrella", "copy_image", image="offered"),
        by("umbrella", "copy_image", image="lent"),
    ),
    Example(
        "copy.shared-other-region",
        "only where it was shared",
        by("umbrella", "copy_image", image="lent", to_region=THERE),
        acme("copy_image", image="lent", to_region=THERE),
    ),
    Example(
        "copy.full-ecs",
        "one cloud copies it, across regions",
        acme("copy_image", image="whole-cbr", to_region=THERE),
        acme("copy_image", image="whole-cbr", to_region=THERE, name="n"),
        "otc",
        "huawei",
    ),
    Example(
        "copy.full-ecs",
        "and not within one",
        acme("copy_image", image="whole-cbr", name="n"),
        acme("copy_image", image="plain", name="n"),
        "huawei",
    ),
    Example("copy.iso", "it is for installing", acme("copy_image", image="boot"), acme("copy_image", image="data")),
    Example(
        "copy.encrypted-other-region",
        "keys are regional",
        acme("copy_image", image="secret", to_region=THERE),
        acme("copy_image", image="secret", encrypted=False),
    ),
    Example(
        "copy.encrypted-other-region",
        "decrypting on the way is no way",
        acme("copy_image", image="secret", to_region=THERE, encrypted=False),
        acme("copy_image", image="secret", to_region=THERE, encrypted=False),
        "seed",
        "glance",
    ),
    Example(
        "copy.same-key",
        "it would be the same again",
        acme("copy_image", image="secret", kms_key="k1"),
        acme("copy_image", image="secret", kms_key="k2"),
    ),
]
