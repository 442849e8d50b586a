"""What can go wrong on the machine itself, each with a sentence that says what to do."""

from typing import ClassVar

from fulfillment.core.errors import FulfillmentError


class LocalServerError(FulfillmentError):
    """A program of ours could not be found, started or stopped on this machine."""

    code: ClassVar[str] = "local-server"


class HomeInUseError(LocalServerError):
    """Another process already works on this folder."""

    code: ClassVar[str] = "home-in-use"
