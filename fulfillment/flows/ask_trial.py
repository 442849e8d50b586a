"""A what-if is asked for, and a job answers it: a plan of the day as it would be after some changes."""

import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.ids import new_id
from fulfillment.core.job_kinds import TRY_ROUTE
from fulfillment.flows.route_report import RouteReport
from fulfillment.flows.try_plan import try_plan
from fulfillment.flows.what_if import Change, change_rows, check_changes
from fulfillment.orders.route_tables import RoutePlan
from fulfillment.routing.apart import Planner, plan_apart
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction

PLAN = table_of(RoutePlan)
ASKED: Final = "asked"


def ask_trial(
    session: Session,
    *,
    changes: Sequence[Change],
    actor: Actor,
    plan_id: uuid.UUID | None = None,
    time_limit_s: float | None = None,
) -> uuid.UUID:
    """A job will plan the day after these changes, on a copy; returns the id its plan will have.

    It looks for as long as any run does, unless a limit is given.

    Raises:
        InvalidInputError: some change cannot be tried; `errors` says which.
    """
    check_changes(session, changes=changes)
    plan_id = plan_id or new_id()
    told = [change.as_json() for change in changes]
    payload: dict[str, Any] = {"plan_id": str(plan_id), "changes": told}
    if time_limit_s is not None:
        payload["time_limit_s"] = time_limit_s
    enqueue(session, kind=TRY_ROUTE, payload=payload, key=str(plan_id))
    record(
        session,
        actor=actor,
        deed="route.trial_asked",
        object_kind="route_plan",
        object_id=plan_id,
        detail={"changes": told},
    )
    return plan_id


def answer_trial(
    in_transaction: InTransaction,
    snapshot: InTransaction,
    *,
    payload: Mapping[str, Any],
    time_limit_s: float = 60.0,
    workers: int = 1,
    planner: Planner = plan_apart,
) -> RouteReport | None:
    """The history holds the trial that was asked for; None where an earlier worker had begun it and died.

    A problem that cannot be built is an answer as well: the history says what is wrong.
    """
    plan_id = uuid.UUID(payload["plan_id"])
    if snapshot(partial(_has_begun, plan_id=plan_id)):
        return None
    changes = [Change.from_json(told) for told in payload["changes"]]
    try:
        return try_plan(
            in_transaction,
            snapshot,
            trigger=ASKED,
            time_limit_s=float(payload.get("time_limit_s", time_limit_s)),
            workers=workers,
            changes=payload["changes"],
            alter=partial(change_rows, changes=changes),
            plan_id=plan_id,
            planner=planner,
        )
    except InvalidInputError as refusal:
        return RouteReport(plan_id, 0, note=refusal.message)


def _has_begun(session: Session, *, plan_id: uuid.UUID) -> bool:
    found = sa.select(sa.exists().where(PLAN.c.id == plan_id))
    return bool(session.connection().execute(found).scalar_one())
