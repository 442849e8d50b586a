"""The comparison with the outside parties, by the clock and by `fulfillment reconcile`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from fulfillment.core import job_kinds
from fulfillment.flows.reconcile_postage import LOOK_BACK, reconcile_postage
from fulfillment.flows.reconcile_refunds import reconcile_refunds
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.runtime import Runtime
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction

Comparison = Callable[[Runtime, InTransaction, Actor], dict[str, Any]]
"""Compares one kind of books; its answer holds `differences`, and by name what they are."""


def compare_postage(runtime: Runtime, in_transaction: InTransaction, actor: Actor) -> dict[str, Any]:
    """Our labels against the carrier's."""
    report = reconcile_postage(in_transaction, runtime.carrier, actor=actor, policy=runtime.policy)
    return {"differences": report.differences, **asdict(report)}


def compare_refunds(runtime: Runtime, in_transaction: InTransaction, actor: Actor) -> dict[str, Any]:
    """Our refunds against the payment providers'."""
    since = in_transaction(read_now) - LOOK_BACK
    report = reconcile_refunds(
        in_transaction, runtime.gateways, since=since, actor=actor, policy=runtime.policy
    )
    return {
        "differences": len(report.differences),
        "compared": report.compared,
        "found": [f"{each.kind} {each.words}" for each in report.differences],
    }


COMPARISONS: Final[Mapping[str, Comparison]] = {"postage": compare_postage, "refunds": compare_refunds}
"""Every kind of books that somebody outside keeps too."""


def reconcile(context: JobContext) -> None:
    """Each kind of books was compared; what differs stands in the job's result and in the audit trail."""
    found = {
        name: compare(context.runtime, context.in_transaction, context.actor)
        for name, compare in COMPARISONS.items()
    }
    context.in_transaction(lambda session: context.finish(session, result=found))


HANDLERS: Final[Mapping[str, Handler]] = {job_kinds.RECONCILE: reconcile}
