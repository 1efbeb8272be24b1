"""The flow of one action: publish-image."""

from prefect import flow

from domain.actions import PublishImage
from domain.pricing import Price
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="publish-image", flow_run_name="publish image {image} for {actor}")
async def publish_image(
    image: str,
    offer: str,
    price: Price,
    actor: str,
    region: str,
    publisher: str | None = None,
) -> Done:
    """Puts a private system-disk image on sale in Marketplace.

    Args:
        image: The image, by id or name.
        offer: What the offer is to be called.
        price: How it is paid for; model says which way.
        actor: The tenant that acts.
        region: The region.
        publisher: Who sells; the actor, where left out.
    """
    return await carry_out_one(
        PublishImage(
            action="publish_image",
            actor=actor,
            region=region,
            image=image,
            offer=offer,
            publisher=publisher,
            price=price,
        )
    )
