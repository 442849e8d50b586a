"""What every API resource is made of: its address, its bearer token, its problem answers."""

from http import HTTPStatus
from typing import Any, Final

from flask import Response, make_response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from fulfillment.web.errors import PROBLEM_TYPE
from fulfillment.web.models import ApiModel

PREFIX: Final = "/api/v1"
PROBLEM_STATUSES: Final = {
    400: "The request is malformed.",
    401: "No valid token.",
    403: "The token's scopes leave this out.",
    404: "No such thing, or not yours.",
    409: "The present state does not allow it.",
    413: "Too large.",
    415: "Not JSON.",
    422: "Something in the request does not fit.",
    429: "Too many requests.",
    500: "Our mistake.",
    503: "Come back later and repeat the request.",
}


def _problem_responses() -> dict[str | int | HTTPStatus, Any]:
    """The refusals any operation may answer with, each as problem+json."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": words, "content": {PROBLEM_TYPE: {"schema": schema}}}
        for status, words in PROBLEM_STATUSES.items()
    }


def api_blueprint(name: str, title: str) -> APIBlueprint:
    """A blueprint for one resource under /api/v1. Call it in the module that serves the resource.

    `name` is the module's own short name; paths of its routes begin with the resource, "/orders".
    """
    return APIBlueprint(
        f"api_{name}",
        f"fulfillment.web.api.{name}",
        url_prefix=PREFIX,
        abp_tags=[Tag(name=title)],
        abp_security=[{"bearer": []}],
        abp_responses=_problem_responses(),
    )


def answer(model: ApiModel, status: int = 200) -> Response:
    """The model as the answer."""
    response = make_response(model.model_dump_json(by_alias=True), status)
    response.content_type = "application/json"
    return response
