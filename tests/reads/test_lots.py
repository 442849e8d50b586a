import uuid

import pytest
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.pack_order import pack_order
from fulfillment.flows.pick import ScanRequest, apply_scan
from fulfillment.flows.release_wave import release_wave
from fulfillment.reads.lots import list_ship_tos, read_lot
from fulfillment.shipping.packing import Contents, GivenParcel
from tests.warehouse.halls import ANA, build_hall, list_products, stock
from tests.warehouse.orders import Placed, order

POLICY = CompanyPolicy()


def pick_and_pack(session: Session, placed: Placed, lot: str, qty: int) -> None:
    wave = release_wave(session, warehouse_code="CHI", actor=ANA)
    assert wave.wave_id is not None
    for code, units in (("A-1", 1), ("SOAP", qty)):
        request = ScanRequest(uuid.uuid4(), wave.wave_id, code, qty=units)
        assert apply_scan(session, request=request, actor=ANA, policy=POLICY).is_accepted
    parcel = GivenParcel((Contents("SOAP", qty, lot),), weight_g=500, size=(100, 100, 100))
    pack_order(
        session,
        fulfillment_order_id=placed.part_id,
        actor=ANA,
        policy=POLICY,
        parcels=[parcel],
        is_weight_confirmed=True,
    )


def test_a_lot_leads_to_everyone_who_got_it(session: Session) -> None:
    hall = build_hall(session)
    list_products(session, "SOAP")
    stock(session, hall["A-1"], "SOAP", 5, lot="L1")
    first = order(session, "1", SOAP=2)
    pick_and_pack(session, first, "L1", 2)
    stock(session, hall["A-2"], "SOAP", 9, lot="L2")
    order(session, "2", SOAP=1)

    found = list_ship_tos(session, sku="SOAP", lot="L1")
    head = read_lot(session, sku="SOAP", lot="L1")

    assert [(row.order_id, row.ship_to["name"], row.qty, row.qty_returned) for row in found] == [
        (first.order_id, "Eva Long", 2, 0)
    ]
    assert head.by_kind == {"supplier": -5, "bin": 3, "picked": 2}


def test_an_unknown_lot_is_refused(session: Session) -> None:
    with pytest.raises(NotFoundError, match="There is no lot L9 of SOAP"):
        read_lot(session, sku="SOAP", lot="L9")
