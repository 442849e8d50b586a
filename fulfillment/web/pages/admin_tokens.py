"""Administration of API tokens."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts import tokens
from fulfillment.accounts.roles import SCOPES, Permission
from fulfillment.core.errors import FulfillmentError
from fulfillment.web.access import allowed
from fulfillment.web.context import read, viewer
from fulfillment.web.errors import status_of
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.words import _

blueprint = Blueprint("admin_tokens", __name__, url_prefix="/admin/tokens")


class TokenForm(FormModel):
    """A new token."""

    name: str = Field(max_length=80)
    days: int = Field(ge=1, le=tokens.MAX_DAYS)
    scopes: list[str] = Field(default_factory=list)
    member_number: str | None = Field(None, max_length=64)


def _page(refusal: FulfillmentError | None = None) -> Response:
    page = render_template(
        "admin/tokens.html",
        tokens=read(tokens.list_tokens),
        scopes=sorted(scope.value for scope in SCOPES),
        typed=request.form.to_dict(),
        now=datetime.now(UTC),
        refusal=refusal,
    )
    return make_response(page, status_of(refusal) if refusal else 200)


@blueprint.get("/")
@allowed(Permission.WRITE_ACCOUNTS)
def list_tokens() -> Response:
    """Every token, and the form for a new one."""
    return _page()


@blueprint.post("/")
@allowed(Permission.WRITE_ACCOUNTS)
def create() -> Response:
    """The token exists and is shown once."""
    made: dict[str, str] = {}

    def work(session: Session) -> dict[str, Any]:
        token = tokens.create_token(session, actor=viewer().actor, **form.model_dump())
        made["secret"] = token.secret
        return {"token_id": str(token.id)}

    try:
        form = read_form(TokenForm)
        write_form_once(work)
    except FulfillmentError as refusal:
        return _page(refusal)
    page = render_template(
        "admin/link.html",
        title=_("The token %(name)s", name=form.name),
        text=_("Give it to the program as 'Authorization: Bearer …'. It is shown only now."),
        secret=made.get("secret")
        or _("It was shown already. If it is lost, revoke it and make another one."),
        back=url_for("admin_tokens.list_tokens"),
        picture=None,
    )
    return make_response(page)


@blueprint.post("/<uuid:token_id>/revoke")
@allowed(Permission.WRITE_ACCOUNTS)
def revoke(token_id: UUID) -> Response:
    """The token lets nobody in."""
    write_form_once(lambda session: tokens.revoke_token(session, actor=viewer().actor, token_id=token_id))
    flash(_("The token is revoked."))
    return redirect(url_for("admin_tokens.list_tokens"))
