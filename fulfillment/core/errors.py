"""Refusals the business expects; `web.errors` alone turns their kinds into HTTP statuses."""

from typing import ClassVar


class FulfillmentError(Exception):
    """A refusal with a stable code, a sentence for a person and its numbers for a program.

    The sentence says what happened, to what, and what to do next. `detail` holds plain JSON values.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class InvalidInputError(FulfillmentError):
    """What was sent cannot be understood or breaks a rule of form."""

    code = "invalid-input"


class NotFoundError(FulfillmentError):
    """The thing named does not exist, or this actor may not know that it does."""

    code = "not-found"


class ConflictError(FulfillmentError):
    """The thing exists but its present state does not allow the deed."""

    code = "conflict"


class ForbiddenError(FulfillmentError):
    """The actor is known and may not do this."""

    code = "forbidden"


class SignInRequiredError(FulfillmentError):
    """The actor is not known, or no longer."""

    code = "sign-in-required"


class TooManyRequestsError(FulfillmentError):
    """The actor asks too often; `detail["retry_after_s"]` says when to come back."""

    code = "too-many-requests"


class UnavailableError(FulfillmentError):
    """Something we depend on does not answer; nothing was done and the request may be repeated."""

    code = "unavailable"


class OutOfStockError(ConflictError):
    """Fewer units can be promised than were asked for."""

    code = "out-of-stock"


class KeyReusedError(InvalidInputError):
    """An idempotency key came back with another request body."""

    code = "idempotency-key-reused"


class NotAllowedEdgeError(ConflictError):
    """The object cannot go from its present state to the one asked for."""

    code = "state-not-allowed"
