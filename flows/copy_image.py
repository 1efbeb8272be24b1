"""The flow of one action: copy-image."""

from prefect import flow

from domain.actions import CopyImage
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="copy-image", flow_run_name="copy image {image} for {actor}")
async def copy_image(
    image: str,
    actor: str,
    region: str,
    to_region: str | None = None,
    name: str | None = None,
    encrypted: bool | None = None,
    kms_key: str | None = None,
) -> Done:
    """Copies an image: to another region, or in its own to encrypt, decrypt or re-key it.

    Args:
        image: The image, by id or name.
        actor: The tenant that acts.
        region: The region.
        to_region: Where the copy goes; the same region, where left out.
        name: The copy's name; the source's, where left out.
        encrypted: Whether the copy is encrypted; as the source, where left out.
        kms_key: The key to encrypt it with.
    """
    return await carry_out_one(
        CopyImage(
            action="copy_image",
            actor=actor,
            region=region,
            image=image,
            to_region=to_region,
            name=name,
            encrypted=encrypted,
            kms_key=kms_key,
        )
    )
