"""The API's own description."""

from flask import Blueprint, Response, current_app, jsonify

from fulfillment.web.access import public

blueprint = Blueprint("api_document", __name__, url_prefix="/api")


@blueprint.get("/openapi.json")
@public
def document() -> Response:
    """The OpenAPI 3.1 document, made from the code."""
    response = jsonify(current_app.extensions["openapi_document"])
    response.headers["Cache-Control"] = "public, max-age=60"
    return response
