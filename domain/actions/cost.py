"""Actions on offers, prices, contracts and credits."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from domain.actions.action import ActionBase, Area, Keys, OnImage, OnOffer
from domain.actions.effects import Irreversible
from domain.actions.fields import Description, Moment, Money, Month
from domain.pricing import Currency, Price
from domain.vocabulary import Name, Reference, Tenant


class PublishImage(OnImage):
    """Publishes a private system-disk image as an offer in Marketplace."""

    action: Literal["publish_image"] = "publish_image"
    undone_by: ClassVar[str | None] = "withdraw_image"
    area: ClassVar[Area] = "cost"
    creates: ClassVar[str | None] = "offer"
    conflict_keys: ClassVar[Keys] = (("image",), ("offer",))
    offer: Name = Field(description="The name of the new offer.")
    publisher: Tenant | None = Field(None, description="The tenant that sells; the actor, if left out.")
    price: Price = Field(description="The price; its model says how it is charged.")


class WithdrawImage(OnOffer):
    """Withdraws an offer. New launches are denied; existing servers keep running and are still charged."""

    action: Literal["withdraw_image"] = "withdraw_image"
    irreversible: ClassVar[Irreversible | None] = Irreversible(
        "listings to withdraw: {lines:,}",
        limit="approve_withdrawals",
        in_key="offers to be taken off the shelf: {lines:,}",
    )


class ChangePrice(OnOffer):
    """Sets a new price of an offer from a given time on. Earlier use is charged at the earlier price."""

    action: Literal["change_price"] = "change_price"
    undone_by: ClassVar[str | None] = "change_price"
    price: Price = Field(description="The price; its model says how it is charged.")
    valid_from: Moment = Field(description="The time from which the new price is valid; UTC if it has no zone.")


class BuyContract(OnOffer):
    """Buys a contract: pays upfront for the use of an offer by a number of servers, for the term of its price."""

    action: Literal["buy_contract"] = "buy_contract"
    undone_by: ClassVar[str | None] = "grant_credit"
    creates: ClassVar[str | None] = "contract"
    conflict_keys: ClassVar[Keys] = ()
    servers: Annotated[int, Field(ge=1, le=100_000)] = Field(description="How many servers at once.")
    starts_at: Moment | None = Field(
        None, description="The time from which it is valid, UTC if it has no zone; now, if left out."
    )


class GrantCredit(ActionBase):
    """Grants tenants a credit, or refunds their charges of a month."""

    action: Literal["grant_credit"] = "grant_credit"
    undone_by: ClassVar[str | None] = "a payment outside of Imagekeeper"
    area: ClassVar[Area] = "cost"
    references: ClassVar[tuple[str, ...]] = ("offer",)
    creates: ClassVar[str | None] = "credit"
    conflict_keys: ClassVar[Keys] = (("tenant", "refund_of"),)
    subject: ClassVar[str] = "of {amount} {currency}"
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1)] = Field(
        description="The tenants; each gets the amount."
    )
    amount: Money = Field(description="The amount, such as 12.50.")
    currency: Currency = Field(description="Its currency, such as EUR.")
    reason: Annotated[Description, StringConstraints(min_length=1)] = Field(description="The reason.")
    offer: Reference | None = Field(None, description="The offer it is for, by id or name; none, if left out.")
    refund_of: Month | None = Field(
        None, description="The month whose charges it refunds, such as 2026-11; none, if left out."
    )
