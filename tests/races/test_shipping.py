import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.engine import Engine

from fulfillment.core.errors import ConflictError, FulfillmentError
from fulfillment.flows.adjust_stock import AdjustmentReason, adjust_bin
from fulfillment.flows.apply_tracking import apply_report
from fulfillment.flows.hand_over import HandedOver
from fulfillment.flows.hold_lot import hold_lot
from fulfillment.flows.pack_order import PackedOrder
from fulfillment.flows.settle_postage import settle_postage
from fulfillment.flows.unpack_parcel import unpack_parcel
from fulfillment.flows.void_postage import void_postage
from fulfillment.shipping.carriers.protocol import TrackingReport
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus
from tests.races.crowds import run_together
from tests.river.books import require_sound_books
from tests.river.carriers import ForgetfulCarrier, Mishap
from tests.river.company import POLICY, wish
from tests.river.steps import River
from tests.warehouse.halls import ANA, BEN

TIMES = range(3)


def crashes(outcomes: list[object]) -> list[object]:
    """What went wrong without being a refusal in words."""
    return [
        each for each in outcomes if isinstance(each, Exception) and not isinstance(each, FulfillmentError)
    ]


def with_refusal(deed: Callable[[], object]) -> object:
    try:
        return deed()
    except FulfillmentError as refusal:
        return refusal


def packed(river: River, ref: str = "1") -> tuple[uuid.UUID, uuid.UUID]:
    """(order, parcel): one packed parcel without postage."""
    accepted = river.run_to_bench(wish(ref, {"SOAP": 2}))
    (parcel_id,) = river.pack(accepted.parts[0].fulfillment_order_id).parcel_ids
    return accepted.order_id, parcel_id


def state_of(river: River, parcel_id: uuid.UUID) -> str:
    (row,) = river.rows("SELECT state FROM parcel WHERE id = :id", id=parcel_id)
    return str(row.state)


def settle(river: River, carrier: ForgetfulCarrier) -> None:
    """Every doubt is settled and every void asked for, as the jobs would."""
    for row in river.rows("SELECT id FROM postage WHERE state = 'in_doubt'"):
        for _ in range(4):
            settle_postage(river.in_transaction, carrier, postage_id=row.id, actor=ANA, policy=POLICY)
    for row in river.rows("SELECT id FROM postage WHERE state = 'void_requested'"):
        void_postage(river.in_transaction, carrier, postage_id=row.id, actor=ANA, policy=POLICY)


@pytest.mark.parametrize("attempt", TIMES)
def test_of_two_packers_one_packs_the_units(engine: Engine, river: River, attempt: int) -> None:
    accepted = river.run_to_bench(wish("1", {"SOAP": 2, "OIL": 1}))
    pack = partial(river.pack, accepted.parts[0].fulfillment_order_id)

    outcomes = run_together([pack] * 4)

    assert Counter(type(outcome) for outcome in outcomes) == {PackedOrder: 1, ConflictError: 3}
    assert len(river.parcels(accepted.order_id)) == 1
    require_sound_books(engine)


