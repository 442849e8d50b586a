"""The returns dock: a slip is scanned, units come in, are graded, and the return is decided."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from fulfillment.accounts.roles import Role
from fulfillment.store.session import InTransaction
from tests.flows.goods_back import Sent, ask, come_back, send, set_up
from tests.web.test_floor_pages import one, words
from tests.web.visitors import Browser

SignIn = Callable[[Role], Browser]


@pytest.fixture
def sent(in_transaction: InTransaction) -> Sent:
    """An order of soap and pills that its buyer has."""
    in_transaction(set_up)
    return in_transaction(lambda session: send(session, ("SOAP", 3), ("PILLS", 2)))


def authorize(in_transaction: InTransaction, sent: Sent, sku: str, qty: int) -> uuid.UUID:
    wanted: dict[str, Any] = {sku: qty}
    return in_transaction(lambda session: ask(session, sent, **wanted)).return_id


def test_a_slip_opens_its_return_and_its_units_come_in(
    sent: Sent, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    return_id = authorize(in_transaction, sent, "SOAP", 2)
    number = one(in_transaction, "SELECT number FROM return_authorization")
    floor = signed_in(Role.WAREHOUSE)
    assert number in words(floor.get("/returns-dock/"))

    found = floor.get(f"/returns-dock/?code={number.lower()}")
    assert found.headers["Location"] == f"/returns-dock/{return_id}"
    answer = floor.post(f"/returns-dock/{return_id}/units", code="SOAP", qty="1")

    page = words(floor.get(answer.headers["Location"]))
    assert "1 of SOAP came in; 1 more are announced." in page
    assert "Sealed Opened Damaged" in page


def test_what_is_not_announced_is_refused_by_name(
    sent: Sent, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    return_id = authorize(in_transaction, sent, "SOAP", 2)
    floor = signed_in(Role.WAREHOUSE)

    other = floor.post(f"/returns-dock/{return_id}/units", code="PILLS", qty="1")
    unknown = floor.post(f"/returns-dock/{return_id}/units", code="GLUE", qty="1")

    assert (other.status_code, unknown.status_code) == (422, 404)
    assert "PILLS is not part of return" in words(other)
    assert "Nothing is known by the code GLUE. Set it aside." in words(unknown)
    assert "There is no return RMA-9" in words(floor.get("/returns-dock/?code=RMA-9"))


def test_graded_units_go_where_they_may_and_the_last_one_decides_the_return(
    sent: Sent, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    return_id = authorize(in_transaction, sent, "SOAP", 2)
    in_transaction(partial(come_back, return_id=return_id, SOAP=2))
    line_id = one(in_transaction, "SELECT id FROM return_line")
    floor = signed_in(Role.WAREHOUSE)
    fields = {"return_line_id": str(line_id), "grade": "sealed", "disposition": "restock"}

    floor.post(f"/returns-dock/{return_id}/inspections", **fields, qty="1")
    answer = floor.post(f"/returns-dock/{return_id}/inspections", **fields, qty="1")

    page = words(floor.get(answer.headers["Location"]))
    assert "1 graded: Sealed. Back to stock." in page
    assert one(in_transaction, "SELECT state FROM return_authorization") == "decided"
    refused = floor.post(f"/returns-dock/{return_id}/inspections", **fields, qty="1")
    assert refused.status_code == 409


def test_a_supplement_cannot_be_sent_back_to_stock(
    sent: Sent, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    return_id = authorize(in_transaction, sent, "PILLS", 1)
    in_transaction(partial(come_back, return_id=return_id, PILLS=1))
    line_id = one(in_transaction, "SELECT id FROM return_line")
    floor = signed_in(Role.WAREHOUSE)
    page = floor.get(f"/returns-dock/{return_id}")
    assert "Supplement: never straight back to stock" in words(page)
    assert 'value="restock"' not in page.text

    refused = floor.post(
        f"/returns-dock/{return_id}/inspections",
        return_line_id=str(line_id),
        grade="sealed",
        disposition="restock",
        qty="1",
    )

    assert refused.status_code == 422
    assert "A returned supplement cannot go to restock" in words(refused)


def test_an_undelivered_parcel_becomes_a_return_that_is_here(
    signed_in: SignIn, in_transaction: InTransaction
) -> None:
    in_transaction(set_up)
    in_transaction(lambda session: send(session, ("SOAP", 1), is_delivered=False))
    number = one(in_transaction, "SELECT number FROM parcel")
    floor = signed_in(Role.WAREHOUSE)

    answer = floor.post("/returns-dock/parcels", number=number)

    assert "Grade what is in it." in words(floor.get(answer.headers["Location"]))
    again = floor.post("/returns-dock/parcels", number=number)
    assert again.status_code == 409
