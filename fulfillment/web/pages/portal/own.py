"""Whose portal this is: every query is narrowed to that member."""

from fulfillment.core.errors import ForbiddenError
from fulfillment.web.context import viewer


def own_number() -> str:
    """The number of the member who looks.

    Raises:
        ForbiddenError: the user stands for no member, so that nothing here is hers.
    """
    number = viewer().member_number
    if number is None:
        raise ForbiddenError("This sign-in belongs to no member. Ask the company to connect the two.")
    return number
