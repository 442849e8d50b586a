import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from fulfillment.accounts.roles import Role
from fulfillment.store.clock import advance_clock
from fulfillment.store.session import InTransaction
from tests.flows.goods_back import Sent, ask, give_back
from tests.web.desk_stories import ANOTHERS, one, open_house, place, send
from tests.web.visitors import Browser


@pytest.fixture
def her(in_transaction: InTransaction, signed_in: Callable[[Role], Browser]) -> Browser:
    in_transaction(open_house)
    return signed_in(Role.DISTRIBUTOR)


@pytest.fixture
def sent(in_transaction: InTransaction, her: Browser) -> Sent:
    return send(in_transaction, ("SOAP", 3), ref="HERS")


@pytest.fixture
def another(in_transaction: InTransaction, her: Browser) -> Sent:
    return send(in_transaction, ("SOAP", 1), ref="ANOTHERS", **ANOTHERS)


def test_she_is_brought_to_her_orders_and_sees_nobody_elses(her: Browser, sent: Sent, another: Sent) -> None:
    home, page = her.get("/"), her.get("/my/").text

    assert home.headers["Location"] == "/my/"
    assert f"/my/orders/{sent.order_id}" in page
    assert str(another.order_id) not in page


def test_her_search_finds_only_her_own(her: Browser, engine: Engine, sent: Sent, another: Sent) -> None:
    numbers = {
        order_id: one(engine, "SELECT number FROM customer_order WHERE id = :id", id=order_id)
        for order_id in (sent.order_id, another.order_id)
    }

    assert str(sent.order_id) in her.get(f"/my/?text={numbers[sent.order_id]}").text
    assert "Nothing found" in her.get(f"/my/?text={numbers[another.order_id]}").text
    assert str(another.order_id) not in her.get("/my/?text=Maria").text


def test_what_is_anothers_is_not_found_and_not_changed(
    her: Browser, engine: Engine, in_transaction: InTransaction, another: Sent
) -> None:
    foreign = in_transaction(lambda session: ask(session, another, SOAP=1)).return_id
    paths = [
        f"/my/orders/{another.order_id}",
        f"/my/orders/{another.order_id}/return",
        f"/my/orders/{another.order_id}/return?reason=unwanted",
        f"/my/returns/{foreign}",
        f"/my/returns/{foreign}/slip.pdf",
    ]

    seen = [her.get(path).status_code for path in paths]
    asked = her.post(
        f"/my/orders/{another.order_id}/return",
        reason="damaged",
        **{f"units_{another.lines['SOAP']}": "1"},
    )
    posted = her.post(f"/my/returns/{foreign}/posted", tracking_number="1Z")
    given_up = her.post(f"/my/returns/{foreign}/cancel")

    assert seen == [404] * len(paths)
    assert [asked.status_code, posted.status_code, given_up.status_code] == [404, 404, 404]
    assert one(engine, "SELECT count(*) FROM return_authorization") == 1
    assert one(engine, "SELECT state FROM return_authorization") == "authorized"
    assert str(foreign) not in her.get("/my/returns/").text


def test_an_order_shows_its_parcel_its_volume_and_the_public_page(
    her: Browser, engine: Engine, sent: Sent
) -> None:
    number, public_id = (
        one(engine, f"SELECT {column} FROM parcel")  # noqa: S608 - our own names
        for column in ("tracking_number", "public_id")
    )

    page = her.get(f"/my/orders/{sent.order_id}").text

    assert number in page
    assert f"/t/{public_id}" in page
    assert "15 BV" in page
    assert "Soap" in page
    assert "$30.00" in page


def test_an_order_on_hold_says_why_in_words(
    her: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    order_id = place(in_transaction, ("SOAP", 1), ref="H")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE customer_order SET state = 'held', hold_code = 'address', hold_note = 'ZIP is of TX'"
        )

    page = her.get(f"/my/orders/{order_id}").text

    assert "The address does not check" in page
    assert "ZIP is of TX" not in page


def test_the_rules_are_told_before_she_asks(her: Browser, sent: Sent) -> None:
    reasons = her.get(f"/my/orders/{sent.order_id}/return").text
    lines = her.get(f"/my/orders/{sent.order_id}/return?reason=damaged").text

    assert "It came damaged" in reasons
    assert "It was recalled" not in reasons
    assert "100 % of the price back" in lines
    assert "We pay for the way back." in lines


def test_a_return_is_answered_at_once_and_a_double_press_asks_once(
    her: Browser, engine: Engine, sent: Sent
) -> None:
    path = f"/my/orders/{sent.order_id}/return"
    fields = {
        "csrf_token": her.csrf("/my/"),
        "form_token": "one-press-000001",
        "reason": "damaged",
        "note": "The bottle leaks",
        f"units_{sent.lines['SOAP']}": "2",
    }

    first = her.client.post(path, data=fields)
    second = her.client.post(path, data=fields)
    page = her.get(first.headers["Location"]).text

    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert one(engine, "SELECT count(*) FROM return_authorization") == 1
    assert one(engine, "SELECT qty_requested FROM return_line") == 2
    assert one(engine, "SELECT requested_by LIKE 'user:%' FROM return_authorization") is True
    assert "You can send it back" in page
    assert "We pay for the way back." in page


