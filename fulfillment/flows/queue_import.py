"""A file that came over the web is kept and its import promised; a worker does it."""

from hashlib import sha256
from uuid import UUID

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.core.errors import InvalidInputError
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.profile_files import load_profile
from fulfillment.imports.runs import keep_file
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.jobs import enqueue

MAX_UPLOAD_BYTES = 20_000_000
"""What a form or an API call may carry; larger files come by the command line."""


def queue_import(
    session: Session,
    *,
    content: bytes,
    name: str,
    kind: FileKind,
    profile_name: str,
    actor: Actor,
    retry_rejected: bool = False,
) -> UUID:
    """The file will be imported after this transaction commits; returns the job's id.

    The same file while its import is under way gives the same job.

    Raises:
        NotFoundError: there is no such profile.
        InvalidInputError: the profile does not map this kind, or the file is empty or too large.
    """
    load_profile(profile_name).mapping_of(kind)
    if not 0 < len(content) <= MAX_UPLOAD_BYTES:
        raise InvalidInputError(
            f"{name} has {len(content)} bytes; upload 1 to {MAX_UPLOAD_BYTES}, or use the command line."
        )
    digest = sha256(content).hexdigest()
    keep_file(session, sha256=digest, content=content)
    job_id = enqueue(
        session,
        kind=job_kinds.IMPORT_FILE,
        payload={
            "file_sha256": digest,
            "name": name,
            "kind": kind.value,
            "profile": profile_name,
            "retry_rejected": retry_rejected,
        },
        key=f"{kind}:{profile_name}:{digest}",
    )
    record(
        session,
        actor=actor,
        deed="import.queued",
        object_kind="import_file",
        object_id=digest,
        detail={"name": name, "kind": kind.value, "profile": profile_name},
    )
    return job_id
