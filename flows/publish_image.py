"""The flow of one action: publish-image."""

from prefect import flow

from domain.actions import PublishImage
from domain.words import PricingModel
from flows.apply import Done
from flows.one import carry_out_one, price_of


@flow(name="publish-image", flow_run_name="publish image {image} for {actor}")
async def publish_image(
    image: str,
    offer: str,
    price_model: PricingModel,
    actor: str,
    region: str,
    publisher: str | None = None,
    price_amount: str | None = None,
    price_currency: str | None = None,
) -> Done:
    """Puts a private system-disk image on sale in Marketplace.

    Args:
        image: The image, by id or name.
        offer: What the offer is to be called.
        price_model: How it is paid for.
        actor: The tenant that acts.
        region: The region.
        publisher: Who sells; the actor, where left out.
        price_amount: The price of an hour, such as 0.12.
        price_currency: Its currency, such as EUR.
    """
    return await carry_out_one(
        PublishImage(
            action="publish_image",
            actor=actor,
            region=region,
            image=image,
            offer=offer,
            publisher=publisher,
            price=price_of(price_model, price_amount, price_currency),
        )
    )
