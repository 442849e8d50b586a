"""Every write carries a key; a repetition hears the first answer and changes nothing."""

import json
import re
from collections.abc import Callable
from typing import Any

from flask import Response, make_response, request
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.store.idempotency import Answer, fingerprint_of
from fulfillment.store.idempotency import answer_once as store_answer_once
from fulfillment.web.context import runtime, viewer, viewer_or_nobody
from fulfillment.web.errors import PROBLEM_TYPE, problem, status_of
from fulfillment.web.models import ApiModel

KEY_HEADER = "Idempotency-Key"
REPEAT_HEADER = "Idempotent-Replayed"
FORM_TOKEN = "form_token"  # noqa: S105 - a field's name
CSRF_FIELD = "csrf_token"
_KEY = re.compile(r"[\x21-\x7e]{8,200}")

# Refusals that the same request may outlive: they are told, and not remembered under the key.
PASSING = frozenset({401, 403, 429, 503})


def asked_key() -> str:
    """The request's Idempotency-Key.

    Raises:
        InvalidInputError: there is none, or it is not 8 to 200 visible ASCII characters.
    """
    key = request.headers.get(KEY_HEADER, "")
    if not _KEY.fullmatch(key):
        raise InvalidInputError(
            f"Send the header {KEY_HEADER}: 8 to 200 visible ASCII characters, new for each write and the "
            "same when you repeat it. A UUID is good.",
            field=KEY_HEADER,
        )
    return key


def answer_once(work: Callable[[Session], tuple[int, ApiModel]], *, content: bytes | None = None) -> Response:
    """The answer of the work, done once for this caller's Idempotency-Key, in the work's own transaction.

    A refusal is remembered as well, so that a repetition cannot succeed where the client was told no. A
    request with a file names its `content`, because the body of a form that was taken apart is gone.

    Raises:
        InvalidInputError: no usable key; or KeyReusedError, the key came before with another request.
    """

    def run(session: Session) -> Answer:
        status, model = work(session)
        return Answer(status, model.as_json())

    def refuse(error: FulfillmentError) -> Answer | None:
        status = status_of(error)
        if status in PASSING:
            return None
        body = problem(status, code=error.code, detail=error.message, context=error.detail).get_json()
        return Answer(status, body)

    answer = store_answer_once(
        runtime().engine,
        actor_key=viewer().actor.key,
        key=asked_key(),
        fingerprint=fingerprint_of(
            request.method, request.full_path, request.get_data() if content is None else content
        ),
        work=run,
        refusal=refuse,
    )
    response = make_response(json.dumps(answer.body), answer.status)
    response.content_type = PROBLEM_TYPE if answer.status >= 400 else "application/json"
    if answer.is_repeat:
        response.headers[REPEAT_HEADER] = "true"
    return response


def write_form_once(work: Callable[[Session], Any]) -> dict[str, Any]:
    """What the form asks for is done once, however often its button was pressed.

    `work` may answer with a JSON object, such as the number of what it made, which a repetition gets too. A
    refusal is not remembered: the person corrects the form and sends it with the same token. For that the
    token is bound to the form's content only from its success on.

    Raises:
        InvalidInputError: the form has no token; or KeyReusedError, it was changed after it had succeeded.
    """
    token = request.form.get(FORM_TOKEN, "")
    if not _KEY.fullmatch(token):
        raise InvalidInputError("This form is incomplete. Reload the page and send it again.")

    def run(session: Session) -> Answer:
        made = work(session)
        return Answer(200, made if isinstance(made, dict) else {})

    found = viewer_or_nobody()
    answer = store_answer_once(
        runtime().engine,
        actor_key=found.actor.key if found else "user:nobody",
        key=f"form-{token}",
        fingerprint=_form_fingerprint(request.form),
        work=run,
        refusal=lambda _error: None,
    )
    return answer.body


def _form_fingerprint(form: MultiDict[str, str]) -> str:
    told = sorted(
        (name, value) for name, value in form.items(multi=True) if name not in {FORM_TOKEN, CSRF_FIELD}
    )
    return fingerprint_of(request.path, *(part for pair in told for part in pair))
