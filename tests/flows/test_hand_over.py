import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.flows.hand_over import HandedOver, hand_over
from fulfillment.flows.hold_lot import hold_lot
from fulfillment.flows.unpack_parcel import unpack_parcel
from fulfillment.sandbox.server import RunningCourier
from tests.flows.bench import POLICY, Hands, break_courier, column, pack
from tests.warehouse.halls import ANA
from tests.warehouse.orders import require_sound_stock


@pytest.fixture
def labeled(hands: Hands) -> list[uuid.UUID]:
    """Two labeled parcels of two orders, for the same carrier."""
    packed = [hands.runtime.in_transaction(partial(pack, ref=ref, SOAP=2)) for ref in ("1", "2")]
    hands.work()
    return [each.parcel_ids[0] for each in packed]


def carrier_of(engine: Engine, parcel_id: uuid.UUID) -> str:
    found: str = column(engine, "SELECT carrier FROM parcel WHERE id = :id", id=parcel_id)[0]
    return found


def shipped_units(engine: Engine) -> int:
    query = "SELECT coalesce(sum(qty), 0) FROM movement WHERE reason = 'ship'"
    found: int = column(engine, query)[0]
    return found


def hand_over_all(session: Session, carrier: str) -> HandedOver:
    return hand_over(session, warehouse_code="CHI", carrier=carrier, actor=ANA, policy=POLICY)


def test_what_the_driver_takes_is_shipped_told_and_on_a_manifest(
    hands: Hands, engine: Engine, labeled: list[uuid.UUID]
) -> None:
    carrier = carrier_of(engine, labeled[0])

    handed = hands.runtime.in_transaction(lambda session: hand_over_all(session, carrier))
    hands.work()

    assert sorted(handed.parcel_ids) == sorted(labeled)
    assert set(column(engine, "SELECT state FROM parcel")) == {"shipped"}
    assert set(column(engine, "SELECT state FROM fulfillment_order")) == {"shipped"}
    assert column(engine, "SELECT sum(qty_shipped) FROM fulfillment_order_line") == [4]
    assert shipped_units(engine) == 4
    assert column(engine, "SELECT count(*) FROM notice WHERE kind = 'parcel_shipped'") == [2]
    assert column(engine, "SELECT state FROM manifest") == ["made"]
    assert bytes(column(engine, "SELECT content FROM manifest_document")[0]).startswith(b"%PDF-")
    hands.runtime.in_transaction(require_sound_stock)


def test_handing_over_twice_ships_once(hands: Hands, engine: Engine, labeled: list[uuid.UUID]) -> None:
    carrier = carrier_of(engine, labeled[0])
    hands.runtime.in_transaction(lambda session: hand_over_all(session, carrier))

    with pytest.raises(ConflictError, match="No labeled parcel waits"):
        hands.runtime.in_transaction(lambda session: hand_over_all(session, carrier))
    with pytest.raises(ConflictError, match="is shipped; only a labeled parcel is handed over"):
        hands.runtime.in_transaction(
            lambda session: hand_over(
                session,
                warehouse_code="CHI",
                carrier=carrier,
                actor=ANA,
                policy=POLICY,
                parcel_ids=[labeled[0]],
            )
        )

    assert shipped_units(engine) == 4
    assert column(engine, "SELECT count(*) FROM handover") == [1]


def test_two_stations_at_once_post_each_parcel_once(
    hands: Hands, engine: Engine, labeled: list[uuid.UUID]
) -> None:
    carrier = carrier_of(engine, labeled[0])

    def station(_: int) -> str:
        try:
            hands.runtime.in_transaction(lambda session: hand_over_all(session, carrier))
        except ConflictError:
            return "nothing waits"
        return "handed over"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(station, range(4)))

    assert answers == ["handed over", "nothing waits", "nothing waits", "nothing waits"]
    assert shipped_units(engine) == 4
    assert column(engine, "SELECT parcels FROM handover") == [2]


def test_an_opened_parcel_never_ships(hands: Hands, engine: Engine, labeled: list[uuid.UUID]) -> None:
    carrier = carrier_of(engine, labeled[0])
    hands.runtime.in_transaction(
        lambda session: unpack_parcel(session, parcel_id=labeled[0], reason="wrong", actor=ANA)
    )

    handed = hands.runtime.in_transaction(lambda session: hand_over_all(session, carrier))

    assert handed.parcel_ids == (labeled[1],)
    assert shipped_units(engine) == 2


def test_a_parcel_with_a_lot_on_hold_stays_here(hands: Hands, engine: Engine) -> None:
    packed = hands.runtime.in_transaction(lambda session: pack(session, "1", TEA=1))
    hands.work()
    carrier = carrier_of(engine, packed.parcel_ids[0])
    hands.runtime.in_transaction(
        lambda session: hold_lot(session, sku="TEA", lot="T1", reason="recall", actor=ANA)
    )

    with pytest.raises(ConflictError, match="lot T1 of TEA is on hold"):
        hands.runtime.in_transaction(
            lambda session: hand_over(
                session,
                warehouse_code="CHI",
                carrier=carrier,
                actor=ANA,
                policy=POLICY,
                parcel_ids=packed.parcel_ids,
            )
        )

    assert shipped_units(engine) == 0


def test_a_parcel_of_another_carrier_is_refused_by_name(
    hands: Hands, engine: Engine, labeled: list[uuid.UUID]
) -> None:
    other = {"usps": "ups"}.get(carrier_of(engine, labeled[0]), "usps")

    with pytest.raises(ConflictError, match="Put it back"):
        hands.runtime.in_transaction(
            lambda session: hand_over(
                session, warehouse_code="CHI", carrier=other, actor=ANA, policy=POLICY, parcel_ids=labeled
            )
        )
    with pytest.raises(NotFoundError, match="no warehouse"):
        hands.runtime.in_transaction(
            lambda session: hand_over(session, warehouse_code="XXX", carrier=other, actor=ANA, policy=POLICY)
        )

    assert column(engine, "SELECT count(*) FROM handover") == [0]


def test_a_manifest_is_made_although_the_courier_is_busy_at_first(
    hands: Hands, engine: Engine, courier: RunningCourier, labeled: list[uuid.UUID]
) -> None:
    carrier = carrier_of(engine, labeled[0])
    hands.runtime.in_transaction(lambda session: hand_over_all(session, carrier))
    break_courier(courier, "too_many")

    for _ in range(3):
        hands.work()
        hands.hurry()

    assert column(engine, "SELECT state FROM manifest") == ["made"]
