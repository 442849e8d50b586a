"""Picks: scans as devices make them, one at a time or as the journal of a device that was offline.

A scan that does not fit (wrong bin, wrong item, too many, twice) is an answer and no error: 200 with
`is_accepted` false, an outcome, and a sentence that names what was scanned and what is wanted.
"""

import uuid
from datetime import datetime
from typing import Annotated, Any

from flask import Response, request
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.flows.pick import (
    MAX_CODE_LENGTH,
    MAX_QTY,
    ScanAnswer,
    ScanRequest,
    apply_journal,
    apply_scan,
)
from fulfillment.reads.pick_scans import BookedScan, list_scans
from fulfillment.store.idempotency import Answer, fingerprint_of, run_once
from fulfillment.warehouse.scanning import Outcome
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer, write
from fulfillment.web.idempotent import answer_once, asked_key
from fulfillment.web.models import ApiModel, PageOut, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("picks", N_("Picks"))

MAX_JOURNAL = 200
"""Scans in one call: ten minutes of a quick picker, answered within a second or two."""


class ScanIn(ApiModel):
    """One scan. Its `scan_id` is made on the device and never used again."""

    scan_id: uuid.UUID
    wave_id: uuid.UUID
    code: str = Field(
        min_length=1,
        max_length=MAX_CODE_LENGTH,
        pattern=r"^[^\x00]+$",
        description="as the scanner read it; the group separator of a GS1 code as U+001D",
    )
    qty: int = Field(1, ge=1, le=MAX_QTY, description="multiplies the units the code stands for")
    task_id: uuid.UUID | None = Field(
        None, description="the task the device showed; the picker's next one if left out"
    )
    device_id: str = Field("", max_length=64, pattern=r"^[^\x00]*$")
    device_sequence: int = Field(0, ge=0, le=2**53, description="the device counts its scans from 1")
    scanned_at: datetime | None = None

    def as_request(self) -> ScanRequest:
        """The scan as the flow takes it."""
        return ScanRequest(**{name: getattr(self, name) for name in ScanIn.model_fields})


class JournalIn(ApiModel):
    """Scans in any order; each device's are booked in the order of its sequence."""

    scans: Annotated[list[ScanIn], Field(min_length=1, max_length=MAX_JOURNAL)]


class ScanOut(ApiModel):
    """What became of a scan; `parameters` are what the message names."""

    scan_id: uuid.UUID
    outcome: Outcome
    is_accepted: bool
    message: str
    parameters: dict[str, str | int]
    task_id: uuid.UUID | None
    is_wave_done: bool


class RefusalOut(ApiModel):
    """Why a scan could not be booked at all."""

    code: str
    message: str
    detail: dict[str, Any]


class JournalEntryOut(ApiModel):
    """One scan of the journal with its answer, or why there is none."""

    scan_id: uuid.UUID
    answer: ScanOut | None
    refusal: RefusalOut | None


class JournalOut(ApiModel):
    """The answers, in the order the scans were sent."""

    scans: list[JournalEntryOut]


class BookedScanOut(ApiModel):
    """A scan as it was booked."""

    scan_id: uuid.UUID
    wave_id: uuid.UUID | None
    task_id: uuid.UUID | None
    device_id: str
    device_sequence: int
    code: str
    outcome: str
    actor: str
    scanned_at: datetime
    received_at: datetime


class BookedScanPage(PageOut):
    """Some scans, in the order they came in."""

    items: list[BookedScanOut]


class ScanQuery(PageQuery):
    """Which scans."""

    wave_id: uuid.UUID | None = None


@blueprint.get("/picks", responses={200: BookedScanPage})
@allowed(Permission.WRITE_PICKS)
def find_scans(query: ScanQuery) -> Response:
    """List scans with their outcomes, the oldest first."""
    after = read_cursor(query.cursor)
    seen = (datetime.fromisoformat(str(after[0])), uuid.UUID(str(after[1]))) if after else None
    rows = read(lambda session: list_scans(session, limit=query.limit + 1, wave_id=query.wave_id, after=seen))
    page = page_of(rows, limit=query.limit, key=_scan_key)
    items = [BookedScanOut.of(row) for row in page.rows]
    return answer(BookedScanPage(items=items, next_cursor=page.next_cursor))


@blueprint.post("/picks", responses={200: ScanOut})
@allowed(Permission.WRITE_PICKS)
def book_scan(header: WriteHeader, body: ScanIn) -> Response:  # noqa: ARG001 - documents the header
    """Book one scan. The same `scan_id` again gets the same answer, under whatever key it comes."""

    def book(session: Session) -> tuple[int, ScanOut]:
        made = apply_scan(session, request=body.as_request(), actor=viewer().actor, policy=runtime().policy)
        return 200, scan_out(made)

    return answer_once(book)


@blueprint.post("/picks/journal", responses={200: JournalOut})
@allowed(Permission.WRITE_PICKS)
def book_journal(header: WriteHeader, body: JournalIn) -> Response:  # noqa: ARG001 - documents the header
    """Book what a device kept while it was offline, each scan for itself and once, in the device's order."""
    require_distinct(body)
    write(_bind_key)
    answers = apply_journal(
        runtime().in_transaction,
        requests=[scan.as_request() for scan in body.scans],
        actor=viewer().actor,
        policy=runtime().policy,
    )
    entries = [_entry(scan.scan_id, made) for scan, made in zip(body.scans, answers, strict=True)]
    return answer(JournalOut(scans=entries))


def require_distinct(body: JournalIn) -> None:
    """No two scans of the journal have one id.

    Raises:
        InvalidInputError: two have; the device must give each an id of its own.
    """
    ids = [scan.scan_id for scan in body.scans]
    if len(set(ids)) != len(ids):
        raise InvalidInputError("Two scans of the journal have the same scan_id; give each one of its own.")


def scan_out(made: ScanAnswer) -> ScanOut:
    """The answer to one scan."""
    return ScanOut(**{name: getattr(made, name) for name in ScanOut.model_fields})


def _entry(scan_id: uuid.UUID, made: ScanAnswer | FulfillmentError) -> JournalEntryOut:
    if isinstance(made, ScanAnswer):
        return JournalEntryOut(scan_id=scan_id, answer=scan_out(made), refusal=None)
    refusal = RefusalOut(code=made.code, message=made.message, detail=made.detail)
    return JournalEntryOut(scan_id=scan_id, answer=None, refusal=refusal)


def _bind_key(session: Session) -> None:
    """The key belongs to this journal and no other; the scans' own ids make each of them once.

    One transaction around all scans would hold the stock's rows for as long as the whole journal takes.
    """
    run_once(
        session,
        actor_key=viewer().actor.key,
        key=asked_key(),
        fingerprint=fingerprint_of(request.method, request.full_path, request.get_data()),
        work=lambda: Answer(200, {}),
    )


def _scan_key(row: BookedScan) -> tuple[str, str]:
    return row.received_at.isoformat(), str(row.scan_id)
