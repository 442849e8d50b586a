import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy.engine import Engine

from fulfillment.core.errors import ConflictError, FulfillmentError, NotAllowedEdgeError
from fulfillment.flows.inspect_return import inspect_return_units
from fulfillment.flows.receive_return import ReceivedReturn, receive_return_units
from fulfillment.flows.refund_order import approve_refund, reject_refund
from fulfillment.flows.refund_undelivered import refund_undelivered
from fulfillment.flows.request_return import ReturnAnswer, WantedReturn, request_return
from fulfillment.flows.send_refund import send_refund
from fulfillment.returns.kinds import Disposition, Grade, ReturnReason
from tests.races.crowds import run_together
from tests.river.books import require_sound_books
from tests.river.carriers import ForgetfulCarrier
from tests.river.company import POLICY, PRICE_MINOR, wish
from tests.river.gateways import ForgetfulGateway, Mishap
from tests.river.steps import River
from tests.warehouse.halls import ANA, BEN

TIMES = range(2)


def delivered(river: River, carrier: ForgetfulCarrier, units: dict[str, int]) -> tuple[uuid.UUID, uuid.UUID]:
    """(order, its first line), with the customer."""
    accepted = river.run_to_carrier(wish("1", units), carrier)
    for parcel_id in river.parcels(accepted.order_id):
        river.deliver(parcel_id)
    (line, *_) = river.rows(
        "SELECT id FROM order_line WHERE order_id = :id ORDER BY sku", id=accepted.order_id
    )
    return accepted.order_id, line.id


def ask(river: River, order_id: uuid.UUID, line_id: uuid.UUID, units: int) -> ReturnAnswer:
    return river.in_transaction(
        partial(
            request_return,
            order_id=order_id,
            wanted=[WantedReturn(line_id, units)],
            reason=ReturnReason.DAMAGED,
            note="",
            actor=ANA,
            policy=POLICY,
        )
    )


def receive(river: River, return_id: uuid.UUID, qty: int, scan_id: uuid.UUID | None = None) -> ReceivedReturn:
    return river.in_transaction(
        partial(
            receive_return_units,
            return_id=return_id,
            scan_id=scan_id or uuid.uuid4(),
            sku="SOAP",
            lot="",
            qty=qty,
            actor=BEN,
        )
    )


def inspect(river: River, return_id: uuid.UUID, qty: int) -> uuid.UUID:
    (line,) = river.rows("SELECT id FROM return_line WHERE return_id = :id", id=return_id)
    return river.in_transaction(
        partial(
            inspect_return_units,
            return_line_id=line.id,
            return_id=return_id,
            lot="",
            qty=qty,
            grade=Grade.SEALED,
            disposition=Disposition.RESTOCK,
            note="",
            actor=ANA,
            policy=POLICY,
        )
    )


def proposed(river: River, carrier: ForgetfulCarrier, units: int = 2) -> uuid.UUID:
    """A refund of so many units that came back, proposed."""
    order_id, line_id = delivered(river, carrier, {"SOAP": units})
    return_id = ask(river, order_id, line_id, units).return_id
    receive(river, return_id, units)
    inspect(river, return_id, units)
    (refund,) = river.rows("SELECT id FROM refund")
    refund_id: uuid.UUID = refund.id
    return refund_id


def approve(river: River, refund_id: uuid.UUID) -> object:
    return river.in_transaction(partial(approve_refund, refund_id=refund_id, actor=BEN))


def kinds_of(outcomes: list[object]) -> Counter[type]:
    return Counter(type(outcome) for outcome in outcomes)


