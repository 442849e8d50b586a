"""Labels: listed, downloaded to be printed, and given up."""

import uuid

from flask import Response, make_response
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import PostageState
from fulfillment.flows.give_up_postage import start_void
from fulfillment.flows.try_postage import fetch_label_again
from fulfillment.reads.parcel_documents import list_labels_page, read_label
from fulfillment.shipping.postage import find_document
from fulfillment.web.access import allowed
from fulfillment.web.api.parcel_models import LabelOut, LabelPage, ReasonIn
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("labels", N_("Labels"))

EXTENSIONS = {"application/pdf": "pdf", "image/png": "png", "application/zpl": "zpl"}


class LabelPath(ApiModel):
    """Which label."""

    label_id: uuid.UUID


class LabelQuery(PageQuery):
    """Which labels."""

    state: PostageState | None = None


@blueprint.get("/labels", responses={200: LabelPage})
@allowed(Permission.READ_SHIPPING)
def find_labels(query: LabelQuery) -> Response:
    """List purchases of postage, the newest first."""
    after = read_cursor(query.cursor)
    rows = read(
        lambda session: list_labels_page(
            session,
            state=query.state,
            after=uuid.UUID(str(after[0])) if after else None,
            limit=query.limit + 1,
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row.id),))
    items = [LabelOut.of_label(row) for row in page.rows]
    return answer(LabelPage(items=items, next_cursor=page.next_cursor))


@blueprint.get("/labels/<uuid:label_id>", responses={200: LabelOut})
@allowed(Permission.READ_SHIPPING)
def get_label(path: LabelPath) -> Response:
    """Read one purchase of postage."""
    return answer(LabelOut.of_label(read(lambda session: read_label(session, postage_id=path.label_id))))


@blueprint.get(
    "/labels/<uuid:label_id>/file",
    responses={200: {"description": "the label as the carrier gave it", "content": {"application/pdf": {}}}},
)
@allowed(Permission.WRITE_LABELS)
def get_label_file(path: LabelPath) -> Response:
    """Download a label to print it."""

    def find(session: Session) -> tuple[str, bytes, str]:
        label = read_label(session, postage_id=path.label_id)
        document = find_document(session, postage_id=path.label_id)
        if document is None:
            raise NotFoundError("The label's file has not come from the carrier yet.", state=label.state)
        return document.media_type, document.content, label.parcel_number or str(label.id)

    media_type, content, name = read(find)
    response = make_response(content)
    response.content_type = media_type
    response.headers["Content-Disposition"] = f'inline; filename="{name}.{EXTENSIONS.get(media_type, "bin")}"'
    return response


@blueprint.post("/labels/<uuid:label_id>/void", responses={202: LabelOut})
@allowed(Permission.WRITE_LABELS)
def void(header: WriteHeader, path: LabelPath, body: ReasonIn) -> Response:  # noqa: ARG001 - documents the header
    """Give up a label that is not used: its price is asked back, and its parcel may have another."""

    def give_up(session: Session) -> tuple[int, LabelOut]:
        start_void(session, postage_id=path.label_id, reason=body.reason, actor=viewer().actor)
        return 202, LabelOut.of_label(read_label(session, postage_id=path.label_id))

    return answer_once(give_up)


@blueprint.post("/labels/<uuid:label_id>/fetch", responses={202: LabelOut})
@allowed(Permission.WRITE_LABELS)
def fetch_again(header: WriteHeader, path: LabelPath) -> Response:  # noqa: ARG001 - documents the header
    """Fetch a label's file once more."""

    def ask(session: Session) -> tuple[int, LabelOut]:
        fetch_label_again(session, postage_id=path.label_id, actor=viewer().actor)
        return 202, LabelOut.of_label(read_label(session, postage_id=path.label_id))

    return answer_once(ask)
