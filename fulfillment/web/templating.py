"""What every template can say."""

from typing import Any

from flask import Flask, g, request, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup

from fulfillment.web import assets, forms, words
from fulfillment.web.admin_tabs import ADMIN_TABS
from fulfillment.web.context import viewer_or_nobody
from fulfillment.web.navigation import Place, places_for
from fulfillment.web.state_words import ROLE_WORDS, SESSION_WORDS, look_of

CURSOR = "cursor"


def page_link(cursor: str | None) -> str:
    """This page again, from this cursor on, with its filters."""
    values: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(flat=False)}
    values.pop(CURSOR, None)
    if cursor:
        values[CURSOR] = cursor
    return url_for(request.endpoint or "", **values)


def picture(svg: str) -> Markup:
    """An SVG of our own making, to stand in a page; its XML declaration is left out."""
    return Markup(svg[svg.index("<svg") :])  # noqa: S704 - made by our own encoder, never from a person


def install(app: Flask, places: list[Place]) -> None:
    """Undefined names raise, words are translated, and each page knows who looks at it."""
    environment: Any = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    words.install(app)
    assets.install(app)
    environment.globals.update(
        csrf_token=forms.csrf_token,
        form_token=forms.form_token,
        admin_tabs=ADMIN_TABS,
        look_of=look_of,
        role_words=ROLE_WORDS,
        kind_words=SESSION_WORDS,
        page_link=page_link,
        is_later_page=lambda: CURSOR in request.args,
        language=lambda: words.locale_name().replace("_", "-"),
        time_zone=words.time_zone_name,
        request_id=lambda: g.get("request_id", ""),
        refusal=None,
    )
    environment.globals["ui"] = environment.get_template("macros.html").module

    @app.context_processor
    def who() -> dict[str, Any]:
        found = viewer_or_nobody()
        return {"viewer": found, "places": places_for(found, places)}
