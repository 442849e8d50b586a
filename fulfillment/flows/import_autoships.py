"""A file of due orders enters an autoship run, read by the same profiles as any file of orders.

The order's reference is the subscription, and its order date the day since when the subscription runs. Every
row ends in exactly one outcome; a crash between chunks loses nothing and repeats nothing.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.distributors.queries import find_members
from fulfillment.flows.enter_autoships import DueRow, enter_due_orders
from fulfillment.flows.import_file import ImportedFile, read_lookups, write_work
from fulfillment.flows.import_orders import make_request
from fulfillment.flows.import_work import ImportContext, Work, accepted_record, refusal_record
from fulfillment.imports.classifying import classify_rows
from fulfillment.imports.grouping import OrderPlan, PlannedOrder, plan_orders
from fulfillment.imports.outcomes import FileKind, RowFinding, RowOutcome
from fulfillment.imports.profile_files import load_profile
from fulfillment.imports.queries import ImportReport, read_report
from fulfillment.imports.readers import read_table
from fulfillment.imports.runs import FileFacts, RowRecord, finish_run, register_run
from fulfillment.orders.autoship_runs import get_run
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction

ORDERS_A_CHUNK = 1_000
SETTLED_A_CHUNK = 2_000

Progress = Callable[[int, int], None]
"""Called with the rows that have an outcome and with all rows."""


@dataclass(frozen=True)
class _File:
    """The file as its profile sees it."""

    facts: FileFacts
    plan: OrderPlan
    context: ImportContext


def import_due_orders(
    in_transaction: InTransaction,
    *,
    run_id: uuid.UUID,
    file: ImportedFile,
    profile_name: str,
    actor: Actor,
    policy: CompanyPolicy,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Every row of the file has its outcome in this run; the same file again changes nothing.

    Raises:
        NotFoundError: there is no such run or profile.
        ConflictError: the run collects no more.
        InvalidInputError: the profile maps no orders, or the file cannot be read as it needs.
    """
    number = in_transaction(lambda session: get_run(session, run_id=run_id)).number
    read = _read(file, profile_name, number, run_id=run_id, actor=actor, policy=policy)
    registered = in_transaction(lambda session: register_run(session, facts=read.facts, actor=actor))
    if registered.is_done:
        report = in_transaction(lambda session: read_report(session, run_id=registered.run_id))
        return replace(report, is_repeat=True)
    done = 0
    for work in _all_work(read):
        write_work(in_transaction, work=work, run_id=registered.run_id)
        done += len(work.line_nos)
        if on_progress is not None:
            on_progress(done, read.facts.rows_total)
    return in_transaction(lambda session: _finish(session, registered.run_id))


def _read(
    file: ImportedFile,
    profile_name: str,
    number: str,
    *,
    run_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
) -> _File:
    profile = load_profile(profile_name)
    mapping = profile.mapping_of(FileKind.ORDERS)
    table = read_table(
        file.content, encoding=profile.encoding, delimiter=profile.delimiter, sheet=profile.sheet
    )
    classified = classify_rows(table, mapping, lookups=read_lookups(mapping, file.beside))
    facts = FileFacts(
        kind=FileKind.ORDERS,
        # One file may be entered in the run of another period, or imported as orders.
        profile=f"{profile.name} {number}",
        sha256=table.file_sha256,
        name=file.name,
        rows_total=len(table.rows),
        encoding=table.encoding,
        delimiter=table.delimiter,
        unused_columns=classified.unused_columns,
    )
    context = ImportContext(run_id=run_id, profile=profile.name, mapping=mapping, actor=actor, policy=policy)
    return _File(facts, plan_orders(classified, mapping), context)


def _all_work(read: _File) -> Iterator[Work]:
    settled = [*read.plan.settled, *(_no_return(kept.row.line_no) for kept in read.plan.return_rows)]
    for first in range(0, len(settled), SETTLED_A_CHUNK):
        yield _settled(settled[first : first + SETTLED_A_CHUNK])
    for first in range(0, len(read.plan.orders), ORDERS_A_CHUNK):
        yield _dues(read.plan.orders[first : first + ORDERS_A_CHUNK], read.context)


def _no_return(line_no: int) -> RowFinding:
    sentence = "A due order takes nothing back; import returns as orders."
    return RowFinding(line_no, RowOutcome.REJECTED, "return-row", sentence)


def _settled(findings: Sequence[RowFinding]) -> Work:
    def write(_: Session, recorded: set[int]) -> list[RowRecord]:
        return [RowRecord(finding) for finding in findings if finding.line_no not in recorded]

    return Work(tuple(finding.line_no for finding in findings), write)


def _dues(orders: Sequence[PlannedOrder], context: ImportContext) -> Work:
    def write(session: Session, recorded: set[int]) -> list[RowRecord]:
        fresh = [order for order in orders if not recorded.intersection(order.line_nos)]
        return _enter(session, fresh, context)

    return Work(tuple(line_no for order in orders for line_no in order.line_nos), write)


def _enter(session: Session, orders: Sequence[PlannedOrder], context: ImportContext) -> list[RowRecord]:
    """The chunk's orders are due orders of the run, or refused one by one."""
    records: list[RowRecord] = []
    members = _find_members(session, orders, context)
    asked: list[tuple[PlannedOrder, DueRow]] = []
    for order in orders:
        try:
            asked.append((order, _due_row(order, context, members)))
        except InvalidInputError as error:
            records.extend(
                refusal_record(error, line_no=line_no, group_ref=order.order_ref)
                for line_no in order.line_nos
            )
    if not asked:
        return records
    page = enter_due_orders(
        session,
        run_id=context.run_id,
        rows=[row for _, row in asked],
        actor=context.actor,
        policy=context.policy,
    )
    refused = {each.row: each for each in page.refused}
    repeated = set(page.repeated_rows)
    for number, (order, _) in enumerate(asked):
        for line_no in order.line_nos:
            if number in refused:
                why = refused[number]
                finding = RowFinding(line_no, RowOutcome.REJECTED, why.code, why.sentence, order.order_ref)
                records.append(RowRecord(finding))
            else:
                records.append(
                    accepted_record(
                        line_no=line_no,
                        group_ref=order.order_ref,
                        code="entered-before" if number in repeated else "due-order",
                        object_kind="autoship_order",
                        object_ref=order.order_ref,
                    )
                )
    return records


def _find_members(
    session: Session, orders: Sequence[PlannedOrder], context: ImportContext
) -> Mapping[str, str | None]:
    """The member number of each order's buyer; a stranger is a guest where the profile says so."""
    named = {order.header.member for order in orders if order.header.member}
    if context.mapping.unknown_members == "reject":
        return {number: number for number in named}
    known = find_members(session, numbers=named)
    return {number: number if number in known else None for number in named}


def _due_row(order: PlannedOrder, context: ImportContext, members: Mapping[str, str | None]) -> DueRow:
    member = members.get(order.header.member) if order.header.member else None
    request = make_request(order, context, member=member)
    since = request.ordered_at.date() if request.ordered_at else None
    return DueRow(order.order_ref, replace(request, ordered_at=None, tenders=()), since)


def _finish(session: Session, run_id: uuid.UUID) -> ImportReport:
    finish_run(session, run_id=run_id, now=read_now(session))
    return read_report(session, run_id=run_id)
