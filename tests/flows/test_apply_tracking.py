import itertools
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.states import ParcelState
from fulfillment.flows.apply_tracking import apply_report
from fulfillment.flows.hand_over import hand_over
from fulfillment.flows.receive_webhook import receive_webhook
from fulfillment.flows.unpack_parcel import unpack_parcel
from fulfillment.runtime import Runtime
from fulfillment.sandbox.server import RunningCourier
from fulfillment.shipping.carriers.protocol import TrackingReport
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus, position_after
from fulfillment.store.clock import advance_clock
from tests.flows.bench import POLICY, Hands, break_courier, column, control, pack
from tests.warehouse.halls import ANA
from tests.warehouse.orders import require_sound_stock

S = TrackingStatus
START = datetime(2030, 3, 4, 9, tzinfo=UTC)


def scan(number: int, status: TrackingStatus, hours: int, substatus: str | None = None) -> TrackingScan:
    return TrackingScan(
        f"scan-{number}", status, START + timedelta(hours=hours), substatus, f"It is {status}", "Reno, NV"
    )


JOURNEY = (
    scan(1, S.PRE_TRANSIT, 0),
    scan(2, S.TRANSIT, 5, "package_accepted"),
    scan(3, S.TRANSIT, 20, "out_for_delivery"),
    scan(4, S.DELIVERED, 24, "delivered"),
)


@pytest.fixture
def parcel_id(hands: Hands) -> uuid.UUID:
    """A labeled parcel that waits for its driver."""
    packed = hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=2))
    hands.work()
    return packed.parcel_ids[0]


def label(engine: Engine, parcel_id: uuid.UUID) -> tuple[str, str]:
    (carrier,) = column(engine, "SELECT carrier FROM postage WHERE parcel_id = :id", id=parcel_id)
    (number,) = column(engine, "SELECT tracking_number FROM postage WHERE parcel_id = :id", id=parcel_id)
    return carrier, number


def report(engine: Engine, parcel_id: uuid.UUID, *scans: TrackingScan) -> TrackingReport:
    carrier, number = label(engine, parcel_id)
    return TrackingReport(carrier, number, None, position_after(scans).status, scans)


def tell(runtime: Runtime, told: TrackingReport) -> str:
    return runtime.in_transaction(
        lambda session: apply_report(session, report=told, source="test", actor=ANA, policy=POLICY)
    )


def states(engine: Engine) -> tuple[str, str]:
    (parcel,) = column(engine, "SELECT state FROM parcel")
    (part,) = column(engine, "SELECT state FROM fulfillment_order")
    return parcel, part


def moved(engine: Engine, reason: str) -> int:
    found: int = column(
        engine, "SELECT coalesce(sum(qty), 0) FROM movement WHERE reason = :reason", reason=reason
    )[0]
    return found


def test_the_acceptance_scan_ships_a_labeled_parcel(
    hands: Hands, engine: Engine, parcel_id: uuid.UUID
) -> None:
    tell(hands.runtime, report(engine, parcel_id, *JOURNEY[:1]))
    before = states(engine)

    tell(hands.runtime, report(engine, parcel_id, *JOURNEY[:2]))

    assert before == ("labeled", "packed")
    assert states(engine) == ("shipped", "shipped")
    assert moved(engine, "ship") == 2
    assert column(engine, "SELECT shipped_at FROM parcel") == [START + timedelta(hours=5)]
    assert column(engine, "SELECT count(*) FROM notice WHERE kind = 'parcel_shipped'") == [1]


def test_a_delivered_parcel_is_the_customers(hands: Hands, engine: Engine, parcel_id: uuid.UUID) -> None:
    for _ in range(2):
        tell(hands.runtime, report(engine, parcel_id, *JOURNEY))

    assert states(engine) == ("delivered", "delivered")
    assert (moved(engine, "ship"), moved(engine, "deliver")) == (2, 2)
    assert column(engine, "SELECT delivered_at FROM parcel") == [START + timedelta(hours=24)]
    assert column(engine, "SELECT kind FROM notice WHERE kind LIKE 'parcel%' ORDER BY 1") == [
        "parcel_delivered",
        "parcel_shipped",
    ]
    assert column(engine, "SELECT count(*) FROM tracking_event") == [4]
    hands.runtime.in_transaction(require_sound_stock)


