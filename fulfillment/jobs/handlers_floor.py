"""Jobs of the floor: backorders, waves, lots, imports and the audit. Each only calls its flow."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeVar

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.core.errors import FulfillmentError, UnavailableError
from fulfillment.flows.expire_lots import expire_lots
from fulfillment.flows.fill_backorders import fill_backorders
from fulfillment.flows.import_file import ImportedFile, import_file
from fulfillment.flows.release_wave import release_wave
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.runs import read_file
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.observability import get_logger
from fulfillment.reads.audit import audit_books
from fulfillment.store.session import InTransaction, read_only

T = TypeVar("T")
LOG = get_logger(__name__)

WAVES_PER_JOB: Final = 50
"""A job that released for ever would never end while orders keep coming; the next one goes on."""


def fill(context: JobContext) -> None:
    """Waiting orders are promised what is free."""
    outcome = fill_backorders(context.in_transaction, _snapshot(context), actor=context.actor)
    _finish(context, filled=outcome.moved, skipped=outcome.skipped)


def release(context: JobContext) -> None:
    """Everything promised at the warehouse is on the floor, in waves of the company's size."""
    policy = context.runtime.policy
    waves: list[str] = []
    for _ in range(int(context.payload.get("waves", WAVES_PER_JOB))):
        released = context.in_transaction(
            partial(
                release_wave,
                warehouse_code=context.payload["warehouse_code"],
                actor=context.actor,
                max_orders=policy.wave_max_orders,
            )
        )
        if released.number is None:
            break
        waves.append(released.number)
    _finish(context, waves=waves)


def expire(context: JobContext) -> None:
    """Lots whose time has come are not sold any more."""

    def work(session: Session) -> None:
        losses = expire_lots(session, actor=context.actor)
        context.finish(
            session, result={"lots": len(losses), "short": sum(len(loss.short) for loss in losses)}
        )

    context.in_transaction(work)


def import_upload(context: JobContext) -> None:
    """Every row of an uploaded file has its outcome; a file that cannot be read is nobody's second try."""
    payload = context.payload
    content = context.in_transaction(partial(read_file, sha256=payload["file_sha256"]))
    try:
        report = import_file(
            context.in_transaction,
            file=ImportedFile(payload["name"], content),
            kind=FileKind(payload["kind"]),
            profile_name=payload["profile"],
            actor=context.actor,
            policy=context.runtime.policy,
            retry_rejected=bool(payload.get("retry_rejected", False)),
        )
    except UnavailableError:
        # Another attempt goes on where this one stopped.
        raise
    except FulfillmentError as refusal:
        reason = refusal.message
        context.in_transaction(lambda session: context.bury(session, reason=reason))
        return
    _finish(context, run_id=str(report.run_id), rows=dict(report.rows))


def audit(context: JobContext) -> None:
    """The books are checked; what does not hold is logged as an error and stands in the job's result."""
    report = _snapshot(context)(audit_books)
    for violation in report.named:
        LOG.error("audit_violation", rule=violation.rule, subject=violation.subject)
    rules = sorted({violation.rule for violation in report.named})
    _finish(context, rules=report.rules, violations=report.violations, broken=rules)


def _snapshot(context: JobContext) -> InTransaction:
    """Reads of one moment, on no transaction of the job's own."""

    def run(work: Callable[[Session], T]) -> T:
        return read_only(context.runtime.engine, work)

    return run


def _finish(context: JobContext, **result: object) -> None:
    context.in_transaction(lambda session: context.finish(session, result=result))


HANDLERS: Final[Mapping[str, Handler]] = {
    job_kinds.FILL_BACKORDERS: fill,
    job_kinds.RELEASE_WAVES: release,
    job_kinds.EXPIRE_LOTS: expire,
    job_kinds.IMPORT_FILE: import_upload,
    job_kinds.AUDIT: audit,
}