@pytest.mark.parametrize("attempt", TIMES)
def test_two_requests_for_the_same_units_are_one_return(
    engine: Engine, river: River, carrier: ForgetfulCarrier, attempt: int
) -> None:
    order_id, line_id = delivered(river, carrier, {"SOAP": 2})

    outcomes = run_together([partial(ask, river, order_id, line_id, 2)] * 4)

    assert kinds_of(list(outcomes)) == {ReturnAnswer: 1, ConflictError: 3}
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", TIMES)
def test_the_same_unit_is_received_and_inspected_once(
    engine: Engine, river: River, carrier: ForgetfulCarrier, attempt: int
) -> None:
    order_id, line_id = delivered(river, carrier, {"SOAP": 3})
    return_id = ask(river, order_id, line_id, 2).return_id
    scan_id = uuid.uuid4()

    deeds: list[Callable[[], object]] = [
        partial(receive, river, return_id, 1, scan_id),
        partial(receive, river, return_id, 1, scan_id),
        partial(receive, river, return_id, 1),
        partial(receive, river, return_id, 1),
    ]
    received = run_together(deeds)
    inspected = run_together([partial(inspect, river, return_id, 2)] * 3)

    # Whichever two scans came first count; the twins are one of them, or both are refused.
    counted = {row.scan_id for row in river.rows("SELECT scan_id FROM return_receipt_scan")}
    assert len(counted) == 2
    assert kinds_of(received)[ConflictError] == (1 if scan_id in counted else 2)
    assert kinds_of(list(inspected))[uuid.UUID] == 1
    (line,) = river.rows("SELECT qty_received, qty_inspected FROM return_line")
    assert (line.qty_received, line.qty_inspected) == (2, 2)
    assert len(river.rows("SELECT 1 FROM refund")) == 1
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", TIMES)
def test_units_that_got_lost_are_refunded_once_however_many_agents_propose_it(
    engine: Engine, river: River, carrier: ForgetfulCarrier, attempt: int
) -> None:
    """Hyperswitch #13182: 100 paid, two refunds of 60 accepted."""
    order_id, line_id = delivered(river, carrier, {"SOAP": 3})

    def propose() -> uuid.UUID:
        return river.in_transaction(
            partial(
                refund_undelivered,
                order_id=order_id,
                wanted=[WantedReturn(line_id, 2)],
                note="the buyer called",
                with_shipping=False,
                actor=ANA,
                policy=POLICY,
            )
        )

    outcomes = run_together([propose] * 4)

    assert kinds_of(list(outcomes)) == {uuid.UUID: 1, ConflictError: 3}
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", TIMES)
def test_a_refund_is_approved_or_rejected_once(
    engine: Engine, river: River, carrier: ForgetfulCarrier, attempt: int
) -> None:
    refund_id = proposed(river, carrier)

    def reject() -> object:
        return river.in_transaction(partial(reject_refund, refund_id=refund_id, note="no", actor=BEN))

    deeds: list[Callable[[], object]] = [partial(approve, river, refund_id)] * 3
    outcomes = run_together([*deeds, reject])

    assert kinds_of(outcomes) == {type(None): 1, NotAllowedEdgeError: 3}
    assert len(river.rows("SELECT 1 FROM refund_part")) <= 1
    require_sound_books(engine)


@pytest.mark.parametrize("mishap", [None, Mishap.ANSWER_LOST, Mishap.REQUEST_LOST])
def test_a_refund_sent_from_many_sides_is_paid_once(
    engine: Engine, river: River, carrier: ForgetfulCarrier, mishap: Mishap | None
) -> None:
    refund_id = proposed(river, carrier)
    approve(river, refund_id)
    gateway = ForgetfulGateway(mishaps=[mishap] if mishap else [])
    send = partial(
        send_refund,
        river.in_transaction,
        {gateway.name: gateway},
        refund_id=refund_id,
        actor=ANA,
        policy=POLICY,
    )

    outcomes = run_together([send] * 4)
    send()

    assert [
        each for each in outcomes if isinstance(each, Exception) and not isinstance(each, FulfillmentError)
    ] == []
    assert [order.amount.minor for order in gateway.paid.values()] == [2 * PRICE_MINOR]
    assert [row.state for row in river.rows("SELECT state FROM refund")] == ["paid"]
    assert len(river.rows("SELECT 1 FROM volume_event WHERE kind = 'reversed'")) == 2
    require_sound_books(engine)