@pytest.mark.parametrize("seed", range(3))
def test_scans_in_any_order_and_repeated_end_in_the_same_place(
    seed: int, hands: Hands, engine: Engine, parcel_id: uuid.UUID
) -> None:
    told = [*JOURNEY, *JOURNEY]
    Random(seed).shuffle(told)

    seen = []
    for each in told:
        tell(hands.runtime, report(engine, parcel_id, each))
        seen.append(states(engine)[0])

    rank = ["labeled", "shipped", "delivered"]
    assert all(rank.index(a) <= rank.index(b) for a, b in itertools.pairwise(seen))
    assert states(engine) == ("delivered", "delivered")
    assert (moved(engine, "ship"), moved(engine, "deliver")) == (2, 2)
    assert column(engine, "SELECT count(*) FROM tracking_event") == [4]


def test_hand_over_and_acceptance_scan_ship_once(hands: Hands, engine: Engine, parcel_id: uuid.UUID) -> None:
    carrier, _ = label(engine, parcel_id)
    hands.runtime.in_transaction(
        lambda session: hand_over(session, warehouse_code="CHI", carrier=carrier, actor=ANA, policy=POLICY)
    )

    tell(hands.runtime, report(engine, parcel_id, *JOURNEY[:2]))

    assert moved(engine, "ship") == 2
    assert column(engine, "SELECT count(*) FROM notice WHERE kind = 'parcel_shipped'") == [1]


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (scan(9, S.RETURNED, 30, "return_to_sender"), (ParcelState.RETURNING, "bringing the parcel back")),
        (scan(9, S.FAILURE, 30, "package_lost"), (ParcelState.LOST, "lost or destroyed")),
        (scan(9, S.FAILURE, 30, "package_undeliverable"), (ParcelState.RETURNING, "bringing the parcel")),
    ],
)
def test_a_parcel_that_does_not_arrive_is_a_persons_matter(
    last: TrackingScan,
    outcome: tuple[ParcelState, str],
    hands: Hands,
    engine: Engine,
    parcel_id: uuid.UUID,
) -> None:
    tell(hands.runtime, report(engine, parcel_id, *JOURNEY[:3], last))

    assert states(engine) == (outcome[0], "undelivered")
    assert outcome[1] in column(engine, "SELECT problem FROM parcel")[0]


def test_a_lost_parcel_that_turns_up_is_delivered_after_all(
    hands: Hands, engine: Engine, parcel_id: uuid.UUID
) -> None:
    tell(hands.runtime, report(engine, parcel_id, *JOURNEY[:2], scan(8, S.FAILURE, 10, "package_lost")))

    tell(hands.runtime, report(engine, parcel_id, *JOURNEY))

    assert states(engine) == ("delivered", "delivered")
    assert column(engine, "SELECT problem FROM parcel") == [None]


def test_a_carrier_that_waits_for_somebody_is_shown(
    hands: Hands, engine: Engine, parcel_id: uuid.UUID
) -> None:
    waits = scan(7, S.TRANSIT, 21, "delivery_attempted")

    tell(hands.runtime, report(engine, parcel_id, *JOURNEY[:3], waits))

    assert column(engine, "SELECT problem FROM parcel") == ["The carrier waits: It is transit"]


def test_a_scan_of_postage_that_was_given_up_moves_nothing_and_is_shown(
    hands: Hands, engine: Engine, parcel_id: uuid.UUID
) -> None:
    told = report(engine, parcel_id, *JOURNEY[:2])
    hands.runtime.in_transaction(
        lambda session: unpack_parcel(session, parcel_id=parcel_id, reason="wrong", actor=ANA)
    )

    tell(hands.runtime, told)

    assert column(engine, "SELECT state FROM parcel") == ["cancelled"]
    assert moved(engine, "ship") == 0
    assert "whose postage was given up" in column(engine, "SELECT problem FROM parcel")[0]


