"""The business clock, which tests and simulations may move outside production."""

from datetime import datetime, timedelta
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import ForbiddenError, InvalidInputError
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import advance_clock, read_now, set_clock
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, WriteHeader
from fulfillment.web.words import N_

blueprint = api_blueprint("clock", N_("Clock"))

LONGEST_S = 366 * 24 * 3600


class ClockOut(ApiModel):
    """What the business clock shows. Leases of jobs follow the real one."""

    now: datetime


class ClockIn(ApiModel):
    """Either an instant to show from now on, or a span to run further ahead."""

    now: datetime | None = None
    advance_s: Annotated[int, Field(ge=0, le=LONGEST_S)] | None = None


@blueprint.get("/clock", responses={200: ClockOut})
@allowed(Permission.SET_CLOCK)
def get_clock() -> Response:
    """Read the business clock."""
    return answer(ClockOut(now=read(read_now)))


@blueprint.post("/clock", responses={200: ClockOut})
@allowed(Permission.SET_CLOCK)
def move_clock(header: WriteHeader, body: ClockIn) -> Response:  # noqa: ARG001 - documents the header
    """Move the business clock; refused in production."""

    def move(session: Session) -> tuple[int, ClockOut]:
        if runtime().settings.mode == "production":
            raise ForbiddenError("In production the clock shows the time and nothing else.")
        if (body.now is None) == (body.advance_s is None):
            raise InvalidInputError("Give either now or advance_s.")
        if body.now is not None:
            shown = set_clock(session, now=body.now)
        else:
            shown = advance_clock(session, by=timedelta(seconds=body.advance_s or 0))
        record(
            session,
            actor=viewer().actor,
            deed="clock.moved",
            object_kind="clock",
            object_id="business",
            detail={"now": shown.isoformat()},
        )
        return 200, ClockOut(now=shown)

    return answer_once(move)