@pytest.mark.parametrize("mishap", [None, Mishap.ANSWER_LOST, Mishap.REQUEST_LOST, Mishap.PENDING])
def test_many_buyers_of_one_label_pay_once(
    engine: Engine, river: River, carrier: ForgetfulCarrier, mishap: Mishap | None
) -> None:
    _, parcel_id = packed(river)
    carrier.mishaps = [mishap] if mishap else []

    outcomes = run_together([partial(river.buy, carrier, parcel_id)] * 6)
    settle(river, carrier)

    assert crashes(list(outcomes)) == []
    assert carrier.calls == 1
    assert len(carrier.live) == (0 if mishap is Mishap.REQUEST_LOST else 1)
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", TIMES)
def test_settling_a_doubt_twice_at_once_adopts_one_purchase(
    engine: Engine, river: River, carrier: ForgetfulCarrier, attempt: int
) -> None:
    _, parcel_id = packed(river)
    carrier.mishaps = [Mishap.ANSWER_LOST]
    river.buy(carrier, parcel_id)
    (row,) = river.rows("SELECT id FROM postage")
    ask = partial(settle_postage, river.in_transaction, carrier, postage_id=row.id, actor=ANA, policy=POLICY)

    outcomes = run_together([ask] * 4)

    assert crashes(list(outcomes)) == []
    assert state_of(river, parcel_id) == "labeled"
    assert [each.state for each in river.rows("SELECT state FROM postage")] == ["bought"]
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", TIMES)
def test_a_parcel_opened_while_its_label_is_bought_keeps_no_live_label(
    engine: Engine, river: River, carrier: ForgetfulCarrier, attempt: int
) -> None:
    _, parcel_id = packed(river)
    carrier.mishaps = [Mishap.ANSWER_LOST] if attempt else []

    def open_it() -> object:
        return river.in_transaction(
            partial(unpack_parcel, parcel_id=parcel_id, reason="wrong box", actor=BEN)
        )

    deeds: list[Callable[[], object]] = [partial(river.buy, carrier, parcel_id), open_it]
    outcomes = run_together(deeds)
    settle(river, carrier)

    assert crashes(list(outcomes)) == []
    assert state_of(river, parcel_id) == "cancelled"
    assert carrier.live == set()
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", TIMES)
def test_two_stations_hand_a_parcel_over_once(
    engine: Engine, river: River, carrier: ForgetfulCarrier, attempt: int
) -> None:
    _, parcel_id = packed(river)
    river.buy(carrier, parcel_id)

    outcomes = run_together([partial(river.hand_over, "CHI", [parcel_id])] * 3)

    assert Counter(type(outcome) for outcome in outcomes) == {HandedOver: 1, ConflictError: 2}
    assert len(river.rows("SELECT 1 FROM movement WHERE posting_key LIKE 'ship:%'")) == 1
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", TIMES)
def test_hand_over_scans_and_opening_at_once_leave_one_truth(
    engine: Engine, river: River, carrier: ForgetfulCarrier, attempt: int
) -> None:
    _, parcel_id = packed(river)
    river.buy(carrier, parcel_id)
    (postage,) = river.rows("SELECT transaction_ref, tracking_number FROM postage")

    def report(status: TrackingStatus, hour: int) -> object:
        scan = TrackingScan(f"scan-{hour}", status, datetime.now(UTC) + timedelta(hours=hour))
        told = TrackingReport("usps", postage.tracking_number, postage.transaction_ref, status, (scan,))
        work = partial(apply_report, report=told, source="webhook", actor=ANA, policy=POLICY)
        return river.in_transaction(work)

    def open_it() -> object:
        work = partial(unpack_parcel, parcel_id=parcel_id, reason="wrong box", actor=BEN)
        return with_refusal(partial(river.in_transaction, work))

    deeds: list[Callable[[], object]] = [
        partial(with_refusal, partial(river.hand_over, "CHI", [parcel_id])),
        partial(report, TrackingStatus.TRANSIT, 1),
        partial(report, TrackingStatus.DELIVERED, 2),
        partial(report, TrackingStatus.TRANSIT, 1),
        open_it,
    ]
    outcomes = run_together(deeds)
    settle(river, carrier)

    assert crashes(outcomes) == []
    assert state_of(river, parcel_id) in {"delivered", "cancelled"}
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", TIMES)
def test_stock_that_shrinks_under_orders_and_pickers_is_never_oversold(
    engine: Engine, river: River, attempt: int
) -> None:
    for number in range(6):
        river.order(wish(str(number), {"SOAP": 4, "TEA": 4}))
    wave = river.release("CHI", max_orders=3)
    assert wave.wave_id is not None

    def lose(number: int) -> object:
        work = partial(
            adjust_bin,
            warehouse_code="CHI",
            bin_code="A-3",
            sku="SOAP",
            delta=-7,
            reason=AdjustmentReason.DAMAGED,
            adjustment_id=f"loss-{number}",
            actor=BEN,
        )
        return with_refusal(partial(river.in_transaction, work))

    def hold() -> object:
        work = partial(hold_lot, sku="TEA", lot="T1", reason="recall", actor=BEN)
        return river.in_transaction(work)

    def pick() -> object:
        try:
            river.pick(wave.wave_id)  # type: ignore[arg-type]  # the wave was asserted above
        except AssertionError as refusal:
            return refusal.args
        return None

    def buy_more() -> object:
        return [river.order(wish(f"more-{number}", {"TEA": 3, "SOAP": 3})) for number in range(4)]

    deeds: list[Callable[[], object]] = [partial(lose, 1), partial(lose, 2), hold, pick, buy_more]
    outcomes = run_together(deeds)

    assert crashes(outcomes) == []
    require_sound_books(engine)
