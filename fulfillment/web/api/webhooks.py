"""Where the carrier calls: the message is kept at once and applied by a job."""

from datetime import UTC, datetime
from typing import Annotated

from flask import Response, request
from pydantic import Field

from fulfillment.core.errors import ForbiddenError
from fulfillment.flows.receive_webhook import receive_webhook
from fulfillment.shipping.webhook_signatures import (
    MAX_WEBHOOK_BYTES,
    SIGNATURE_HEADER,
    SignatureVerdict,
    check_signature,
    is_expected_token,
)
from fulfillment.web.access import machine
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import runtime, write
from fulfillment.web.models import ApiModel
from fulfillment.web.words import N_

blueprint = api_blueprint("webhooks", N_("Webhooks"))


class WebhookPath(ApiModel):
    """The unguessable part of the address."""

    token: Annotated[str, Field(max_length=200)]


class WebhookOut(ApiModel):
    """Whether the message was new."""

    is_new: bool


@blueprint.post("/webhooks/shippo/<token>", responses={202: WebhookOut}, doc_ui=False)
@machine
def take_message(path: WebhookPath) -> Response:
    """Keep a carrier's message.

    The answer is 202 for any message from the carrier, also one about a parcel nobody knows: every other
    answer would make it send the message again, or never again.
    """
    settings = runtime().settings
    if not is_expected_token(path.token, expected=settings.shippo_webhook_token.get_secret_value()):
        raise ForbiddenError("This address belongs to the carrier.")
    request.max_content_length = MAX_WEBHOOK_BYTES
    body = request.get_data(cache=False)
    secret = settings.shippo_webhook_secret.get_secret_value()
    if secret:
        header = request.headers.get(SIGNATURE_HEADER)
        # The carrier's signature carries real time, which the business clock of a test does not show.
        verdict = check_signature(header, body=body, secret=secret, now=datetime.now(UTC))
        if verdict is not SignatureVerdict.VALID:
            raise ForbiddenError(f"The signature is {verdict}.", verdict=verdict.value)
    is_new = write(lambda session: receive_webhook(session, body=body, is_signed=bool(secret)))
    return answer(WebhookOut(is_new=is_new), 202)
