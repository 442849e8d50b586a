"""What a carrier service's answers can amount to when they are not what was asked for."""

from typing import ClassVar

from fulfillment.core.errors import ConflictError, UnavailableError


class CarrierUnavailableError(UnavailableError):
    """The carrier service did not answer, or not in a way that can be read; asking again is safe."""

    code: ClassVar[str] = "carrier-unavailable"


class CarrierRefusedError(ConflictError):
    """The carrier service understood and said no; asking again with the same words changes nothing."""

    code: ClassVar[str] = "carrier-refused"


class LabelFileRefusedError(ConflictError):
    """The file offered as a label is not one, or lies where labels do not; the postage stays bought."""

    code: ClassVar[str] = "label-file-refused"