def test_scans_that_come_before_the_label_is_ours_are_applied_when_it_is(
    hands: Hands, engine: Engine, courier: RunningCourier
) -> None:
    hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=2))
    break_courier(courier, "drop_after_charge")
    hands.work(kinds={"buy_postage"})
    (sold,) = control(courier, "purchases")["purchases"]
    early = TrackingReport(sold["carrier"], sold["number"], sold["id"], S.TRANSIT, JOURNEY[:2])

    outcome = tell(hands.runtime, early)
    between = states(engine)
    hands.hurry()
    hands.work()

    assert outcome == "kept 2 scans: no parcel has this number yet"
    assert between == ("packed", "packed")
    assert states(engine) == ("shipped", "shipped")


def test_scans_of_a_number_used_before_do_not_move_the_parcel(
    hands: Hands, engine: Engine, courier: RunningCourier
) -> None:
    hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=2))
    break_courier(courier, "drop_after_charge")
    hands.work(kinds={"buy_postage"})
    (sold,) = control(courier, "purchases")["purchases"]
    tell(hands.runtime, TrackingReport(sold["carrier"], sold["number"], None, S.TRANSIT, JOURNEY[:2]))

    def move_on(session: Session) -> None:
        advance_clock(session, by=timedelta(days=60))

    hands.runtime.in_transaction(move_on)
    hands.hurry()
    hands.work()

    assert states(engine) == ("labeled", "packed")


def webhook(hands: Hands, body: dict[str, object] | str) -> bool:
    text = body if isinstance(body, str) else json.dumps(body)
    return hands.runtime.in_transaction(
        lambda session: receive_webhook(session, body=text.encode(), is_signed=False)
    )


def test_the_same_message_is_stored_and_applied_once(hands: Hands, engine: Engine) -> None:
    stored = [webhook(hands, {"event": "track_updated", "test": True, "data": {}}) for _ in range(10)]

    hands.work()

    assert stored == [True] + [False] * 9
    assert column(engine, "SELECT count(*) FROM carrier_webhook") == [1]
    assert column(engine, "SELECT outcome FROM carrier_webhook") == ["ignored: track_updated changes nothing"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("not json", "ignored: not JSON"),
        ("[]", "ignored: not a message"),
        ('{"event": "track_updated", "test": false, "data": {}}', "ignored: it is from the other mode"),
        ('{"event": "moon", "test": true}', "ignored: moon changes nothing"),
    ],
)
def test_a_message_that_means_nothing_is_kept_with_the_reason(
    body: str, outcome: str, hands: Hands, engine: Engine
) -> None:
    webhook(hands, body)

    hands.work()

    assert column(engine, "SELECT outcome FROM carrier_webhook") == [outcome]
    assert column(engine, "SELECT state FROM job WHERE kind = 'apply_tracking'") == ["done"]


def test_silent_parcels_are_asked_about_and_followed_to_the_door(
    hands: Hands, engine: Engine, courier: RunningCourier, parcel_id: uuid.UUID
) -> None:
    control(courier, "handover", {})
    control(courier, "clock", {"advance_s": 20 * 86_400})

    def sweep(session: Session) -> None:
        advance_clock(session, by=timedelta(days=20))
        session.connection().exec_driver_sql(
            "INSERT INTO job (id, kind, payload, state, priority, due_at, attempts, max_attempts, token, "
            "is_once) VALUES (gen_random_uuid(), 'poll_tracking', '{}', 'queued', 0, now(), 0, 5, 0, false)"
        )

    hands.runtime.in_transaction(sweep)
    hands.work()

    assert states(engine) == ("delivered", "delivered")
    assert column(engine, "SELECT tracking_checked_at IS NOT NULL FROM parcel") == [True]


def test_a_report_of_another_carriers_number_belongs_to_nobody(
    hands: Hands, engine: Engine, parcel_id: uuid.UUID
) -> None:
    told = replace(report(engine, parcel_id, *JOURNEY), carrier="dhl_express")

    outcome = tell(hands.runtime, told)

    assert outcome == "kept 4 scans: no parcel has this number yet"
    assert states(engine) == ("labeled", "packed")
