"""The steps of the river as a person at each station would take them, for any kind of transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.flows.apply_tracking import apply_report
from fulfillment.flows.buy_postage import buy_postage
from fulfillment.flows.hand_over import HandedOver, hand_over
from fulfillment.flows.pack_order import PackedOrder, pack_order
from fulfillment.flows.pick import ScanRequest, apply_scan
from fulfillment.flows.release_wave import ReleasedWave, release_wave
from fulfillment.orders.requests import OrderRequest
from fulfillment.shipping.carriers.protocol import Carrier, TrackingReport
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus
from fulfillment.store.actors import Actor
from fulfillment.store.session import InTransaction
from tests.river.company import POLICY
from tests.warehouse.halls import ANA


@dataclass(frozen=True)
class River:
    """The stations, each reached through transactions of this kind."""

    in_transaction: InTransaction
    actor: Actor = ANA

    def rows(self, query: str, **values: object) -> Sequence[sa.Row[Any]]:
        """What a query finds now."""
        return self.in_transaction(lambda session: _rows(session, query, values))

    def order(self, request: OrderRequest) -> AcceptedOrder:
        """The order is accepted or held."""
        return self.in_transaction(partial(accept_order, request=request, actor=self.actor, policy=POLICY))

    def release(self, code: str, *, max_orders: int = 60) -> ReleasedWave:
        """A wave of what is promised."""
        return self.in_transaction(
            partial(release_wave, warehouse_code=code, actor=self.actor, max_orders=max_orders)
        )

    def pick(self, wave_id: uuid.UUID) -> None:
        """Every open task of the wave is picked."""
        query = """
            SELECT t.id, t.sku, t.qty - t.qty_picked AS rest, l.code FROM pick_task t
            JOIN location l ON l.id = t.location_id
            WHERE t.wave_id = :wave_id AND t.state = 'open' ORDER BY t.sequence
        """
        for task in self.rows(query, wave_id=wave_id):
            for code, qty in ((task.code, 1), (task.sku, task.rest)):
                request = ScanRequest(uuid.uuid4(), wave_id, code, qty=qty, task_id=task.id)
                answer = self.in_transaction(
                    partial(apply_scan, request=request, actor=self.actor, policy=POLICY)
                )
                assert answer.is_accepted, answer.message

    def pack(self, part_id: uuid.UUID) -> PackedOrder:
        """What is picked of the fulfillment order is in parcels."""
        return self.in_transaction(
            partial(pack_order, fulfillment_order_id=part_id, actor=self.actor, policy=POLICY)
        )

    def buy(self, carrier: Carrier, parcel_id: uuid.UUID) -> object:
        """The parcel has its postage, or it is in doubt."""
        return buy_postage(self.in_transaction, carrier, parcel_id=parcel_id, actor=self.actor, policy=POLICY)

    def hand_over(self, code: str, parcel_ids: Sequence[uuid.UUID] | None = None) -> HandedOver:
        """The carrier has the parcels."""
        return self.in_transaction(
            partial(
                hand_over,
                warehouse_code=code,
                carrier="usps",
                actor=self.actor,
                policy=POLICY,
                parcel_ids=parcel_ids,
            )
        )

    def deliver(self, parcel_id: uuid.UUID) -> None:
        """The carrier says that the parcel arrived."""
        (label,) = self.rows("SELECT tracking_number FROM parcel WHERE id = :id", id=parcel_id)
        scan = TrackingScan("delivered", TrackingStatus.DELIVERED, datetime.now(UTC) + timedelta(hours=2))
        report = TrackingReport("usps", label.tracking_number, None, scan.status, (scan,))
        self.in_transaction(
            partial(apply_report, report=report, source="poll", actor=self.actor, policy=POLICY)
        )

    def parcels(self, order_id: uuid.UUID) -> list[uuid.UUID]:
        """The order's parcels that were not opened again."""
        query = "SELECT id FROM parcel WHERE order_id = :id AND state <> 'cancelled' ORDER BY id"
        return [row.id for row in self.rows(query, id=order_id)]

    def run_to_bench(self, request: OrderRequest) -> AcceptedOrder:
        """An order whose units are all picked."""
        accepted = self.order(request)
        for code in sorted({part.warehouse_code for part in accepted.parts if part.warehouse_code}):
            wave = self.release(code)
            assert wave.wave_id is not None
            self.pick(wave.wave_id)
        return accepted

    def run_to_carrier(self, request: OrderRequest, carrier: Carrier) -> AcceptedOrder:
        """An order whose parcels the carrier has."""
        accepted = self.run_to_bench(request)
        for part in accepted.parts:
            parcel_ids = self.pack(part.fulfillment_order_id).parcel_ids
            for parcel_id in parcel_ids:
                self.buy(carrier, parcel_id)
            assert part.warehouse_code is not None
            self.hand_over(part.warehouse_code, parcel_ids)
        return accepted


def _rows(session: Session, query: str, values: dict[str, object]) -> Sequence[sa.Row[Any]]:
    return session.connection().execute(sa.text(query), values).all()
