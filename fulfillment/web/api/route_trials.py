"""What-ifs of the planner: the day planned on a copy, as it would be after some changes."""

import uuid
from datetime import time
from typing import Final, Self

from flask import Response
from pydantic import Field, model_validator
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.flows.ask_trial import ask_trial
from fulfillment.flows.what_if import MOST_CHANGES, MOST_UNITS, Change, ChangeKind
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import api_blueprint
from fulfillment.web.context import viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, WriteHeader
from fulfillment.web.words import N_

blueprint = api_blueprint("route_trials", N_("Routing"))

LONGEST_S = 300.0
LOCAL_TIME: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
"""Without an offset, which a time of a schema must have."""
NEEDED: Final = {
    ChangeKind.CLOSE: frozenset[str](),
    ChangeKind.OPEN: frozenset[str](),
    ChangeKind.ADD_STOCK: frozenset({"sku", "qty"}),
    ChangeKind.CAPACITY: frozenset({"qty"}),
    ChangeKind.CUTOFF: frozenset({"at"}),
}


class ChangeIn(ApiModel):
    """A warehouse closed or open, more stock (sku, qty), parcels of today (qty), or another cut-off (at)."""

    kind: ChangeKind
    warehouse: str = Field(min_length=1, max_length=48)
    sku: str | None = Field(None, min_length=1, max_length=48)
    qty: int | None = Field(None, ge=0, le=MOST_UNITS, description="units, or parcels of today")
    at: str | None = Field(None, pattern=LOCAL_TIME, description="local time of the warehouse, such as 15:30")

    @property
    def local_time(self) -> time | None:
        """The cut-off as a time."""
        return None if self.at is None else time.fromisoformat(self.at)

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        given = {name for name in ("sku", "qty", "at") if getattr(self, name) is not None}
        needed = NEEDED[self.kind]
        if given != needed:
            words = ", ".join(sorted(needed)) or "nothing"
            raise ValueError(f"{self.kind.value} takes {words} beside the warehouse")
        return self


class TrialIn(ApiModel):
    """What to try; without changes the day is planned as it is, and nothing is moved either."""

    changes: list[ChangeIn] = Field(default_factory=list, max_length=MOST_CHANGES)
    time_limit_s: float | None = Field(None, gt=0, le=LONGEST_S, description="as any run if left out")


class TrialOut(ApiModel):
    """The plan that will hold the answer; read it under /route/plans as soon as it has begun."""

    plan_id: uuid.UUID


@blueprint.post("/route/trials", responses={202: TrialOut})
@allowed(Permission.WRITE_WAVES)
def start_trial(header: WriteHeader, body: TrialIn) -> Response:  # noqa: ARG001 - documents the header
    """Plan the day after some changes, on a copy: close a warehouse, add stock, set parcels or a cut-off."""
    changes = [
        Change(each.kind, each.warehouse, each.sku, each.qty or 0, each.local_time) for each in body.changes
    ]

    def ask(session: Session) -> tuple[int, TrialOut]:
        plan_id = ask_trial(session, changes=changes, actor=viewer().actor, time_limit_s=body.time_limit_s)
        return 202, TrialOut(plan_id=plan_id)

    return answer_once(ask)
