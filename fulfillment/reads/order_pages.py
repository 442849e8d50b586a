"""One order with all that came of it, as both desks show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import FulfillmentOrderState
from fulfillment.reads.order_documents import OrderDocument, read_order
from fulfillment.reads.parcel_journeys import ParcelJourney, list_journeys
from fulfillment.reads.return_documents import (
    RefundDocument,
    ReturnDocument,
    ReturnFilter,
    list_refunds,
    list_returns,
)
from fulfillment.reads.returnable import ReturnableLine, list_returnable

S = FulfillmentOrderState
WAITING = frozenset({S.PROMISED, S.BACKORDERED})
HERE = WAITING | {S.RELEASED, S.PICKING, S.PACKED}
MAX_SHOWN = 50
"""Returns and refunds of one order; far more than any had."""


@dataclass(frozen=True)
class OrderPage:
    """One order with everything its page shows; `sent` are the lines of which something went out."""

    document: OrderDocument
    journeys: list[ParcelJourney]
    returns: list[ReturnDocument]
    refunds: list[RefundDocument]
    sent: list[ReturnableLine]

    @property
    def returnable(self) -> int:
        """Units that can still come back."""
        return sum(line.returnable for line in self.sent)

    @property
    def is_here(self) -> bool:
        """Whether anything of it has not left yet, so that it can be cancelled."""
        return bool(self._states & HERE)

    @property
    def is_waiting(self) -> bool:
        """Whether some of it waits to be released and none of it is on the floor, so that it can be held."""
        return bool(self._states & WAITING) and not self._states & (HERE - WAITING)

    @property
    def _states(self) -> set[FulfillmentOrderState]:
        return {part.head.state for part in self.document.parts}

    @property
    def lines(self) -> list[sa.Row[Any]]:
        """The lines that were bought; the parts of kits stand below theirs."""
        return [line for line in self.document.lines if line.kit_line_id is None]

    @property
    def kit_parts(self) -> dict[UUID, list[sa.Row[Any]]]:
        """The parts of each kit by the id of its line."""
        parts: dict[UUID, list[sa.Row[Any]]] = {}
        for line in self.document.lines:
            if line.kit_line_id is not None:
                parts.setdefault(line.kit_line_id, []).append(line)
        return parts

    @property
    def waiting(self) -> dict[UUID, int]:
        """Units that wait for stock, by order line."""
        units: dict[UUID, int] = {}
        for part in self.document.parts:
            if part.head.warehouse_code is None and part.head.state == "backordered":
                for line in part.lines:
                    units[line.order_line_id] = units.get(line.order_line_id, 0) + line.qty
        return units

    @property
    def volumes(self) -> dict[str, int]:
        """The volumes of the whole order."""
        return sum_volumes(self.lines)


def sum_volumes(lines: Sequence[sa.Row[Any]]) -> dict[str, int]:
    """The volumes of these lines, name by name."""
    totals: dict[str, int] = {}
    for line in lines:
        for name, points in line.volumes.items():
            totals[name] = totals.get(name, 0) + points
    return totals


def read_order_page(session: Session, *, order_id: UUID, member_number: str | None = None) -> OrderPage:
    """The order with parcels, returns and refunds; somebody else's is not found.

    Raises:
        NotFoundError: there is none, or it is not this member's.
    """
    document = read_order(session, order_id=order_id, member_number=member_number)
    wanted = ReturnFilter(order_id=order_id)
    return OrderPage(
        document=document,
        journeys=list_journeys(session, order_id=order_id) if document.parcels else [],
        returns=list_returns(session, wanted=wanted, after=None, limit=MAX_SHOWN),
        refunds=list_refunds(session, order_id=order_id, limit=MAX_SHOWN),
        sent=[line for line in list_returnable(session, order_id=order_id) if line.shipped]
        if document.parcels
        else [],
    )
