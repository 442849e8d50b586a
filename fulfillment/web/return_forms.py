"""The form that asks for a return, at both desks: units by line, a reason, a note."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from fulfillment.core.errors import InvalidInputError
from fulfillment.flows.request_return import WantedReturn
from fulfillment.returns.kinds import ReturnReason
from fulfillment.web.forms import FormModel

LINE_PREFIX = "units_"
MAX_UNITS = 10_000


class ReturnForm(FormModel):
    """What is to come back; each line's box is called `units_` and the line's id."""

    reason: ReturnReason
    note: str = Field("", max_length=500)
    units: dict[UUID, int] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather_units(cls, given: Any) -> Any:  # noqa: ANN401 - pydantic hands in what was sent
        """The boxes of all lines are one map."""
        return gather_units(given)

    def wanted(self) -> list[WantedReturn]:
        """The lines with at least one unit.

        Raises:
            InvalidInputError: there is none.
        """
        chosen = [WantedReturn(line_id, units) for line_id, units in self.units.items() if units > 0]
        if not chosen:
            raise InvalidInputError("Choose at least one unit to send back.", field="units")
        return chosen


def gather_units(given: Mapping[str, Any]) -> dict[str, Any]:
    """The form with its lines' boxes as one map `units`."""
    units = {
        name.removeprefix(LINE_PREFIX): text
        for name, text in given.items()
        if name.startswith(LINE_PREFIX) and text != "0"
    }
    rest = {name: text for name, text in given.items() if not name.startswith(LINE_PREFIX)}
    return {**rest, "units": units}


class NoteForm(FormModel):
    """Why, for whoever looks later."""

    note: str = Field("", max_length=500)


class RefundForm(NoteForm):
    """A refund without a return: units that never arrived, at their price, or goodwill at a percentage."""

    cause: Literal["undelivered", "goodwill"]
    percent: int = Field(100, ge=1, le=100)
    with_shipping: bool = False
    units: dict[UUID, int] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather_units(cls, given: Any) -> Any:  # noqa: ANN401 - pydantic hands in what was sent
        """The boxes of all lines are one map."""
        return gather_units(given)

    def wanted(self) -> list[WantedReturn]:
        """The lines with at least one unit; there may be none where only the shipping goes back."""
        return [WantedReturn(line_id, units) for line_id, units in self.units.items() if units > 0]
