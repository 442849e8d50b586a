import uuid

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.flows.pack_order import pack_order, plan_parcels
from fulfillment.flows.unpack_parcel import repack_parcel, unpack_parcel
from fulfillment.shipping.packing import Contents, GivenParcel
from tests.flows.bench import POLICY, pick_order, set_up
from tests.warehouse.halls import ANA
from tests.warehouse.orders import part_state, require_sound_stock


@pytest.fixture(autouse=True)
def _bench(session: Session) -> None:
    set_up(session)


def parcels_of(session: Session, part_id: uuid.UUID) -> list[tuple[str, str, int, bool]]:
    rows = session.connection().execute(
        sa.text(
            "SELECT carton_code, state, weight_g, has_hazard FROM parcel WHERE fulfillment_order_id = :id "
            "ORDER BY number"
        ),
        {"id": part_id},
    )
    return [tuple(row) for row in rows]


def lines_of(session: Session, part_id: uuid.UUID) -> list[tuple[str, str, int, str]]:
    rows = session.connection().execute(
        sa.text(
            "SELECT l.sku, l.lot, l.qty, p.state FROM parcel_line l JOIN parcel p ON p.id = l.parcel_id "
            "WHERE p.fulfillment_order_id = :id ORDER BY p.number, l.sku, l.lot"
        ),
        {"id": part_id},
    )
    return [tuple(row) for row in rows]


def buying_jobs(session: Session) -> int:
    query = sa.text("SELECT count(*) FROM job WHERE kind = 'buy_postage'")
    count: int = session.connection().execute(query).scalar_one()
    return count


def test_a_picked_order_is_packed_as_planned_with_its_lots_and_postage_is_wanted(session: Session) -> None:
    placed = pick_order(session, "1", SOAP=2, TEA=3)

    packed = pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY)

    assert packed.state is FulfillmentOrderState.PACKED
    assert parcels_of(session, placed.part_id) == [("M", "packed", 180 + 2 * 200 + 3 * 100, False)]
    assert lines_of(session, placed.part_id) == [
        ("SOAP", "", 2, "packed"),
        ("TEA", "T1", 2, "packed"),
        ("TEA", "T2", 1, "packed"),
    ]
    assert buying_jobs(session) == 1
    require_sound_stock(session)


def test_hazardous_goods_travel_by_themselves(session: Session) -> None:
    placed = pick_order(session, "1", SOAP=1, SCENT=1)

    planned = plan_parcels(session, fulfillment_order_id=placed.part_id)
    with pytest.raises(ConflictError, match="never share a parcel"):
        pack_order(
            session,
            fulfillment_order_id=placed.part_id,
            actor=ANA,
            policy=POLICY,
            parcels=[GivenParcel((Contents("SOAP", 1), Contents("SCENT", 1)), carton_code="S")],
        )

    assert [parcel.contents for parcel in planned] == [
        (Contents("SOAP", 1, ""),),
        (Contents("SCENT", 1, ""),),
    ]
    assert parcels_of(session, placed.part_id) == []


def test_a_weight_that_cannot_be_right_is_refused_until_it_is_confirmed(session: Session) -> None:
    placed = pick_order(session, "1", SOAP=2)
    parcel = GivenParcel((Contents("SOAP", 2),), carton_code="S", weight_g=290)

    with pytest.raises(ConflictError, match=r"weighs 290 g, 200 g less .* \(490 g\)"):
        pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY, parcels=[parcel])
    packed = pack_order(
        session,
        fulfillment_order_id=placed.part_id,
        actor=ANA,
        policy=POLICY,
        parcels=[parcel],
        is_weight_confirmed=True,
    )

    assert packed.state is FulfillmentOrderState.PACKED
    assert parcels_of(session, placed.part_id) == [("S", "packed", 290, False)]


def test_a_second_close_of_the_same_units_is_refused_and_changes_nothing(session: Session) -> None:
    placed = pick_order(session, "1", SOAP=2)
    first = GivenParcel((Contents("SOAP", 1),), carton_code="S")
    pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY, parcels=[first])

    with pytest.raises(ConflictError, match="only 1 are picked and not in a parcel yet"):
        pack_order(
            session,
            fulfillment_order_id=placed.part_id,
            actor=ANA,
            policy=POLICY,
            parcels=[GivenParcel((Contents("SOAP", 2),), carton_code="S")],
        )
    state_between = part_state(session, placed.part_id)
    pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY, parcels=[first])
    with pytest.raises(ConflictError, match="in parcels already"):
        pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY)

    assert state_between == "picking"
    assert part_state(session, placed.part_id) == "packed"
    assert len(parcels_of(session, placed.part_id)) == 2


def test_the_packer_says_which_of_two_lots_is_in_the_parcel(session: Session) -> None:
    placed = pick_order(session, "1", TEA=3)

    with pytest.raises(InvalidInputError, match="lots T1, T2; say which"):
        pack_order(
            session,
            fulfillment_order_id=placed.part_id,
            actor=ANA,
            policy=POLICY,
            parcels=[GivenParcel((Contents("TEA", 1),), carton_code="S")],
        )
    pack_order(
        session,
        fulfillment_order_id=placed.part_id,
        actor=ANA,
        policy=POLICY,
        parcels=[
            GivenParcel((Contents("TEA", 1, "T2"),), carton_code="S"),
            GivenParcel((Contents("TEA", 2),), carton_code="S"),
        ],
    )

    assert lines_of(session, placed.part_id) == [("TEA", "T2", 1, "packed"), ("TEA", "T1", 2, "packed")]


def test_an_opened_parcel_gives_its_units_back_and_can_be_packed_anew(session: Session) -> None:
    placed = pick_order(session, "1", SOAP=2)
    packed = pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY)

    unpack_parcel(session, parcel_id=packed.parcel_ids[0], reason="a unit is broken", actor=ANA)
    state_between = part_state(session, placed.part_id)
    again = pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY)
    with pytest.raises(ConflictError, match="is cancelled; only a parcel that is still here"):
        unpack_parcel(session, parcel_id=packed.parcel_ids[0], reason="twice", actor=ANA)

    assert state_between == "picking"
    assert again.state is FulfillmentOrderState.PACKED
    assert lines_of(session, placed.part_id) == [("SOAP", "", 2, "cancelled"), ("SOAP", "", 2, "packed")]
    require_sound_stock(session)


def test_one_parcel_of_two_is_repacked_and_the_other_stays(session: Session) -> None:
    placed = pick_order(session, "1", SOAP=2)
    one = GivenParcel((Contents("SOAP", 1),), carton_code="S")
    packed = pack_order(
        session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY, parcels=[one, one]
    )

    repacked = repack_parcel(
        session,
        parcel_id=packed.parcel_ids[0],
        parcels=[GivenParcel((Contents("SOAP", 1),), carton_code="M")],
        reason="too small",
        actor=ANA,
        policy=POLICY,
    )

    assert repacked.state is FulfillmentOrderState.PACKED
    assert [row[:2] for row in parcels_of(session, placed.part_id)] == [
        ("S", "cancelled"),
        ("S", "packed"),
        ("M", "packed"),
    ]
