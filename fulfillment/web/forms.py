"""Forms: their two tokens, and what was typed checked against a model."""

import hashlib
import hmac
import secrets
from typing import Any, TypeVar, get_origin

from flask import current_app, g, request
from pydantic import ConfigDict, ValidationError
from werkzeug.datastructures import MultiDict

from fulfillment.core.errors import ForbiddenError, InvalidInputError
from fulfillment.web.access import access_of, session_secret
from fulfillment.web.errors import validation_errors
from fulfillment.web.idempotent import CSRF_FIELD, FORM_TOKEN
from fulfillment.web.models import ApiModel
from fulfillment.web.words import N_, _

CSRF_HEADER = "X-CSRF-Token"
VISITOR_COOKIE = "fulfillment_visitor"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class FormModel(ApiModel):
    """What a form may hold. A box left empty is a member left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


F = TypeVar("F", bound=FormModel)


def visitor() -> str:
    """The random name of this browser before anybody signed in on it; set as a cookie by the answer."""
    known = request.cookies.get(VISITOR_COOKIE, "") or g.get("new_visitor", "")
    if not known:
        known = g.new_visitor = secrets.token_urlsafe(24)
    return str(known)


def csrf_token() -> str:
    """The token that forms and scripts of this session send back.

    It is a keyed hash of the session's secret, so that it changes with each sign-in and another site, which
    cannot read our cookies, cannot make it.
    """
    key = str(current_app.secret_key).encode()
    bound_to = session_secret() or visitor()
    return hmac.new(key, b"csrf " + bound_to.encode(), hashlib.sha256).hexdigest()


def form_token() -> str:
    """A fresh key by which one form is one deed."""
    return secrets.token_urlsafe(18)


def refuse_nul() -> None:
    """The address holds no NUL, which the database keeps in no text; bodies are looked at by their models.

    Raises:
        InvalidInputError: it does.
    """
    texts = (text for name, values in request.args.lists() for text in (name, *values))
    if "\x00" in request.path or any("\x00" in text for text in texts):
        raise InvalidInputError(_("The address holds the character NUL. Type it again without it."))


def check_csrf() -> None:
    """The writing request comes from a page of ours.

    Raises:
        ForbiddenError: it has no token or another session's.
    """
    access = access_of(request.endpoint)
    if (
        request.method in SAFE_METHODS
        or request.path.startswith("/api/")
        or access is None
        or access.is_machine
    ):
        return
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), csrf_token().encode()):
        raise ForbiddenError(
            "This form is no longer good, because you signed in or out since it was shown. Go back, reload "
            "the page and send it again.",
            reason="csrf",
        )


def read_form(model: type[F]) -> F:
    """The form that was sent, as a model.

    Raises:
        InvalidInputError: something does not fit; `detail["errors"]` says what, by field.
    """
    try:
        return model.model_validate(_plain_form(model, request.form))
    except ValidationError as error:
        found = validation_errors(error)
        raise InvalidInputError(
            _sentence(found[0]),
            field=found[0]["pointer"].lstrip("/"),
            errors=found,
        ) from error


# What a person reads for pydantic's kinds of error; others keep pydantic's own words.
SENTENCES = {
    "missing": N_("%(field)s is missing. Fill it in."),
    "extra-forbidden": N_("%(field)s is not asked for here. Reload the page and send it again."),
    "int-parsing": N_("%(field)s must be a whole number."),
    "int-from-float": N_("%(field)s must be a whole number."),
    "greater-than-equal": N_("%(field)s is too small."),
    "greater-than": N_("%(field)s is too small."),
    "less-than-equal": N_("%(field)s is too large."),
    "less-than": N_("%(field)s is too large."),
    "string-too-long": N_("%(field)s is too long."),
    "string-too-short": N_("%(field)s is too short."),
    "enum": N_("%(field)s is not one of the choices."),
    "uuid-parsing": N_("%(field)s is not an id of ours."),
    "date-from-datetime-parsing": N_("%(field)s must be a date, such as 2026-11-22."),
}


def _sentence(found: dict[str, Any]) -> str:
    field = found["pointer"].strip("/").replace("_", " ").capitalize() or _("The form")
    known = SENTENCES.get(found["code"])
    return _(known, field=field) if known else f"{field}: {found['message']}."


def _plain_form(model: type[FormModel], form: MultiDict[str, str]) -> dict[str, Any]:
    """One value per field, all of them where the model wants a list; empty boxes left out."""
    lists = {
        name
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) in {list, tuple, set, frozenset}
    }
    plain: dict[str, Any] = {}
    for name in form:
        if name in {CSRF_FIELD, FORM_TOKEN}:
            continue
        if name in lists:
            plain[name] = [value for value in form.getlist(name) if value != ""]
        elif form[name].strip():
            plain[name] = form[name]
    return plain
