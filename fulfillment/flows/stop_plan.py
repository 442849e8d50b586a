"""A running plan is told to stop; it hears of it within a second or two and moves nothing."""

import uuid

from sqlmodel import Session

from fulfillment.orders.route_plans import ask_stop
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now


def stop_plan(session: Session, *, plan_id: uuid.UUID, actor: Actor) -> bool:
    """The plan will end as cancelled with every order where it was; false where it had been told before.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it has ended, or its moves are being carried out already.
    """
    is_new = ask_stop(session, plan_id=plan_id, now=read_now(session))
    if is_new:
        record(session, actor=actor, deed="route.stopped", object_kind="route_plan", object_id=plan_id)
    return is_new
