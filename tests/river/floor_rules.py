"""Steps of the floor: waves, scans of every kind, and stock that changes under them."""

import uuid
from enum import StrEnum
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fulfillment.flows.adjust_stock import AdjustmentReason, adjust_bin, count_bin, move_units
from fulfillment.flows.block_bin import block_bin, open_bin
from fulfillment.flows.hold_lot import hold_lot, release_lot
from fulfillment.flows.pick import ScanAnswer, ScanRequest, apply_scan
from fulfillment.flows.receive_goods import put_away_goods
from fulfillment.warehouse.movements import Units
from tests.river.company import BINS, HALLS, POLICY, SKUS
from tests.river.machine import ANY, RiverBase
from tests.warehouse.halls import ANA, BEN

LOTS = ("T1", "T2", "T3")


class Scan(StrEnum):
    """What a picker does with the scanner."""

    BIN = "the right bin"
    ITEM = "the right item"
    WRONG_BIN = "another bin"
    WRONG_ITEM = "another item"
    TOO_MANY = "more than wanted"
    UNDO = "CMD-UNDO"
    SHORT = "CMD-SHORT"
    SKIP = "CMD-SKIP"
    FOREIGN = "4006381333931"


class FloorRules(RiverBase):
    """The pickers, and those who count, move and block."""

    last_scan: ScanRequest | None = None

    @rule(code=st.sampled_from(sorted(HALLS)), max_orders=st.integers(1, 4))
    def release(self, code: str, max_orders: int) -> None:
        self.river.release(code, max_orders=max_orders)

    @rule(pick=ANY)
    def pick_a_wave(self, pick: int) -> None:
        query = "SELECT id FROM wave WHERE state IN ('released', 'picking') ORDER BY number"
        wave = self.one(pick, query)
        if wave is not None:
            self.river.pick(wave.id)

    @rule(kind=st.sampled_from(Scan), pick=ANY)
    def scan(self, kind: Scan, pick: int) -> None:
        task = self.one(
            pick,
            """
            SELECT t.id, t.wave_id, t.sku, t.qty - t.qty_picked AS rest, l.code FROM pick_task t
            JOIN location l ON l.id = t.location_id WHERE t.state IN ('open', 'done') ORDER BY t.id
            """,
        )
        if task is None:
            return
        code = {
            Scan.BIN: task.code,
            Scan.ITEM: task.sku,
            Scan.WRONG_BIN: "A-1" if task.code != "A-1" else "A-2",
            Scan.WRONG_ITEM: "SOAP" if task.sku != "SOAP" else "TEA",
            Scan.TOO_MANY: task.sku,
        }.get(kind, kind.value)
        qty = task.rest + 1 if kind is Scan.TOO_MANY else 1
        self.last_scan = ScanRequest(uuid.UUID(int=self.next_number()), task.wave_id, code, qty, task.id)
        answer = self.attempt(apply_scan, request=self.last_scan, actor=ANA, policy=POLICY)
        if kind in {Scan.WRONG_BIN, Scan.WRONG_ITEM, Scan.TOO_MANY, Scan.FOREIGN}:
            assert not (isinstance(answer, ScanAnswer) and answer.is_accepted), answer

    @rule()
    def scan_again(self) -> None:
        if self.last_scan is None:
            return
        before = self.river.rows("SELECT count(*) AS movements FROM movement")
        self.attempt(apply_scan, request=self.last_scan, actor=ANA, policy=POLICY)
        assert self.river.rows("SELECT count(*) AS movements FROM movement") == before

    @rule(
        code=st.sampled_from(sorted(HALLS)),
        place=st.sampled_from(BINS),
        sku=st.sampled_from(SKUS),
        lot=st.sampled_from(LOTS),
        delta=st.integers(-6, 6).filter(bool),
    )
    def adjust(self, code: str, place: str, sku: str, lot: str, delta: int) -> None:
        deed = partial(
            adjust_bin,
            warehouse_code=code,
            bin_code=place,
            sku=sku,
            lot=lot if sku == "TEA" else "",
            delta=delta,
            reason=AdjustmentReason.FOUND if delta > 0 else AdjustmentReason.LOST,
            adjustment_id=f"adjustment-{self.next_number()}",
            actor=BEN,
        )
        for _ in range(2):
            # Told twice, it is done once.
            self.attempt(deed)

    @rule(code=st.sampled_from(sorted(HALLS)), place=st.sampled_from(BINS), qty=st.integers(0, 9))
    def count(self, code: str, place: str, qty: int) -> None:
        self.attempt(
            count_bin,
            warehouse_code=code,
            bin_code=place,
            sku="TEA",
            lot=LOTS[BINS.index(place)],
            qty_counted=qty,
            count_id=f"count-{self.next_number()}",
            actor=BEN,
        )

    @rule(code=st.sampled_from(sorted(HALLS)), origin=ANY, goal=ANY, qty=st.integers(1, 5))
    def move(self, code: str, origin: int, goal: int, qty: int) -> None:
        self.attempt(
            move_units,
            warehouse_code=code,
            from_code=BINS[origin % 3],
            to_code=BINS[goal % 3],
            units=Units("TEA", qty, LOTS[origin % 3]),
            transfer_id=f"transfer-{self.next_number()}",
            actor=BEN,
        )

    @rule(code=st.sampled_from(sorted(HALLS)), place=st.sampled_from(BINS), is_blocked=st.booleans())
    def block_or_open(self, code: str, place: str, is_blocked: bool) -> None:
        deed = block_bin if is_blocked else open_bin
        self.attempt(deed, warehouse_code=code, bin_code=place, reason="spill", actor=BEN)

    @rule(lot=st.sampled_from(LOTS), is_held=st.booleans())
    def hold_or_release_lot(self, lot: str, is_held: bool) -> None:
        deed = hold_lot if is_held else release_lot
        self.attempt(deed, sku="TEA", lot=lot, reason="test", actor=BEN)

    @rule(pick=ANY, place=st.sampled_from(BINS))
    def put_away(self, pick: int, place: str) -> None:
        stand = self.one(
            pick,
            """
            SELECT l.warehouse_code, b.sku, b.lot, b.qty FROM balance b
            JOIN location l ON l.id = b.location_id WHERE l.kind = 'receiving' AND b.qty > 0 ORDER BY 1, 2, 3
            """,
        )
        if stand is not None:
            self.attempt(
                put_away_goods,
                warehouse_code=stand.warehouse_code,
                put_away_id=f"put-away-{self.next_number()}",
                sku=stand.sku,
                lot=stand.lot,
                qty=stand.qty,
                bin_code=place,
                actor=BEN,
            )
