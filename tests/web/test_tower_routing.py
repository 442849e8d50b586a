import csv
import io
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.accounts.roles import Role
from fulfillment.core.ids import new_id
from fulfillment.flows.ask_trial import answer_trial
from fulfillment.flows.route_orders import route_orders
from fulfillment.orders.kinds import RoutePlanState
from fulfillment.orders.route_plans import begin_plan, end_plan, note_progress
from fulfillment.routing.apart import plan_here
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction, read_only
from tests.warehouse.halls import ANA
from tests.web.desk_stories import one, open_house, place
from tests.web.visitors import Browser

LIST = "/tower/routing"
WHAT_IF = "/tower/routing/what-if"


@pytest.fixture
def supervisor(in_transaction: InTransaction, signed_in: Callable[[Role], Browser]) -> Browser:
    in_transaction(open_house)
    return signed_in(Role.SUPERVISOR)


def routed(in_transaction: InTransaction) -> str:
    """The address of a plan that is applied."""
    report = route_orders(
        in_transaction,
        in_transaction,
        trigger="schedule",
        actor=ANA,
        time_limit_s=5,
        planner=plan_here,
    )
    return f"{LIST}/{report.plan_id}"


def tried(engine: Engine, in_transaction: InTransaction, address: str) -> None:
    """The job of the trial at this address has done its work."""
    payload = one(engine, "SELECT payload FROM job WHERE key = :key", key=address.rpartition("/")[2])
    answer_trial(in_transaction, lambda work: read_only(engine, work), payload=payload, planner=plan_here)


def test_the_planner_is_called_once_however_often_it_is_asked(supervisor: Browser, engine: Engine) -> None:
    answers = [supervisor.post(LIST, seen_on="/tower/") for _ in range(2)]
    page = supervisor.get(LIST).text

    assert [answer.status_code for answer in answers] == [302, 302]
    assert one(engine, "SELECT count(*) FROM job WHERE kind = 'route_orders'") == 1
    assert one(engine, "SELECT payload->>'trigger' FROM job WHERE kind = 'route_orders'") == "asked"
    assert one(engine, "SELECT count(*) FROM audit_entry WHERE deed = 'route.asked'") == 2
    assert "The planner is at work or about to begin." in page
    assert 'http-equiv="refresh"' in page


