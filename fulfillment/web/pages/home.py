"""The start page: each role's own desk."""

from flask import Blueprint, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.web.access import must_set_up_second_factor, public
from fulfillment.web.context import viewer_or_nobody
from fulfillment.web.navigation import home_of

blueprint = Blueprint("home", __name__)

PLACES = "fulfillment_places"


@blueprint.get("/")
@public
def start() -> Response | str:
    """Whoever is signed in is at her desk; a stranger is asked to sign in."""
    found = viewer_or_nobody()
    if found is None:
        return redirect(url_for("sign_in.ask"))
    if found.is_pending:
        return redirect(url_for("sign_in.ask_second_factor"))
    if must_set_up_second_factor(found) and found.may(Permission.USE_ACCOUNT):
        return redirect(url_for("account.show"))
    home = home_of(found, current_app.extensions[PLACES])
    return redirect(home.url) if home else render_template("home.html")
