"""A file is imported: read, sorted by the rules of its profile, and written chunk by chunk.

Each chunk is one transaction that holds its effects and its rows' outcomes, keyed by (file, line). A crash
between chunks loses nothing and repeats nothing; the next run of the same file goes on behind it.
"""

import csv
import io
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.import_orders import order_work
from fulfillment.flows.import_rows import row_work
from fulfillment.flows.import_work import ImportContext, Work
from fulfillment.imports.classifying import ClassifiedTable, LookupTables, classify_rows
from fulfillment.imports.outcomes import FileKind, RowFinding
from fulfillment.imports.profile_files import load_profile
from fulfillment.imports.profiles import FileMapping, Profile
from fulfillment.imports.queries import ImportReport, read_report
from fulfillment.imports.readers import SourceTable, read_table
from fulfillment.imports.runs import (
    FileFacts,
    RegisteredRun,
    RowRecord,
    find_recorded_lines,
    finish_run,
    lock_run,
    record_rows,
    register_run,
    reopen_rejected,
)
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.session import InTransaction

SETTLED_PER_CHUNK = 2_000

Progress = Callable[[int, int], None]
"""Called with the rows that have an outcome and with all rows."""


@dataclass(frozen=True)
class ImportedFile:
    """A file's name and bytes, and the bytes of the files beside it that its profile looks things up in."""

    name: str
    content: bytes
    beside: Mapping[str, bytes] = field(default_factory=dict)


def import_file(
    in_transaction: InTransaction,
    *,
    file: ImportedFile,
    kind: FileKind,
    profile_name: str,
    actor: Actor,
    policy: CompanyPolicy,
    retry_rejected: bool = False,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Every row of the file has its outcome; what the same file had before stays.

    A file whose import is done changes nothing, and the report says `is_repeat`. With `retry_rejected` its
    rejected rows are tried again, for instance after a missing product was added.

    Raises:
        NotFoundError: there is no such profile.
        InvalidInputError: the profile does not map this kind, or the file cannot be read as it needs.
    """
    profile = load_profile(profile_name)
    mapping = profile.mapping_of(kind)
    table, classified = _read(file, profile, mapping)
    facts = _facts(table, classified, kind=kind, profile=profile, name=file.name)
    run = in_transaction(lambda session: register_run(session, facts=facts, actor=actor))
    if retry_rejected:
        in_transaction(lambda session: reopen_rejected(session, run_id=run.run_id))
    elif run.is_done:
        report = in_transaction(lambda session: read_report(session, run_id=run.run_id))
        return replace(report, is_repeat=True)
    context = ImportContext(
        run_id=run.run_id, profile=profile.name, mapping=mapping, actor=actor, policy=policy
    )
    done = 0
    for work in _all_work(classified, context):
        write_work(in_transaction, work=work, run_id=run.run_id)
        done += len(work.line_nos)
        if on_progress is not None:
            on_progress(done, len(table.rows))
    return in_transaction(lambda session: _finish(session, run.run_id))


def register_file(
    session: Session, *, file: ImportedFile, kind: FileKind, profile_name: str, actor: Actor
) -> RegisteredRun:
    """The file's run exists and none of its rows is written yet; a file that cannot be read has none.

    Raises:
        NotFoundError: there is no such profile.
        InvalidInputError: the profile does not map this kind, or the file cannot be read as it needs.
    """
    profile = load_profile(profile_name)
    table, classified = _read(file, profile, profile.mapping_of(kind))
    facts = _facts(table, classified, kind=kind, profile=profile, name=file.name)
    return register_run(session, facts=facts, actor=actor)


def write_work(in_transaction: InTransaction, *, work: Work, run_id: uuid.UUID) -> None:
    """The work's rows have their outcomes; those that had one before are left alone."""

    def write(session: Session) -> bool:
        lock_run(session, run_id=run_id)
        recorded = find_recorded_lines(session, run_id=run_id, lines=work.line_nos)
        if len(recorded) == len(work.line_nos):
            return False
        record_rows(session, run_id=run_id, records=work.write(session, recorded))
        crash_point("import_chunk_written")
        return True

    if in_transaction(write):
        crash_point("import_chunk_committed")


def read_lookups(mapping: FileMapping, beside: Mapping[str, bytes]) -> LookupTables:
    """The tables the profile looks things up in, by file name and key; files that are not there are not."""
    tables: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for lookup in mapping.lookups:
        if lookup.file in beside:
            reader = csv.DictReader(io.StringIO(beside[lookup.file].decode("utf-8-sig"), newline=""))
            tables[lookup.file] = {
                row[lookup.key]: {column: row.get(column) or "" for column in lookup.columns}
                for row in reader
            }
    return tables


def _read(file: ImportedFile, profile: Profile, mapping: FileMapping) -> tuple[SourceTable, ClassifiedTable]:
    """The file's rows, each sorted by the profile's rules."""
    table = read_table(
        file.content, encoding=profile.encoding, delimiter=profile.delimiter, sheet=profile.sheet
    )
    return table, classify_rows(table, mapping, lookups=read_lookups(mapping, file.beside))


def _facts(
    table: SourceTable, classified: ClassifiedTable, *, kind: FileKind, profile: Profile, name: str
) -> FileFacts:
    return FileFacts(
        kind=kind,
        profile=profile.name,
        sha256=table.file_sha256,
        name=name,
        rows_total=len(table.rows),
        encoding=table.encoding,
        delimiter=table.delimiter,
        unused_columns=classified.unused_columns,
    )


def _all_work(classified: ClassifiedTable, context: ImportContext) -> Iterator[Work]:
    if context.mapping.kind is FileKind.ORDERS:
        settled, work = order_work(classified, context)
    else:
        settled, work = row_work(classified, context)
    for first in range(0, len(settled), SETTLED_PER_CHUNK):
        yield _settled_work(settled[first : first + SETTLED_PER_CHUNK])
    yield from work


def _settled_work(findings: Sequence[RowFinding]) -> Work:
    def write(_: Session, recorded: set[int]) -> list[RowRecord]:
        return [RowRecord(finding) for finding in findings if finding.line_no not in recorded]

    return Work(tuple(finding.line_no for finding in findings), write)


def _finish(session: Session, run_id: uuid.UUID) -> ImportReport:
    finish_run(session, run_id=run_id, now=read_now(session))
    return read_report(session, run_id=run_id)