def test_a_plan_shows_its_costs_its_map_what_waits_and_the_way_out(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    place(in_transaction, ("SOAP", 103))
    address = routed(in_transaction)

    page = supervisor.get(address).text
    listed = supervisor.get(LIST).text

    assert one(engine, "SELECT number FROM customer_order") in page
    assert "Receive more of SOAP, or give the order a more urgent priority." in page
    assert 'aria-label="Map with 1 destination of 1 orders. CHI: 1 parcels. 1 order waits."' in page
    assert "Chicago, IL and around: 1 order; 1 parcel from CHI; 1 waits" in page
    assert "by the clock" in listed
    assert address in listed


def test_the_map_of_before_is_one_click_away(supervisor: Browser, in_transaction: InTransaction) -> None:
    place(in_transaction, ("SOAP", 2))
    address = routed(in_transaction)

    page = supervisor.get(f"{address}?map=before").text

    assert "As it stood before" in page
    assert "CHI: 1 parcels" in page
    assert supervisor.get(f"{address}?map=nonsense").status_code == 200


def test_moves_are_shown_with_their_reasons_and_found_by_filter(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    order_id = place(in_transaction, ("SOAP", 2))
    address = routed(in_transaction)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO route_move VALUES (:id, :plan, :order, 'skipped', "
                """'[{"warehouse": "CHI", "units": []}]', '[{"warehouse": "BOS", "units": []}]', """
                """250, 'makes_room', '{"warehouse": "CHI", "sku": "SOAP"}')"""
            ),
            {"id": new_id(), "plan": address.rpartition("/")[2], "order": order_id},
        )

    page = supervisor.get(address).text
    others = supervisor.get(f"{address}?outcome=applied&warehouse=CHI&number=O-1").text
    file = supervisor.get(f"{address}/moves.csv")

    assert "It leaves SOAP at CHI to orders that gain more." in page
    assert "$2.50" in page
    assert "No move fits" in others
    assert supervisor.get(f"{address}?outcome=skipped&warehouse=CHI").text.count("SOAP at CHI") == 1
    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert [(row["from"], row["to"], row["saved_minor"], row["outcome"]) for row in rows] == [
        ("CHI", "BOS", "250", "skipped")
    ]
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_what_waits_and_what_is_scarce_are_files_for_a_spreadsheet(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    place(in_transaction, ("SOAP", 103))
    address = routed(in_transaction)
    with engine.begin() as connection:
        scarce = (
            '{"scarce": [{"warehouse": "CHI", "sku": "=SOAP", "shelf_class": 0, '
            '"price_minor": 12.4, "used": 9, "available": 9}]}'
        )
        connection.execute(
            sa.text("UPDATE route_plan SET report = report || CAST(:more AS jsonb)"), {"more": scarce}
        )

    waiting = supervisor.get(f"{address}/waiting.csv").data.decode("utf-8-sig").splitlines()
    scarce_file = supervisor.get(f"{address}/scarce.csv").data.decode("utf-8-sig").splitlines()

    assert waiting[1].endswith(
        ",2,3,Other orders need the stock more,"
        '"Receive more of SOAP, or give the order a more urgent priority."'
    )
    assert scarce_file[1:] == ["CHI,'=SOAP,0,9,9,12"]


def test_a_running_plan_shows_its_progress_and_is_stopped_once(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    plan_id = new_id()
    progress = {
        "stage": "linear",
        "seconds": 4.2,
        "cost_minor": 1_010,
        "bound_minor": 1_000,
        "history": [[1.0, 1_200, 900], [4.2, 1_010, 1_000]],
    }
    in_transaction(
        lambda session: begin_plan(
            session, plan_id=plan_id, trigger="schedule", orders=3, now=read_now(session)
        )
    )
    in_transaction(lambda session: note_progress(session, plan_id=plan_id, progress=progress))
    address = f"{LIST}/{plan_id}"

    page = supervisor.get(address).text
    stops = [supervisor.post(f"{address}/stop", seen_on=address) for _ in range(2)]

    assert "The linear program" in page
    assert "The best plan so far is at most 1.0% above the best possible." in page
    assert 'hx-select="#live"' in page
    assert "chart-way" in page
    assert [answer.status_code for answer in stops] == [302, 302]
    assert one(engine, "SELECT count(*) FROM audit_entry WHERE deed = 'route.stopped'") == 1
    assert "asked to stop" in supervisor.get(address).text


def test_a_run_that_was_stopped_shows_why_it_has_no_plan_and_no_figures(
    supervisor: Browser, in_transaction: InTransaction
) -> None:
    plan_id = new_id()

    def stop(session: Session) -> None:
        begin_plan(session, plan_id=plan_id, trigger="schedule", orders=3, now=read_now(session))
        end_plan(
            session,
            plan_id=plan_id,
            state=RoutePlanState.CANCELLED,
            now=read_now(session),
            figures={},
            report={"note": "The run was stopped."},
        )

    in_transaction(stop)

    page = supervisor.get(f"{LIST}/{plan_id}").text

    assert "The run was stopped." in page
    assert "The run was stopped." in supervisor.get(LIST).text
    assert "Cost before" not in page
    assert "Proven" not in page
    assert "What was moved" not in page


def test_a_run_that_has_ended_cannot_be_stopped(supervisor: Browser, in_transaction: InTransaction) -> None:
    place(in_transaction, ("SOAP", 1))
    address = routed(in_transaction)

    answer = supervisor.post(f"{address}/stop", seen_on="/tower/")

    assert answer.status_code == 409
    assert "only a running plan can be stopped" in answer.text


def test_a_what_if_shows_its_answer_beside_what_stands_and_moves_nothing(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    place(in_transaction, ("SOAP", 103))

    asked = supervisor.post(
        WHAT_IF,
        seen_on=WHAT_IF,
        **{"sku-1": "soap", "warehouse-1": "CHI", "units-1": "3", "parcels-CHI": "50"},
    )
    waiting = supervisor.get(asked.location).text
    tried(engine, in_transaction, asked.location)
    page = supervisor.get(asked.location).text

    assert asked.status_code == 302
    assert "Waiting for a worker." in waiting
    assert "CHI has 3 more of SOAP." in waiting
    assert "Tried on a copy; no order was moved" in page
    assert "CHI can still send 50 parcels today." in page
    assert "With the change" in page
    assert "Would move" in page
    assert one(engine, "SELECT count(*) FROM fulfillment_order WHERE state = 'backordered'") == 1
    assert one(engine, "SELECT count(*) FROM audit_entry WHERE deed = 'route.trial_asked'") == 1


def test_a_run_that_moves_nothing_is_a_trial_without_changes(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    place(in_transaction, ("SOAP", 1))

    asked = supervisor.post("/tower/routing/try", seen_on="/tower/")
    tried(engine, in_transaction, asked.location)

    assert "this is what the planner would do now" in supervisor.get(asked.location).text
    assert one(engine, "SELECT state FROM route_plan") == "tried"


def test_a_what_if_that_cannot_be_tried_says_so_beside_each_field_and_keeps_the_form(
    supervisor: Browser, engine: Engine
) -> None:
    answer = supervisor.post(
        WHAT_IF,
        seen_on=WHAT_IF,
        **{
            "sku-1": "NOPE",
            "warehouse-1": "CHI",
            "units-1": "3",
            "sku-2": "SET",
            "warehouse-2": "CHI",
            "units-2": "2",
            "sku-3": "SOAP",
            "units-3": "many",
            "sku-4": "SOAP",
            "warehouse-4": "MARS",
            "units-4": "1",
            "cutoff-CHI": "15:30+02:00",
            "parcels-CHI": "-1",
        },
    )

    assert answer.status_code == 422
    for sentence in (
        "There is no product &#39;NOPE&#39;. Check the SKU.",
        "SET is a kit and has no stock. Add its parts.",
        "Choose the warehouse.",
        "A whole number from 1 to 1,000,000.",
        "There is no warehouse &#39;MARS&#39;. The warehouses are CHI.",
        "A local time such as 15:30.",
        "A whole number from 0 to 1,000,000.",
    ):
        assert sentence in answer.text
    assert 'name="sku-1" value="NOPE"' in " ".join(answer.text.split())
    assert one(engine, "SELECT count(*) FROM job WHERE kind = 'try_route'") == 0


def test_an_empty_what_if_is_no_question(supervisor: Browser) -> None:
    answer = supervisor.post(WHAT_IF, seen_on=WHAT_IF)

    assert answer.status_code == 422
    assert "Nothing is changed yet." in answer.text


def test_a_plan_nobody_made_is_not_found(supervisor: Browser) -> None:
    assert supervisor.get(f"{LIST}/{uuid.uuid4()}").status_code == 404
    assert supervisor.get(f"{LIST}/{uuid.uuid4()}/moves.csv").status_code == 404


def test_only_who_may_release_waves_calls_or_stops_the_planner(
    supervisor: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    clerk = signed_in(Role.SERVICE)

    deeds = (LIST, f"{LIST}/try", WHAT_IF, f"{LIST}/{uuid.uuid4()}/stop")

    assert [clerk.post(path).status_code for path in deeds] == [403] * 4
    assert clerk.get(WHAT_IF).status_code == 403
    assert supervisor.get(WHAT_IF).status_code == 200
