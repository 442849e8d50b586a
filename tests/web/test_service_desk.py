import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from fulfillment.accounts.roles import Role
from fulfillment.flows.refund_order import approve_refund
from fulfillment.returns.gateways.offline import OfflineGateway
from fulfillment.store.session import InTransaction
from tests.flows.goods_back import EVA, ask, give_back
from tests.web.desk_stories import one, open_house, place, send
from tests.web.visitors import Browser


@pytest.fixture
def clerk(in_transaction: InTransaction, signed_in: Callable[[Role], Browser]) -> Browser:
    in_transaction(open_house)
    return signed_in(Role.SERVICE)


@pytest.fixture
def supervisor(clerk: Browser, signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.SUPERVISOR)


def page_of(order_id: uuid.UUID) -> str:
    return f"/service/orders/{order_id}"


def post_twice(browser: Browser, path: str, **fields: str) -> list[int]:
    """The statuses of a form whose button was pressed twice."""
    data = {"csrf_token": browser.csrf("/account/"), "form_token": uuid.uuid4().hex, **fields}
    return [browser.client.post(path, data=data).status_code for _ in range(2)]


def test_the_desk_is_for_those_who_may_read_members(
    clerk: Browser, in_transaction: InTransaction, signed_in: Callable[[Role], Browser]
) -> None:
    order_id = place(in_transaction, ("SOAP", 1))
    paths = ("/service/", page_of(order_id), "/service/members/D-1", "/service/returns/")

    for role in (Role.WAREHOUSE, Role.DISTRIBUTOR):
        browser = signed_in(role)
        assert [browser.get(path).status_code for path in paths] == [403] * len(paths)
        assert browser.post(f"{page_of(order_id)}/cancel", seen_on="/account/", note="x").status_code == 403
    assert [clerk.get(path).status_code for path in paths] == [200] * len(paths)
    assert clerk.get("/").headers["Location"] == "/service/"


def test_one_box_finds_an_order_by_whatever_is_known_of_it(
    clerk: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 2), ref="SHOP-77")
    refund_id = in_transaction(lambda session: give_back(session, sent, SOAP=1))
    known = [
        one(engine, "SELECT number FROM customer_order"),
        one(engine, "SELECT number FROM fulfillment_order"),
        one(engine, "SELECT number FROM parcel"),
        one(engine, "SELECT tracking_number FROM parcel").lower(),
        one(engine, "SELECT number FROM return_authorization"),
        one(engine, "SELECT number FROM refund WHERE id = :id", id=refund_id),
        "SHOP-77",
        "maria@example.com",
        "maria lop",
    ]

    found = [clerk.get("/service/", query_string={"text": text}) for text in known]

    assert [answer.headers.get("Location") for answer in found] == [page_of(sent.order_id)] * len(known)


def test_a_member_is_found_by_number_and_by_how_her_name_begins(
    clerk: Browser, in_transaction: InTransaction
) -> None:
    order_id = place(in_transaction, ("SOAP", 1))

    by_name, by_number = (clerk.get(f"/service/?text={text}").text for text in ("dora", "d-1"))
    page = clerk.get("/service/members/D-1").text

    assert "/service/members/D-1" in by_name
    assert "/service/members/D-1" in by_number
    assert page_of(order_id) in page
    assert clerk.get("/service/members/D-9").status_code == 404


def test_what_is_looked_for_is_text_and_no_pattern(clerk: Browser, in_transaction: InTransaction) -> None:
    place(in_transaction, ("SOAP", 1))

    for text in ("%", "_", "\\", "' OR 1=1 --", "<script>"):
        answer = clerk.get("/service/", query_string={"text": text})
        assert answer.status_code == 200
        assert "Nothing found" in answer.text
        assert "<script>" not in answer.text


