"""A return's slip as a PDF, for both desks."""

from uuid import UUID

from flask import Response, make_response

from fulfillment.reads.return_slips import read_return_slip
from fulfillment.web.context import read, runtime
from fulfillment.web.desk_words import REASON_WORDS
from fulfillment.web.words import N_, _
from labels.return_slip import render_return_slip

STEPS = (
    N_("Put this slip in the box with the goods."),
    N_("Tape the lower part on the outside of the box."),
    N_("Give the box to a carrier by the date above."),
)


def slip_answer(return_id: UUID, *, member_number: str | None = None) -> Response:
    """The PDF, named after the return; with `member_number` only of that member's own.

    Raises:
        NotFoundError: there is no such return, or it is somebody else's.
        ConflictError: the return takes no goods.
    """
    slip = read(
        lambda session: read_return_slip(
            session,
            return_id=return_id,
            policy=runtime().policy,
            reason_words={reason: _(words) for reason, words in REASON_WORDS.items()},
            instructions=tuple(_(step) for step in STEPS),
            member_number=member_number,
        )
    )
    answer = make_response(render_return_slip(slip, gettext=_))
    answer.content_type = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{slip.rma_number}.pdf"'
    return answer
