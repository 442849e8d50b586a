"""Assembly of the web application."""

import logging
import secrets
from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from fulfillment import __version__
from fulfillment.runtime import Runtime
from fulfillment.web import access, errors, forms, observed, registry, security, templating
from fulfillment.web.context import EXTENSION
from fulfillment.web.models import Problem
from fulfillment.web.pages.home import PLACES

SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, made by an administrator. Its scopes say what it may do.",
    }
}
ABOUT = (
    "Orders, stock, picking, shipping, returns and refunds. Every write takes an Idempotency-Key: repeat a "
    "request with the same key and it is answered again, not done again. Refusals are RFC 9457 problems with "
    "a stable `code`. Lists are paged by cursor."
)

log = logging.getLogger(__name__)


def create_app(runtime: Runtime) -> OpenAPI:
    """The web application on this runtime: pages, API, and what operators ask."""
    app = OpenAPI(
        "fulfillment.web",
        info=Info(title="Fulfillment", version=__version__, description=ABOUT),
        security_schemes=SECURITY_SCHEMES,
        validation_error_status=422,
        validation_error_model=Problem,
        validation_error_callback=errors.validation_problem,
        doc_ui=False,
    )
    app.extensions[EXTENSION] = runtime
    app.debug = runtime.settings.debug
    observed.install(app)
    security.install(app, runtime.settings)
    if not app.secret_key:
        # Only outside production. Every process then has a key of its own, so one process must serve alone.
        log.warning("no_secret_key")
        app.secret_key = secrets.token_hex(32)
    errors.install(app)
    app.before_request(forms.refuse_nul)
    app.before_request(access.admit)
    app.before_request(access.allow_upload)
    app.before_request(forms.check_csrf)
    places = registry.all_places()
    app.extensions[PLACES] = places
    templating.install(app, places)
    access.public(app.view_functions["static"])
    _serve(app)
    return app


def _serve(app: OpenAPI) -> None:
    """Every module with a blueprint answers, and the API's document is complete."""
    for module in registry.page_modules():
        app.register_blueprint(module.blueprint)
    for module in registry.api_modules():
        app.register_api(module.blueprint)
    app.extensions["openapi_document"] = app.api_doc
