"""The flow of one action: grant-credit."""

from decimal import Decimal

from prefect import flow

from domain.actions import GrantCredit
from flows.apply import Done
from flows.one import carry_out_one


@flow(name="grant-credit", flow_run_name="grant credit of {amount} {currency} for {actor}")
async def grant_credit(
    tenants: list[str],
    amount: Decimal,
    currency: str,
    reason: str,
    actor: str,
    region: str,
    offer: str | None = None,
    refund_of: str | None = None,
) -> Done:
    """Gives tenants money back: a credit, or the refund of what they were charged in a month.

    Args:
        tenants: The tenants; each gets the amount.
        amount: How much, such as 12.50.
        currency: Its currency, such as EUR.
        reason: What for.
        actor: The tenant that acts: who sells the offer, or the platform.
        region: The region.
        offer: The offer it is for, by id or name; none in particular, where left out.
        refund_of: The month whose charges it takes back, such as 2026-11; none, where left out.
    """
    return await carry_out_one(
        GrantCredit(
            action="grant_credit",
            actor=actor,
            region=region,
            tenants=tuple(tenants),
            amount=amount,
            currency=currency,
            reason=reason,
            offer=offer,
            refund_of=refund_of,
        )
    )
