"""The API's own mechanics, shown on a resource made for it."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from flask_openapi3.openapi import OpenAPI
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.core.errors import ConflictError
from fulfillment.runtime import make_runtime
from fulfillment.store import audit_trail
from fulfillment.store.columns import table_of
from fulfillment.store.session import InTransaction
from fulfillment.store.tables import AuditEntry
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageOut, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from tests.web.conftest import KEY
from tests.web.visitors import Program

ENTRY = table_of(AuditEntry)


class NewNote(ApiModel):
    """A note to write."""

    words: str = Field(max_length=20)


class NoteOut(ApiModel):
    """A note."""

    words: str


class NotePage(PageOut):
    """Some notes."""

    items: list[NoteOut]


def write_note(session: Session, words: str) -> NoteOut:
    if words == "refused":
        raise ConflictError("Not this one.")
    audit_trail.record(session, actor=viewer().actor, deed=words, object_kind="note", object_id="1")
    return NoteOut(words=words)


def list_rows(session: Session, after: int, limit: int) -> list[tuple[int, str]]:
    statement = (
        sa.select(ENTRY.c.seq, ENTRY.c.deed)
        .where(ENTRY.c.seq > after, ENTRY.c.object_kind == "note")
        .order_by(ENTRY.c.seq)
        .limit(limit)
    )
    return [(seq, deed) for seq, deed in session.execute(statement)]


def add_notes(app: OpenAPI) -> None:
    blueprint = api_blueprint("notes", "Notes")

    @blueprint.post("/notes", responses={201: NoteOut})
    @allowed(Permission.WRITE_ORDERS)
    def create_note(header: WriteHeader, body: NewNote) -> Response:
        """Write a note."""
        return answer_once(lambda session: (201, write_note(session, body.words)))

    @blueprint.get("/notes", responses={200: NotePage})
    @allowed(Permission.READ_ORDERS)
    def list_notes(query: PageQuery) -> Response:
        """List the notes."""
        after = read_cursor(query.cursor)
        rows = read(lambda session: list_rows(session, int(after[0] or 0) if after else 0, query.limit + 1))
        page = page_of(rows, limit=query.limit, key=lambda row: (row[0],))
        items = [NoteOut(words=words) for _, words in page.rows]
        return answer(NotePage(items=items, next_cursor=page.next_cursor))

    app.register_api(blueprint)
    app.spec_json = {}
    app.extensions["openapi_document"] = app.api_doc


@pytest.fixture
def app(make_settings: Callable[..., Settings]) -> Iterator[Flask]:
    runtime = make_runtime(make_settings(secret_key=KEY), application_name="tests-web")
    app = create_app(runtime)
    add_notes(app)
    yield app
    runtime.close()


@pytest.fixture
def shop(program: Callable[..., Program]) -> Program:
    return program("orders:read", "orders:write")


def count_notes(in_transaction: InTransaction) -> int:
    statement = sa.select(sa.func.count()).where(ENTRY.c.object_kind == "note")
    found: int = in_transaction(lambda session: session.execute(statement).scalar_one())
    return found


def test_the_same_key_gets_the_same_answer_and_one_effect(
    shop: Program, in_transaction: InTransaction
) -> None:
    first = shop.call("POST", "/api/v1/notes", key="key-00001", json={"words": "one"})
    second = shop.call("POST", "/api/v1/notes", key="key-00001", json={"words": "one"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json == {"words": "one"}
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert count_notes(in_transaction) == 1


def test_the_same_key_with_another_body_is_refused(shop: Program, in_transaction: InTransaction) -> None:
    shop.call("POST", "/api/v1/notes", key="key-00001", json={"words": "one"})

    answer = shop.call("POST", "/api/v1/notes", key="key-00001", json={"words": "two"})

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["code"] == "idempotency-key-reused"
    assert count_notes(in_transaction) == 1


def test_two_programs_may_use_one_key(
    shop: Program, program: Callable[..., Program], in_transaction: InTransaction
) -> None:
    shop.call("POST", "/api/v1/notes", key="key-00001", json={"words": "one"})

    program("orders:write").call("POST", "/api/v1/notes", key="key-00001", json={"words": "two"})

    assert count_notes(in_transaction) == 2


def test_a_refusal_is_remembered_under_its_key(shop: Program) -> None:
    first = shop.call("POST", "/api/v1/notes", key="key-00001", json={"words": "refused"})
    second = shop.call("POST", "/api/v1/notes", key="key-00001", json={"words": "refused"})

    assert (first.status_code, second.status_code) == (409, 409)
    assert second.content_type == "application/problem+json"
    assert first.json == second.json


@pytest.mark.parametrize("key", ["", "short", "x" * 201, "with blank", "ümlaut-key"])
def test_a_write_without_a_usable_key_is_refused(
    shop: Program, in_transaction: InTransaction, key: str
) -> None:
    headers = {"Authorization": f"Bearer {shop.token}", "Idempotency-Key": key.encode().decode("latin-1")}

    answer = shop.client.post("/api/v1/notes", json={"words": "one"}, headers=headers)

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["code"] == "invalid-input"
    assert count_notes(in_transaction) == 0


def test_what_does_not_fit_is_named_by_its_place_and_not_repeated(shop: Program) -> None:
    answer = shop.call("POST", "/api/v1/notes", json={"words": "x" * 21, "secret": "hunter2"})

    assert answer.status_code == 422
    assert answer.json is not None
    assert {error["pointer"] for error in answer.json["errors"]} == {"/words", "/secret"}
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"words=one", "application/x-www-form-urlencoded", 415),
        (b"", "text/plain", 415),
        (b"{", "application/json", 422),
        (b"null", "application/json", 422),
        (b"[1]", "application/json", 422),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    shop: Program, data: bytes, content_type: str, status: int
) -> None:
    answer = shop.call("POST", "/api/v1/notes", data=data, content_type=content_type)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_pages_follow_one_another_to_the_end(shop: Program) -> None:
    for number in range(5):
        shop.call("POST", "/api/v1/notes", json={"words": f"note {number}"})

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = shop.call("GET", f"/api/v1/notes?limit=2&cursor={cursor}").json
        assert page is not None
        seen += [item["words"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert seen == [f"note {number}" for number in range(5)]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=WzFd", "cursor=WzFd.x", "page=2"]
)
def test_a_page_that_cannot_be_is_refused(shop: Program, query: str) -> None:
    answer = shop.call("GET", f"/api/v1/notes?{query}")

    assert answer.status_code == 422


def test_the_document_tells_what_the_code_does(app: Flask) -> None:
    document = app.test_client().get("/api/openapi.json").json

    assert document is not None
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    post = document["paths"]["/api/v1/notes"]["post"]
    assert post["security"] == [{"bearer": []}]
    [key] = post["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    assert set(post["responses"]) >= {"201", "401", "403", "409", "415", "422"}
    assert list(post["responses"]["422"]["content"]) == ["application/problem+json"]
    assert document["components"]["schemas"]["NewNote"]["additionalProperties"] is False
    assert "Problem" in document["components"]["schemas"]


def test_a_models_schema_is_computed_once() -> None:
    assert PageQuery.model_json_schema() is PageQuery.model_json_schema()
    assert PageQuery.model_json_schema() is not NotePage.model_json_schema()