def test_an_order_is_held_and_released_once_each(
    clerk: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    order_id = place(in_transaction, ("SOAP", 1))

    held = post_twice(clerk, f"{page_of(order_id)}/hold", code="customer", note="Call before sending")
    page = clerk.get(page_of(order_id)).text
    released = post_twice(clerk, f"{page_of(order_id)}/release", note="Called")

    assert held == released == [302, 302]
    assert "The customer asked us to wait" in page
    assert "Call before sending" in page
    assert one(engine, "SELECT state FROM customer_order") == "accepted"
    deeds = "SELECT count(*) FROM audit_entry WHERE deed IN ('order.held', 'order.hold_released')"
    assert one(engine, deeds) == 2


def test_only_a_supervisor_lifts_the_rules_own_holds(
    clerk: Browser, supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    order_id = place(in_transaction, ("SOAP", 1))
    clerk.post(f"{page_of(order_id)}/hold", seen_on="/account/", code="hazard", note="")

    refused = clerk.post(f"{page_of(order_id)}/release", seen_on="/account/", note="let it go")
    released = supervisor.post(f"{page_of(order_id)}/release", seen_on="/account/", note="checked")

    assert refused.status_code == 403
    assert "only a supervisor may release it" in refused.text
    assert "Who and where" in refused.text
    assert released.status_code == 302
    assert one(engine, "SELECT state FROM customer_order") == "accepted"


def test_a_cancelled_order_proposes_its_money_once(
    clerk: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    order_id = place(in_transaction, ("SOAP", 2))

    statuses = post_twice(clerk, f"{page_of(order_id)}/cancel", note="Ordered twice")
    page = clerk.get(page_of(order_id)).text

    assert statuses == [302, 302]
    assert one(engine, "SELECT state FROM customer_order") == "cancelled"
    assert one(engine, "SELECT amount_minor FROM refund") == 2_000
    assert one(engine, "SELECT reserved FROM availability WHERE sku = 'SOAP'") == 0
    assert "Ordered twice" in page
    assert "Approve $20.00" in page


def test_what_has_left_is_not_cancelled_and_the_page_says_so(
    clerk: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 1))

    answer = clerk.post(f"{page_of(sent.order_id)}/cancel", seen_on="/account/", note="too late")

    assert answer.status_code == 409
    assert "authorize a return instead" in answer.text
    assert one(engine, "SELECT state FROM customer_order") == "accepted"
    assert one(engine, "SELECT count(*) FROM refund") == 0
    assert f"{page_of(sent.order_id)}/cancel" not in clerk.get(page_of(sent.order_id)).text


def test_a_return_is_asked_for_in_her_name(
    clerk: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 2))
    fields = {"reason": "defective", "note": "", f"units_{sent.lines['SOAP']}": "1"}

    statuses = post_twice(clerk, f"{page_of(sent.order_id)}/return", **fields)
    return_id = one(engine, "SELECT id FROM return_authorization")
    page = clerk.get(f"/service/returns/{return_id}").text

    assert statuses == [302, 302]
    assert "ds-seller-fault-30" in page
    assert "Ann Service" in page
    assert clerk.get(f"/service/returns/{return_id}/slip.pdf").data.startswith(b"%PDF-")
    assert str(return_id) in clerk.get("/service/returns/?state=authorized").text
    assert str(return_id) not in clerk.get("/service/returns/?state=refused").text
    assert clerk.get("/service/returns/?state=nowhere").status_code == 422


def test_a_return_is_posted_and_cancelled_at_the_desk(
    clerk: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 2))
    first, second = (in_transaction(lambda session: ask(session, sent, SOAP=1)).return_id for _ in range(2))

    posted = clerk.post(f"/service/returns/{first}/posted", seen_on="/account/", tracking_number="1Z5")
    cancelled = clerk.post(f"/service/returns/{second}/cancel", seen_on="/account/", note="keeps it")
    again = clerk.post(f"/service/returns/{second}/reopen", seen_on="/account/", note="")

    assert [posted.status_code, cancelled.status_code, again.status_code] == [302, 302, 409]
    states = "SELECT string_agg(state, ',' ORDER BY number) FROM return_authorization"
    assert one(engine, states) == "in_transit,cancelled"


@pytest.mark.parametrize(("cause", "amount"), [("undelivered", 1_000), ("goodwill", 300)])
def test_a_refund_without_a_return_is_proposed(
    clerk: Browser, engine: Engine, in_transaction: InTransaction, cause: str, amount: int
) -> None:
    sent = send(in_transaction, ("SOAP", 2))
    fields = {"cause": cause, "percent": "30", "note": "Neighbor says so", f"units_{sent.lines['SOAP']}": "1"}

    statuses = post_twice(clerk, f"{page_of(sent.order_id)}/refund", **fields)

    assert statuses == [302, 302]
    assert one(engine, "SELECT cause FROM refund") == cause
    assert one(engine, "SELECT amount_minor FROM refund") == amount
    assert "Neighbor says so" in clerk.get(page_of(sent.order_id)).text


def test_a_refund_nobody_explained_is_refused_on_the_page(
    clerk: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 1))

    answer = clerk.post(
        f"{page_of(sent.order_id)}/refund",
        seen_on="/account/",
        cause="goodwill",
        **{f"units_{sent.lines['SOAP']}": "1"},
    )

    assert answer.status_code == 422
    assert "Say why the money goes back" in answer.text
    assert one(engine, "SELECT count(*) FROM refund") == 0


def refund_path(engine: Engine, deed: str) -> str:
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT order_id, id FROM refund").one()
    return f"/service/orders/{row.order_id}/refunds/{row.id}/{deed}"


