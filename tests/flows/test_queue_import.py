from hashlib import sha256

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.flows.queue_import import MAX_UPLOAD_BYTES, queue_import
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.runs import read_file
from fulfillment.store.actors import SYSTEM

CONTENT = b"sku,name\n"


def test_an_uploaded_file_is_kept_and_its_import_promised_once(session: Session) -> None:
    def queue() -> object:
        return queue_import(
            session,
            content=CONTENT,
            name="p.csv",
            kind=FileKind.PRODUCTS,
            profile_name="generic",
            actor=SYSTEM,
        )

    first, second = queue(), queue()

    assert first == second
    assert read_file(session, sha256=sha256(CONTENT).hexdigest()) == CONTENT
    payloads = session.connection().execute(sa.text("SELECT payload FROM job WHERE kind = 'import_file'"))
    assert payloads.scalars().all() == [
        {
            "file_sha256": sha256(CONTENT).hexdigest(),
            "name": "p.csv",
            "kind": "products",
            "profile": "generic",
            "retry_rejected": False,
        }
    ]


@pytest.mark.parametrize(
    ("content", "profile", "error", "words"),
    [
        (b"", "generic", InvalidInputError, "has 0 bytes"),
        (b"x" * (MAX_UPLOAD_BYTES + 1), "generic", InvalidInputError, "use the command line"),
        (CONTENT, "nothing", NotFoundError, "no profile"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_before_it_is_kept(
    session: Session, content: bytes, profile: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        queue_import(
            session,
            content=content,
            name="p.csv",
            kind=FileKind.PRODUCTS,
            profile_name=profile,
            actor=SYSTEM,
        )

    assert session.connection().execute(sa.text("SELECT count(*) FROM import_file")).scalar_one() == 0
