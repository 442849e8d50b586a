import uuid

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import FULFILLMENT_ORDER, FulfillmentOrderState
from fulfillment.flows.pick import ScanRequest, apply_scan
from fulfillment.flows.put_back_order import put_back_order
from fulfillment.flows.release_wave import release_wave
from fulfillment.orders.tables import FulfillmentOrder
from fulfillment.reads.left_on_carts import list_left_on_carts
from fulfillment.store.history import move_state
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.reservations import find_availability, release_units
from fulfillment.warehouse.tasks import cancel_tasks
from tests.warehouse.halls import ANA, NOON, build_hall, list_products, stock
from tests.warehouse.orders import Placed, order, require_sound_stock


@pytest.fixture
def picking(session: Session) -> Placed:
    """One of two units is picked."""
    hall = build_hall(session)
    list_products(session, "SOAP")
    stock(session, hall["A-1"], "SOAP", 5)
    placed = order(session, "1", SOAP=2)
    wave = release_wave(session, warehouse_code="CHI", actor=ANA)
    assert wave.wave_id is not None
    for code in "A-1", "SOAP":
        request = ScanRequest(uuid.uuid4(), wave.wave_id, code)
        assert apply_scan(session, request=request, actor=ANA, policy=CompanyPolicy()).is_accepted
    return placed


def cancel(session: Session, part_id: uuid.UUID) -> None:
    cancel_tasks(session, fulfillment_order_ids=[part_id], actor=ANA, reason="buyer", now=NOON)
    release_units(session, warehouse_code="CHI", units={"SOAP": 1})
    move_state(
        session,
        table=FulfillmentOrder,
        object_id=part_id,
        edges=FULFILLMENT_ORDER,
        to=FulfillmentOrderState.CANCELLED,
        actor=ANA,
        reason="buyer",
    )


def test_a_cancelled_orders_units_go_back_to_their_bins_once(session: Session, picking: Placed) -> None:
    cancel(session, picking.part_id)

    assert [row.qty for row in list_left_on_carts(session, warehouse_code="CHI")] == [1]

    first = put_back_order(session, fulfillment_order_id=picking.part_id, actor=ANA)
    second = put_back_order(session, fulfillment_order_id=picking.part_id, actor=ANA)

    assert [(row.bin_code, row.sku, row.qty) for row in first] == [("A-1", "SOAP", 1)]
    assert second == []
    assert list_left_on_carts(session, warehouse_code="CHI") == []
    soap = find_availability(session, skus=["SOAP"])["CHI"]["SOAP"]
    assert (soap.sellable, soap.reserved) == (5, 0)
    left = session.connection().execute(
        sa.text("SELECT qty FROM balance WHERE location_id = :id"), {"id": places_of("CHI").picked}
    )
    assert left.scalar_one() == 0
    require_sound_stock(session)


def test_units_that_are_wanted_are_not_put_back(session: Session, picking: Placed) -> None:
    with pytest.raises(ConflictError, match="is picking; only a cancelled order's units are put back"):
        put_back_order(session, fulfillment_order_id=picking.part_id, actor=ANA)


def test_an_unknown_fulfillment_order_is_refused(session: Session) -> None:
    with pytest.raises(NotFoundError):
        put_back_order(session, fulfillment_order_id=uuid.UUID(int=5), actor=ANA)