@pytest.mark.parametrize(
    ("units", "refusal"),
    [
        ("4", (409, "3 can come back")),
        ("0", (422, "Choose at least one unit")),
        ("two", (422, "whole number")),
    ],
)
def test_what_cannot_come_back_is_said_on_the_same_page(
    her: Browser, engine: Engine, sent: Sent, units: str, refusal: tuple[int, str]
) -> None:
    status, words = refusal
    answer = her.post(
        f"/my/orders/{sent.order_id}/return",
        reason="unwanted",
        note="my note",
        **{f"units_{sent.lines['SOAP']}": units},
    )

    assert answer.status_code == status
    assert words in answer.text
    assert "my note" in answer.text
    assert one(engine, "SELECT count(*) FROM return_authorization") == 0


def test_a_refused_return_says_why_without_codes(
    her: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    late = send(in_transaction, ("SOAP", 1), ref="LATE", buyer_role="retail")
    in_transaction(lambda session: advance_clock(session, by=timedelta(days=40)))

    preview = her.get(f"/my/orders/{late.order_id}/return?reason=unwanted").text
    answer = her.post(
        f"/my/orders/{late.order_id}/return", reason="unwanted", **{f"units_{late.lines['SOAP']}": "1"}
    )
    page = her.get(answer.headers["Location"]).text

    assert "Nothing of this order can come back for this reason" in preview
    assert "The window ended on" in preview
    assert one(engine, "SELECT state FROM return_authorization") == "refused"
    assert "You cannot send this back" in page
    assert "The window ended on" in page
    assert "ds-customer-30" not in page


def test_the_slip_is_a_pdf_named_after_the_return(
    her: Browser, engine: Engine, in_transaction: InTransaction, sent: Sent
) -> None:
    answer = in_transaction(lambda session: ask(session, sent, SOAP=1))

    slip = her.get(f"/my/returns/{answer.return_id}/slip.pdf")

    assert slip.content_type == "application/pdf"
    assert slip.data.startswith(b"%PDF-")
    assert slip.headers["Content-Disposition"] == f'inline; filename="{answer.number}.pdf"'


def test_she_tells_that_it_is_on_its_way_and_can_then_not_give_it_up(
    her: Browser, engine: Engine, in_transaction: InTransaction, sent: Sent
) -> None:
    return_id = in_transaction(lambda session: ask(session, sent, SOAP=1)).return_id

    posted = her.post(f"/my/returns/{return_id}/posted", tracking_number="1Z999")
    given_up = her.post(f"/my/returns/{return_id}/cancel")

    assert posted.status_code == 302
    assert one(engine, "SELECT tracking_number FROM return_authorization") == "1Z999"
    assert given_up.status_code == 409
    assert "cannot become cancelled" in given_up.text
    assert one(engine, "SELECT state FROM return_authorization") == "in_transit"
    assert her.get(f"/my/returns/{return_id}/slip.pdf").status_code == 200


def test_she_keeps_it_after_all(
    her: Browser, engine: Engine, in_transaction: InTransaction, sent: Sent
) -> None:
    return_id = in_transaction(lambda session: ask(session, sent, SOAP=1)).return_id

    answer = her.post(f"/my/returns/{return_id}/cancel")

    assert answer.status_code == 302
    assert one(engine, "SELECT state FROM return_authorization") == "cancelled"
    assert her.get(f"/my/returns/{return_id}/slip.pdf").status_code == 409


def test_her_money_is_shown_with_the_return_the_order_and_the_list(
    her: Browser, in_transaction: InTransaction, engine: Engine, sent: Sent
) -> None:
    in_transaction(lambda session: give_back(session, sent, SOAP=1))
    return_id: uuid.UUID = one(engine, "SELECT id FROM return_authorization")

    pages = [her.get(path).text for path in (
        f"/my/orders/{sent.order_id}", f"/my/returns/{return_id}", "/my/returns/"
    )]  # fmt: skip

    assert all("$10.00" in page and "Proposed" in page for page in pages)


def test_pages_of_orders_follow_one_another(her: Browser, in_transaction: InTransaction) -> None:
    ids = [place(in_transaction, ("SOAP", 1), ref=f"P-{count}") for count in range(22)]

    first = her.get("/my/").text
    next_link = first.partition('rel="next"')[2].partition('href="')[2].partition('"')[0]
    second = her.get(next_link.replace("&amp;", "&")).text

    assert [str(order_id) in first for order_id in ids] == [False] * 2 + [True] * 20
    assert [str(order_id) in second for order_id in ids] == [True] * 2 + [False] * 20


def test_the_portal_is_for_distributors(
    in_transaction: InTransaction, signed_in: Callable[[Role], Browser]
) -> None:
    in_transaction(open_house)

    for role in (Role.WAREHOUSE, Role.SERVICE, Role.SUPERVISOR, Role.ADMIN):
        assert signed_in(role).get("/my/").status_code == 403
