# ruff: noqa: ANN401 - the keywords are those of OrderRequest, and queries answer with what columns hold
"""Orders that were sent, for tests of what comes back: goods, a supplement in two lots, and a kit of both."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.products import save_products, set_kit_contents
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ParcelState
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.inspect_return import inspect_return_units
from fulfillment.flows.pack_order import pack_order
from fulfillment.flows.pick import ScanRequest, apply_scan
from fulfillment.flows.receive_return import receive_return_units
from fulfillment.flows.release_wave import release_wave
from fulfillment.flows.request_return import ReturnAnswer, WantedReturn, request_return
from fulfillment.flows.ship_parcels import post_delivery, ship_parcels
from fulfillment.orders.queries import list_lines
from fulfillment.orders.requests import OrderRequest
from fulfillment.returns.kinds import Disposition, Grade, ReturnReason
from fulfillment.returns.rules_book import load_packs
from fulfillment.shipping.cartons import STANDARD_CARTONS, save_cartons
from fulfillment.shipping.parcel_moves import label_parcel, move_parcel
from fulfillment.shipping.parcels import get_parcel
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from tests.flows.orders import order_of
from tests.warehouse.halls import ANA, BEN, build_hall, stock

POLICY = CompanyPolicy(refund_look_up_s=1)
EVA = Actor(kind="user", id="eva", name="Eva")
KIT = {"PILLS": 1, "SOAP": 2}


@dataclass(frozen=True)
class Sent:
    """An order that left, with its lines by SKU; of a kit and its parts the first line of each SKU."""

    order_id: uuid.UUID
    lines: Mapping[str, uuid.UUID]
    parcel_ids: tuple[uuid.UUID, ...]


def set_up(session: Session) -> None:
    """A hall with goods in it, cartons, and every pack of return rules that ships."""
    hall = build_hall(session, bins=("A-1", "A-2", "A-3"))
    products = [
        NewProduct("SOAP", "Soap", 1_000, "USD", weight_g=200, volumes={"BV": 500}),
        NewProduct("PILLS", "Pills", 2_000, "USD", weight_g=100, is_supplement=True, is_lot_tracked=True),
        NewProduct("SET", "Enrollment kit", 3_000, "USD", kind=ProductKind.KIT, volumes={"BV": 1_000}),
    ]
    save_products(session, products=products, actor=ANA)
    set_kit_contents(session, kit_sku="SET", parts=KIT, actor=ANA)
    save_cartons(session, cartons=STANDARD_CARTONS, actor=ANA)
    today = read_now(session).date()
    stock(session, hall["A-1"], "SOAP", 100)
    stock(session, hall["A-2"], "PILLS", 2, lot="P1", expires_on=today + timedelta(days=300))
    stock(session, hall["A-3"], "PILLS", 50, lot="P2", expires_on=today + timedelta(days=400))
    load_packs(session)


def place(session: Session, *lines: tuple[str, int], ref: str = "S-1", **given: Any) -> uuid.UUID:
    """An accepted order; returns its id."""
    request: OrderRequest = order_of(*lines, ref=ref, **given)
    if request.total_minor != sum(tender.captured_minor for tender in request.tenders):
        request = replace(request, tenders=(replace(request.tenders[0], captured_minor=request.total_minor),))
    accepted = accept_order(session, request=request, actor=ANA, policy=POLICY)
    assert accepted.hold is None, accepted.hold
    return accepted.order_id


def pick_and_pack(session: Session, order_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
    """All of the order that is promised stock is in parcels."""
    part_ids = list(
        session.connection()
        .execute(
            sa.text("SELECT id FROM fulfillment_order WHERE order_id = :id AND state = 'promised'"),
            {"id": order_id},
        )
        .scalars()
    )
    wave = release_wave(session, warehouse_code="CHI", actor=ANA, fulfillment_order_ids=part_ids)
    assert wave.wave_id is not None
    tasks = session.connection().execute(
        sa.text(
            "SELECT t.id, t.sku, t.qty, l.code FROM pick_task t JOIN location l ON l.id = t.location_id "
            "WHERE t.wave_id = :id ORDER BY t.sequence"
        ),
        {"id": wave.wave_id},
    )
    for task in tasks.all():
        for code, qty in ((task.code, 1), (task.sku, task.qty)):
            request = ScanRequest(uuid.uuid4(), wave.wave_id, code, qty=qty, task_id=task.id)
            answer = apply_scan(session, request=request, actor=ANA, policy=POLICY)
            assert answer.is_accepted, answer.message
    parcels: list[uuid.UUID] = []
    for part_id in part_ids:
        packed = pack_order(session, fulfillment_order_id=part_id, actor=ANA, policy=POLICY)
        parcels.extend(packed.parcel_ids)
    return tuple(parcels)


def ship(session: Session, parcel_ids: tuple[uuid.UUID, ...]) -> None:
    """The carrier has the parcels."""
    for parcel_id in parcel_ids:
        label_parcel(
            session,
            parcel_id=parcel_id,
            carrier="usps",
            service="usps_priority",
            tracking_number=f"SB{parcel_id.hex[:18].upper()}",
            actor=ANA,
        )
    ship_parcels(
        session,
        parcel_ids=parcel_ids,
        handover_id=None,
        shipped_at=read_now(session),
        reason="handed over",
        actor=ANA,
        policy=POLICY,
    )


def deliver(session: Session, parcel_ids: tuple[uuid.UUID, ...]) -> None:
    """The buyer has the parcels."""
    for parcel_id in parcel_ids:
        assert move_parcel(
            session,
            parcel_id=parcel_id,
            to=ParcelState.DELIVERED,
            actor=ANA,
            reason="delivered",
            delivered_at=read_now(session),
        )
        parcel = get_parcel(session, parcel_id=parcel_id)
        post_delivery(session, parcel=parcel, actor=ANA, policy=POLICY)


def send(
    session: Session, *lines: tuple[str, int], ref: str = "S-1", is_delivered: bool = True, **given: Any
) -> Sent:
    """An order that was picked, packed and shipped, and delivered unless said otherwise."""
    order_id = place(session, *lines, ref=ref, **given)
    parcels = pick_and_pack(session, order_id)
    ship(session, parcels)
    if is_delivered:
        deliver(session, parcels)
    by_sku: dict[str, uuid.UUID] = {}
    for line in list_lines(session, order_id=order_id):
        by_sku.setdefault(line.sku, line.id)
    return Sent(order_id, by_sku, parcels)


def ask(
    session: Session,
    sent: Sent,
    *,
    reason: ReturnReason = ReturnReason.UNWANTED,
    policy: CompanyPolicy = POLICY,
    **units: int,
) -> ReturnAnswer:
    """The buyer asks to send these units back."""
    return request_return(
        session,
        order_id=sent.order_id,
        wanted=[WantedReturn(sent.lines[sku], qty) for sku, qty in units.items()],
        reason=reason,
        note="",
        actor=EVA,
        policy=policy,
    )


def come_back(session: Session, return_id: uuid.UUID, *, lot: str = "", **units: int) -> None:
    """These units of the return are scanned in."""
    for sku, qty in units.items():
        receive_return_units(
            session, return_id=return_id, scan_id=uuid.uuid4(), sku=sku, lot=lot, qty=qty, actor=ANA
        )


def inspect(
    session: Session,
    return_id: uuid.UUID,
    sku: str,
    qty: int,
    *,
    lot: str = "",
    grade: Grade = Grade.SEALED,
    disposition: Disposition = Disposition.RESTOCK,
    policy: CompanyPolicy = POLICY,
) -> uuid.UUID:
    """These units are found so; returns the inspection."""
    line_id = one(
        session, "SELECT id FROM return_line WHERE return_id = :id AND sku = :sku", id=return_id, sku=sku
    )
    return inspect_return_units(
        session,
        return_line_id=line_id,
        return_id=return_id,
        lot=lot,
        qty=qty,
        grade=grade,
        disposition=disposition,
        note="",
        actor=BEN,
        policy=policy,
    )


def give_back(session: Session, sent: Sent, **units: int) -> uuid.UUID:
    """These units were asked for, came back sealed and are decided; returns the proposed refund."""
    answer = ask(session, sent, reason=ReturnReason.UNWANTED, policy=POLICY, **units)
    come_back(session, answer.return_id, lot="", **units)
    for sku, qty in units.items():
        inspect(session, answer.return_id, sku, qty)
    refund_id: uuid.UUID = one(session, "SELECT id FROM refund WHERE return_id = :id", id=answer.return_id)
    return refund_id


def one(session: Session, query: str, **values: Any) -> Any:
    """The only value of a query."""
    return session.connection().execute(sa.text(query), values).scalar_one()


def rows(session: Session, query: str, **values: Any) -> list[Any]:
    """The rows of a query as plain tuples."""
    return [tuple(row) for row in session.connection().execute(sa.text(query), values)]


def units_at(session: Session, code: str) -> dict[tuple[str, str], int]:
    """What stands at a place, by article and lot."""
    found = rows(
        session,
        "SELECT b.sku, b.lot, b.qty FROM balance b JOIN location l ON l.id = b.location_id "
        "WHERE l.code = :code AND b.qty <> 0",
        code=code,
    )
    return {(sku, lot): qty for sku, lot, qty in found}
