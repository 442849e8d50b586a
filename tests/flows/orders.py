"""Orders for tests of the flows: small, complete, and paid."""

from dataclasses import replace

from fulfillment.core.addresses import Address
from fulfillment.core.policy import CompanyPolicy
from fulfillment.orders.kinds import OnShortage, TenderKind
from fulfillment.orders.requests import LineRequest, OrderRequest, TenderRequest

POLICY = CompanyPolicy()
HOME = Address(
    name="Maria Lopez",
    street1="500 W Madison St",
    city="Chicago",
    state="IL",
    zip="60661",
    email="maria@example.com",
)


def order_of(
    *lines: tuple[str, int],
    ref: str = "S-1",
    on_shortage: OnShortage = OnShortage.SPLIT,
    price_minor: int = 1_000,
    **given: object,
) -> OrderRequest:
    """An order of these (SKU, qty), each unit at one price, paid in full by card."""
    wanted = tuple(LineRequest(sku, qty, price_minor) for sku, qty in lines)
    total_minor = sum(line.paid_minor for line in wanted)
    request = OrderRequest(
        source="test",
        source_ref=ref,
        currency="USD",
        ship_to=HOME,
        lines=wanted,
        tenders=(TenderRequest(TenderKind.CARD, total_minor, "sandbox", f"ch_{ref}"),),
        on_shortage=on_shortage,
    )
    return replace(request, **given)  # type: ignore[arg-type]  # the keywords are those of OrderRequest
