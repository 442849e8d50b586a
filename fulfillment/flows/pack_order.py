"""Picked units become parcels, and a job buys postage for each; a parcel can be opened again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.job_kinds import BUY_POSTAGE
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.flows.advance_part import advance_parts
from fulfillment.orders.packing import add_packed
from fulfillment.reads.packing import PackingFacts, read_packing
from fulfillment.shipping.cartonization import Box, pack_items
from fulfillment.shipping.packing import (
    PARCELS_LIMIT,
    GivenParcel,
    PackedUnits,
    contents_of,
    items_of,
    require_plausible_weight,
    take_units,
    weigh,
)
from fulfillment.shipping.parcels import NewParcel, list_cartons, write_parcels
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import NewJob, enqueue_many

PACKABLE = frozenset({FulfillmentOrderState.PICKING, FulfillmentOrderState.PACKED})


@dataclass(frozen=True)
class PackedOrder:
    """What was packed now, and where the fulfillment order stands."""

    state: FulfillmentOrderState
    parcel_ids: tuple[uuid.UUID, ...]
    parcel_numbers: tuple[str, ...]


def plan_parcels(session: Session, *, fulfillment_order_id: uuid.UUID) -> list[GivenParcel]:
    """The cartons for what is picked and not packed yet, hazardous goods by themselves; nothing is written.

    Raises:
        NotFoundError: there is no such fulfillment order.
    """
    return _plan(session, read_packing(session, fulfillment_order_id=fulfillment_order_id))


def pack_order(
    session: Session,
    *,
    fulfillment_order_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
    parcels: Sequence[GivenParcel] | None = None,
    is_weight_confirmed: bool = False,
) -> PackedOrder:
    """The parcels stand, as the packer gave them or as planned, and their postage will be bought.

    Of two packers who close the same units one succeeds; the other's units are gone. The units stay in the
    picked place of the ledger: they ship with the carrier. The caller's idempotency key makes a repetition
    the same answer.

    Raises:
        NotFoundError: there is no such fulfillment order.
        InvalidInputError: a parcel is empty, has no carton and no size, or does not say which lot it holds.
        ConflictError: nothing is left to pack, units are named that are not there, hazardous goods share a
            parcel with others, or the scale does not agree and nobody confirmed it.
    """
    facts = read_packing(session, fulfillment_order_id=fulfillment_order_id, lock=True)
    _require_packable(facts)
    given = _plan(session, facts) if parcels is None else list(parcels)
    if not 1 <= len(given) <= PARCELS_LIMIT:
        raise InvalidInputError(f"{len(given)} parcels cannot be packed at once; give 1 to {PARCELS_LIMIT}.")
    cartons = {carton.code: carton for carton in list_cartons(session)}
    remaining: list[PackedUnits] = list(facts.units)
    closed: list[NewParcel] = []
    for parcel in given:
        units, remaining = take_units(remaining, contents=parcel.contents)
        closed.append(
            _close(parcel, units, facts, cartons, policy=policy, is_weight_confirmed=is_weight_confirmed)
        )
    now = read_now(session)
    return _write(session, facts, closed, actor, now)


def _require_packable(facts: PackingFacts) -> None:
    if facts.state not in PACKABLE:
        raise ConflictError(
            f"{facts.number} is {facts.state}; only what is being picked can be packed.", state=facts.state
        )
    if not facts.units:
        raise ConflictError(
            f"Everything that is picked for {facts.number} is in parcels already.", number=facts.number
        )


def _plan(session: Session, facts: PackingFacts) -> list[GivenParcel]:
    boxes = [
        Box(row.code, (row.length_mm, row.width_mm, row.height_mm), row.weight_g, row.max_weight_g)
        for row in list_cartons(session)
    ]
    packed = pack_items(items_of(facts.units, articles=facts.articles), boxes=boxes)
    return [
        GivenParcel(contents_of(box, units=facts.units), carton_code=box.code, size=box.size)
        for box in packed
    ]


def _close(
    parcel: GivenParcel,
    units: tuple[PackedUnits, ...],
    facts: PackingFacts,
    cartons: dict[str, sa.Row[Any]],
    *,
    policy: CompanyPolicy,
    is_weight_confirmed: bool,
) -> NewParcel:
    """The parcel with its weight and size, checked against its contents."""
    carton = None
    if parcel.carton_code is not None:
        carton = cartons.get(parcel.carton_code)
        if carton is None:
            known = ", ".join(sorted(cartons)) or "none; add cartons first"
            raise InvalidInputError(
                f"There is no carton {parcel.carton_code}; there is {known}.", carton=parcel.carton_code
            )
    size = parcel.size or ((carton.length_mm, carton.width_mm, carton.height_mm) if carton else None)
    if size is None or min(size) <= 0:
        raise InvalidInputError("Give the parcel's carton, or its length, width and height.")
    hazards = {facts.articles[each.sku].has_hazard for each in units}
    if len(hazards) > 1:
        raise ConflictError(
            "Hazardous goods never share a parcel with others; close them in one of their own."
        )
    expected_g = weigh(units, articles=facts.articles, carton_g=carton.weight_g if carton else 0)
    weight_g = expected_g if parcel.weight_g is None else parcel.weight_g
    if not is_weight_confirmed or weight_g <= 0:
        require_plausible_weight(
            weight_g,
            expected_g=expected_g,
            tolerance_percent=policy.weight_tolerance_percent,
            tolerance_g=policy.weight_tolerance_g,
        )
    return NewParcel(
        carton_code=parcel.carton_code,
        weight_g=weight_g,
        length_mm=size[0],
        width_mm=size[1],
        height_mm=size[2],
        has_hazard=hazards == {True},
        units=units,
    )


def _write(
    session: Session, facts: PackingFacts, parcels: Sequence[NewParcel], actor: Actor, now: datetime
) -> PackedOrder:
    packed: dict[uuid.UUID, int] = {}
    for units in (units for parcel in parcels for units in parcel.units):
        line_id = units.fulfillment_order_line_id
        packed[line_id] = packed.get(line_id, 0) + units.qty
    add_packed(session, units=packed)
    written = write_parcels(
        session,
        order_id=facts.order_id,
        fulfillment_order_id=facts.fulfillment_order_id,
        warehouse_code=facts.warehouse_code,
        parcels=parcels,
        due_on=facts.due_on,
        actor=actor,
        now=now,
    )
    states = advance_parts(session, part_ids=[facts.fulfillment_order_id], actor=actor, now=now)
    record(
        session,
        actor=actor,
        deed="fulfillment_order.packed",
        object_kind="fulfillment_order",
        object_id=facts.fulfillment_order_id,
        detail={"parcels": [row.number for row in written], "weights_g": [each.weight_g for each in parcels]},
    )
    enqueue_many(
        session, jobs=[NewJob(BUY_POSTAGE, {"parcel_id": str(row.id)}, key=str(row.id)) for row in written]
    )
    return PackedOrder(
        states[facts.fulfillment_order_id],
        tuple(row.id for row in written),
        tuple(row.number for row in written),
    )
