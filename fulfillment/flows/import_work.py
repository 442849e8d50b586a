"""One chunk of an import: the lines it settles and the deed that settles them in one transaction."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, FulfillmentError, InvalidInputError, NotFoundError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.imports.outcomes import RowFinding, RowOutcome
from fulfillment.imports.profiles import FileMapping
from fulfillment.imports.runs import RowRecord
from fulfillment.store.actors import Actor

REFUSALS = (InvalidInputError, NotFoundError, ConflictError)
"""What a row may be to blame for; anything else stops the import, to be run again."""


@dataclass(frozen=True)
class ImportContext:
    """What every chunk of one import works with."""

    run_id: uuid.UUID
    profile: str
    mapping: FileMapping
    actor: Actor
    policy: CompanyPolicy


@dataclass(frozen=True)
class Work:
    """Lines that are settled together; `write` gets those that are settled already and skips them."""

    line_nos: tuple[int, ...]
    write: Callable[[Session, set[int]], list[RowRecord]]


def refusal_record(
    error: FulfillmentError, *, line_no: int, group_ref: str, object_kind: str = ""
) -> RowRecord:
    """The outcome of a row that an operation refused."""
    code = _code_of(error)
    outcome = RowOutcome.IGNORED if code == "already-imported" else RowOutcome.REJECTED
    return RowRecord(RowFinding(line_no, outcome, code, error.message, group_ref), object_kind)


def accepted_record(
    *, line_no: int, group_ref: str, code: str, object_kind: str, object_ref: str, sentence: str = ""
) -> RowRecord:
    """The outcome of a row that became something."""
    finding = RowFinding(line_no, RowOutcome.ACCEPTED, code, sentence, group_ref)
    return RowRecord(finding, object_kind, object_ref)


def _code_of(error: FulfillmentError) -> str:
    if "skus" in error.detail:
        return "unknown-sku"
    if "source_ref" in error.detail:
        return "already-imported"
    return error.code