def test_a_refund_is_approved_once_and_not_by_an_administrator(
    clerk: Browser,
    engine: Engine,
    in_transaction: InTransaction,
    signed_in: Callable[[Role], Browser],
) -> None:
    sent = send(in_transaction, ("SOAP", 1))
    in_transaction(lambda session: give_back(session, sent, SOAP=1))
    path = refund_path(engine, "approve")

    refused = signed_in(Role.ADMIN).post(path, seen_on="/account/")
    approved = post_twice(clerk, path)
    late = clerk.post(path, seen_on="/account/")

    assert refused.status_code == 403
    assert approved == [302, 302]
    assert late.status_code == 409
    assert "cannot become approved" in late.text
    assert one(engine, "SELECT count(*) FROM refund_part") == 1
    assert one(engine, "SELECT count(*) FROM job WHERE kind = 'send_refund'") == 1


def test_above_the_limit_the_proposer_does_not_approve_and_another_does(
    clerk: Browser, supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 12))
    fields = {"cause": "undelivered", "note": "lost", f"units_{sent.lines['SOAP']}": "12"}
    clerk.post(f"{page_of(sent.order_id)}/refund", seen_on="/account/", **fields)

    answer = clerk.post(refund_path(engine, "approve"), seen_on="/account/")
    state_between = one(engine, "SELECT state FROM refund")
    approved = supervisor.post(refund_path(engine, "approve"), seen_on="/account/")

    assert answer.status_code == 403
    assert "somebody other than its proposer" in answer.text
    assert "You proposed it, so another person approves it." in answer.text
    assert state_between == "proposed"
    assert approved.status_code == 302


def test_a_refund_is_rejected_with_a_reason(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 1))
    in_transaction(lambda session: give_back(session, sent, SOAP=1))
    path = refund_path(engine, "reject")

    silent = supervisor.post(path, seen_on="/account/", note=" ")
    rejected = post_twice(supervisor, path, note="Paid by check in May")

    assert silent.status_code == 422
    assert rejected == [302, 302]
    assert one(engine, "SELECT state FROM refund") == "rejected"
    assert "Paid by check in May" in supervisor.get(page_of(sent.order_id)).text


def test_only_a_failed_refund_is_sent_again(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 1))
    refund_id = in_transaction(lambda session: give_back(session, sent, SOAP=1))
    in_transaction(lambda session: approve_refund(session, refund_id=refund_id, actor=EVA))

    early = supervisor.post(refund_path(engine, "repeat"), seen_on="/account/", note="again")
    with engine.begin() as connection:
        for statement in (
            "UPDATE refund SET state = 'sent'",
            "UPDATE refund_part SET state = 'sent'",
            "UPDATE refund_part SET state = 'failed', error = 'card closed'",
            "UPDATE refund SET state = 'failed'",
            "UPDATE tender SET refunded_minor = 0",
        ):
            connection.exec_driver_sql(statement)
    page = supervisor.get(page_of(sent.order_id)).text
    repeated = post_twice(supervisor, refund_path(engine, "repeat"), note="New card", by_other_means="true")

    assert early.status_code == 409
    assert "card closed" in page
    assert repeated == [302, 302]
    assert one(engine, "SELECT state FROM refund") == "approved"
    assert one(engine, "SELECT provider FROM refund_part") == OfflineGateway().name


def test_the_line_of_time_says_who_did_what(
    clerk: Browser, in_transaction: InTransaction, engine: Engine
) -> None:
    sent = send(in_transaction, ("SOAP", 1))
    in_transaction(lambda session: give_back(session, sent, SOAP=1))
    number = one(engine, "SELECT number FROM return_authorization")

    page = clerk.get(page_of(sent.order_id)).text

    for words in (
        f"Return {number}: goods inspected",
        f"Return {number}: authorized",
        "Ben",
        "Eva",
        "sealed",
    ):
        assert words in page


def test_postage_is_tried_again_by_those_who_handle_labels(
    clerk: Browser, supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 1))
    path = f"{page_of(sent.order_id)}/parcels/{sent.parcel_ids[0]}/postage"

    assert clerk.post(path, seen_on="/account/").status_code == 403
    answer = supervisor.post(path, seen_on="/account/")

    assert answer.status_code == 409
    assert "only a packed parcel needs postage" in answer.text


def test_why_this_warehouse_is_told_in_words(clerk: Browser, in_transaction: InTransaction) -> None:
    order_id = place(in_transaction, ("SOAP", 1))

    page = clerk.get(page_of(order_id)).text

    assert "Why this warehouse?" in page
    assert "The cheapest way to send it when the order came in." in page
    assert "The ways FO-100001 could go" in page


def test_what_waits_stands_below_the_box(
    clerk: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 1), ref="A")
    in_transaction(lambda session: give_back(session, sent, SOAP=1))
    held: Any = place(in_transaction, ("SOAP", 1), ref="B")
    clerk.post(f"{page_of(held)}/hold", seen_on="/account/", code="fraud", note="")

    page = clerk.get("/service/").text

    assert "Suspected fraud" in page
    assert one(engine, "SELECT number FROM refund") in page
