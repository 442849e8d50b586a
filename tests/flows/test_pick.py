import uuid

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import KeyReusedError, NotFoundError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.pick import ScanAnswer, ScanRequest, apply_scan
from fulfillment.flows.release_wave import release_wave
from fulfillment.store.actors import Actor
from fulfillment.warehouse.reservations import find_availability
from fulfillment.warehouse.scanning import Outcome
from tests.warehouse.halls import ANA, BEN, build_hall, list_products, stock
from tests.warehouse.orders import Placed, order, part_state, require_sound_stock, tasks_of

POLICY = CompanyPolicy()


class Floor:
    """A wave on the floor and pickers who scan in it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.hall = build_hall(session, bins=("A-1", "A-2", "A-3"))
        list_products(session, "SOAP", "OIL")
        self.wave_id = uuid.UUID(int=0)

    def release(self) -> None:
        wave = release_wave(self.session, warehouse_code="CHI", actor=ANA)
        assert wave.wave_id is not None
        self.wave_id = wave.wave_id

    def scan(
        self,
        code: str,
        *,
        qty: int = 1,
        actor: Actor = ANA,
        scan_id: uuid.UUID | None = None,
        task_id: uuid.UUID | None = None,
    ) -> ScanAnswer:
        request = ScanRequest(scan_id or uuid.uuid4(), self.wave_id, code, qty=qty, task_id=task_id)
        return apply_scan(self.session, request=request, actor=actor, policy=POLICY)

    def wave_state(self) -> str:
        query = sa.text("SELECT state FROM wave WHERE id = :id")
        state: str = self.session.connection().execute(query, {"id": self.wave_id}).scalar_one()
        return state

    def picked(self, placed: Placed) -> int:
        query = sa.text("SELECT sum(qty_picked) FROM fulfillment_order_line WHERE fulfillment_order_id = :id")
        total: int = self.session.connection().execute(query, {"id": placed.part_id}).scalar_one()
        return total


@pytest.fixture
def floor(session: Session) -> Floor:
    return Floor(session)


@pytest.fixture
def placed(floor: Floor) -> Placed:
    stock(floor.session, floor.hall["A-1"], "SOAP", 5)
    stock(floor.session, floor.hall["A-2"], "OIL", 5)
    placed = order(floor.session, "1", SOAP=2, OIL=1)
    floor.release()
    return placed


def test_a_wave_is_picked_with_two_scans_a_line(floor: Floor, placed: Placed) -> None:
    outcomes = [floor.scan(code, qty=qty).outcome for code, qty in [("A-1", 1), ("SOAP", 2), ("CHI-A-2", 1)]]
    last = floor.scan("OIL")

    assert outcomes == [Outcome.BIN_CONFIRMED, Outcome.TASK_DONE, Outcome.BIN_CONFIRMED]
    assert (last.outcome, last.is_wave_done) == (Outcome.TASK_DONE, True)
    assert floor.wave_state() == "done"
    assert part_state(floor.session, placed.part_id) == "picking"
    assert floor.picked(placed) == 3
    soap = find_availability(floor.session, skus=["SOAP"])["CHI"]["SOAP"]
    assert (soap.sellable, soap.reserved) == (3, 0)
    require_sound_stock(floor.session)


def test_the_same_scan_sent_three_times_counts_once_and_gets_one_answer(floor: Floor, placed: Placed) -> None:
    scan_id = uuid.uuid4()
    floor.scan("A-1")

    answers = [floor.scan("SOAP", scan_id=scan_id) for _ in range(3)]

    assert [answer.is_repeated for answer in answers] == [False, True, True]
    assert {(answer.outcome, answer.message) for answer in answers} == {
        (Outcome.PICKED, "1 of 2 of SOAP picked. Scan the next one.")
    }
    assert floor.picked(placed) == 1
    require_sound_stock(floor.session)


def test_a_scan_id_used_for_another_code_is_refused(floor: Floor, placed: Placed) -> None:
    scan_id = uuid.uuid4()
    floor.scan("A-1", scan_id=scan_id)

    with pytest.raises(KeyReusedError):
        floor.scan("A-2", scan_id=scan_id)


def test_a_wrong_item_is_named_with_where_it_belongs_and_moves_nothing(floor: Floor, placed: Placed) -> None:
    floor.scan("A-1")

    answer = floor.scan("OIL")

    assert not answer.is_accepted
    assert answer.message == "This is OIL (Product OIL). Wanted is SOAP from A-1. Put it back in A-2."
    assert floor.picked(placed) == 0


def test_one_scan_too_many_after_the_last_unit_says_that_it_is_complete(floor: Floor, placed: Placed) -> None:
    floor.scan("A-1")
    floor.scan("SOAP", qty=2)

    answer = floor.scan("SOAP")

    assert answer.outcome is Outcome.ALREADY_PICKED
    assert answer.message == (
        "SOAP (Product SOAP) is complete already. Wanted is OIL from A-2. Put it back in A-1."
    )
    assert floor.picked(placed) == 2


def test_undo_takes_the_last_pick_back_even_after_the_wave_is_done(floor: Floor, placed: Placed) -> None:
    for code, qty in [("A-1", 1), ("SOAP", 2), ("A-2", 1), ("OIL", 1)]:
        floor.scan(code, qty=qty)

    first = floor.scan("CMD-UNDO")
    second = floor.scan("CMD-UNDO")
    third = floor.scan("CMD-UNDO")

    assert [first.message, second.message] == [
        "Undone: 1 of OIL is back in A-2. Put it there.",
        "Undone: 2 of SOAP is back in A-1. Put it there.",
    ]
    assert third.outcome is Outcome.NOTHING_TO_UNDO
    assert floor.picked(placed) == 0
    assert floor.wave_state() == "picking"
    require_sound_stock(floor.session)
    assert floor.scan("SOAP", qty=2).outcome is Outcome.TASK_DONE


def test_two_pickers_get_different_tasks(floor: Floor, placed: Placed) -> None:
    floor.scan("A-1", actor=ANA)

    answer = floor.scan("A-2", actor=BEN)

    assert answer.outcome is Outcome.BIN_CONFIRMED
    taken = floor.scan("SOAP", actor=BEN, task_id=floor.scan("SOAP", actor=ANA).task_id)
    assert taken.outcome is Outcome.TASK_TAKEN


def test_an_order_has_its_tote_and_a_tote_its_order(floor: Floor, placed: Placed) -> None:
    other = order(floor.session, "2", SOAP=1)
    first_wave = floor.wave_id
    floor.release()
    floor.scan("TOTE-1")

    floor.wave_id = first_wave
    answer = floor.scan("TOTE-1")

    assert answer.message == "Tote TOTE-1 holds another order. Take an empty one."
    assert tasks_of(floor.session, other.part_id) == [("A-1", "", 1, "open")]


def test_a_short_pick_sends_the_picker_to_another_bin_and_asks_for_a_count(floor: Floor) -> None:
    stock(floor.session, floor.hall["A-1"], "SOAP", 3)
    stock(floor.session, floor.hall["A-3"], "SOAP", 5)
    placed = order(floor.session, "1", SOAP=3)
    floor.release()
    floor.scan("A-1")
    floor.scan("SOAP")

    answer = floor.scan("CMD-SHORT")

    assert answer.message == "Short: 2 of SOAP were not in A-1. The rest comes from elsewhere."
    assert not answer.is_wave_done
    assert tasks_of(floor.session, placed.part_id) == [("A-1", "", 3, "short"), ("A-3", "", 2, "open")]
    counts = floor.session.connection().execute(sa.text("SELECT reason, qty_expected FROM count_task"))
    assert [tuple(row) for row in counts] == [("short pick", 0)]
    require_sound_stock(floor.session)


def test_a_short_pick_with_no_other_bin_backorders_the_rest_by_name(floor: Floor) -> None:
    stock(floor.session, floor.hall["A-1"], "SOAP", 3)
    placed = order(floor.session, "1", SOAP=3)
    floor.release()
    floor.scan("A-1")
    floor.scan("SOAP")

    answer = floor.scan("CMD-SHORT")

    assert answer.is_wave_done
    assert part_state(floor.session, placed.part_id) == "picking"
    parts = floor.session.connection().execute(
        sa.text(
            "SELECT f.state, n.qty FROM fulfillment_order f "
            "JOIN fulfillment_order_line n ON n.fulfillment_order_id = f.id "
            "WHERE f.order_id = :id ORDER BY f.id"
        ),
        {"id": placed.order_id},
    )
    assert [tuple(row) for row in parts] == [("picking", 1), ("backordered", 2)]
    jobs = floor.session.connection().execute(sa.text("SELECT kind FROM job WHERE key = 'asked'"))
    assert jobs.scalars().all() == ["fill_backorders"]
    require_sound_stock(floor.session)


def test_an_empty_bin_moves_every_task_that_wanted_it(floor: Floor) -> None:
    stock(floor.session, floor.hall["A-1"], "SOAP", 6)
    stock(floor.session, floor.hall["A-3"], "SOAP", 5)
    first = order(floor.session, "1", SOAP=2)
    second = order(floor.session, "2", SOAP=3)
    floor.release()
    assert tasks_of(floor.session, second.part_id) == [("A-3", "", 3, "open")]

    floor.scan("CMD-SHORT")

    assert tasks_of(floor.session, first.part_id) == [("A-3", "", 2, "short"), ("A-1", "", 2, "open")]
    assert tasks_of(floor.session, second.part_id) == [("A-3", "", 3, "cancelled"), ("A-1", "", 3, "open")]
    soap = find_availability(floor.session, skus=["SOAP"])["CHI"]["SOAP"]
    assert (soap.sellable, soap.reserved) == (6, 5)
    require_sound_stock(floor.session)


def test_a_skipped_task_comes_last(floor: Floor, placed: Placed) -> None:
    floor.scan("CMD-SKIP")

    assert floor.scan("A-2").outcome is Outcome.BIN_CONFIRMED
    assert floor.scan("OIL").outcome is Outcome.TASK_DONE
    assert floor.scan("A-1").outcome is Outcome.BIN_CONFIRMED


def test_a_finished_wave_has_nothing_to_do(floor: Floor, placed: Placed) -> None:
    for code, qty in [("A-1", 1), ("SOAP", 2), ("A-2", 1), ("OIL", 1)]:
        floor.scan(code, qty=qty)

    answer = floor.scan("SOAP")

    assert answer.outcome is Outcome.NOTHING_TO_DO
    assert answer.message == "There is nothing left to pick in this wave; SOAP was not counted."


def test_a_scan_for_a_wave_that_does_not_exist_is_refused_and_not_kept(floor: Floor) -> None:
    request = ScanRequest(uuid.uuid4(), uuid.uuid4(), "A-1")

    with pytest.raises(NotFoundError, match="There is no wave"):
        apply_scan(floor.session, request=request, actor=ANA, policy=CompanyPolicy())

    kept = floor.session.connection().execute(sa.text("SELECT count(*) FROM pick_scan"))
    assert kept.scalar_one() == 0
