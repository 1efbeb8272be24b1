"""Whose image a name means: nobody can take another in by an image of a known name."""

from collections.abc import Callable
from typing import Any

import pytest

from support.worlds.neighbourhood import EUR, HERE, THERE, Step, by

Lines = list[dict[str, Any]]
WHO = {"own": "umbrella", "public": "platform"} | dict.fromkeys(("accepted", "pending", "rejected", "sold"), "mallory")
IN_ORDER = [
    *("own here", "own there"),
    *("accepted here", "pending here", "rejected here", "sold here"),
    *("accepted there", "pending there", "rejected there", "sold there"),
]
"""What umbrella means by ``debian`` here, if the platform has none: its own, then what is here."""
ANSWERS = {"accepted": "accept_share", "rejected": "reject_share"}


def handle(image: str) -> str:
    """What the batch calls an image."""
    return image.replace(" ", "_")


def made(image: str) -> list[Step]:
    """The steps that bring an image called ``debian`` about, and before umbrella."""
    kind, place = image.split()
    owner, region = WHO[kind], HERE if place == "here" else THERE
    action = "register_public_image" if kind == "public" else "import_image"
    named = {"name": "debian", "file": "disk.raw", "image_type": "system_disk", "min_disk_gb": 10}
    steps = [by(owner, action, region=region, **named) | {"as": handle(image)}]
    if kind == "sold":
        steps.append(by(owner, "publish_image", image=f"${handle(image)}", offer=handle(image), price=EUR))
    if kind in ("accepted", "pending", "rejected"):
        steps.append(by(owner, "share_image", image=f"${handle(image)}", tenants=["umbrella"], region=region))
    if kind in ANSWERS:
        steps.append(by("umbrella", ANSWERS[kind], image=f"${handle(image)}"))
    return steps


def gone(image: str) -> list[Step]:
    """The steps after which an image is no more."""
    kind, _ = image.split()
    withdrawn = [by("mallory", "withdraw_image", offer=handle(image))] if kind == "sold" else []
    return [*withdrawn, by(WHO[kind], "delete_image", image=f"${handle(image)}")]


LOOK = by("umbrella", "launch_server", image="debian", name="server", flavor="s3.large.2")


def meant(steps: list[Step], lines: Lines) -> list[str]:
    """What each look found, by the handle of what it was made as."""
    image = {line["seq"]: line["image"] for line in lines}
    handles = {image[seq]: step["as"] for seq, step in enumerate(steps, start=1) if "as" in step}
    return [handles[image[seq]] for seq, step in enumerate(steps, start=1) if step == LOOK]


@pytest.mark.parametrize("order", [IN_ORDER, IN_ORDER[::-1]], ids=["made in order", "made in reverse"])
def test_the_nearest_image_of_a_name_is_meant(applied: Callable[..., Lines], order: list[str]) -> None:
    """With every kind of image of one name about, the nearest is meant; when that is gone, the next nearest."""
    steps = [step for image in order for step in made(image)]
    for image in IN_ORDER:
        steps += [LOOK, *gone(image)]
    assert meant(steps, applied(steps)) == [handle(image) for image in IN_ORDER]


def test_the_platforms_images_come_before_any_other_tenants(applied: Callable[..., Lines]) -> None:
    """Whoever shares or sells an image by the name of a public one, near or far, is not the one who is meant."""
    others = [step for image in IN_ORDER[2:] for step in made(image)]
    near = [*others, *made("public there"), LOOK, *made("public here"), LOOK]
    assert meant(near, applied(near)) == ["public_there", "public_here"]


def test_of_those_one_trusts_what_is_here_comes_first(applied: Callable[..., Lines]) -> None:
    """The platform's image here is meant rather than one's own elsewhere; one's own here rather than both."""
    steps = [*made("own there"), *made("public here"), LOOK, *made("own here"), LOOK]
    assert meant(steps, applied(steps)) == ["public_here", "own_here"]


@pytest.mark.parametrize("kind", ["own", "public", "accepted", "pending", "rejected", "sold"])
def test_of_equals_none_is_meant(applied: Callable[..., Lines], kind: str) -> None:
    """Two images of a name that are equally near: the request is denied, and asks for the id."""
    twice = [step for image in (f"{kind} here", f"{kind} there") for step in made(image)]
    for step in twice:
        step["region"] = HERE
    trents = [step | ({"actor": "trent"} if step["actor"] == "mallory" else {}) for step in twice[len(twice) // 2 :]]
    line = applied([*twice[: len(twice) // 2], *trents, LOOK])[-1]
    assert line["denied_by"] == ["image.ambiguous"]
    assert line["because"] == ["'debian' matches 2 images"]


def test_an_id_means_its_image_whatever_others_are_called(applied: Callable[..., Lines]) -> None:
    """An image whose name is another image's id takes nobody in."""
    steps = [*made("own here"), *made("sold here")]
    first = applied(steps)
    own = first[0]["image"]
    named_like_it = by("mallory", "update_image", image=first[1]["image"], name=own)
    line = applied([named_like_it, LOOK | {"image": own}], batch_id="again")[-1]
    assert line["image"] == own
