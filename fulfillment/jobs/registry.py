"""Which handler does which kind of job: the whole list, and the only way from a name to code."""

from collections.abc import Mapping
from typing import Final

from fulfillment.jobs import (
    handlers_autoship,
    handlers_floor,
    handlers_notices,
    handlers_reconcile,
    handlers_returns,
    handlers_routing,
    handlers_shipping,
    handlers_trials,
    handlers_upkeep,
)
from fulfillment.jobs.context import Handler

HANDLERS: Final[Mapping[str, Handler]] = {
    **handlers_autoship.HANDLERS,
    **handlers_floor.HANDLERS,
    **handlers_notices.HANDLERS,
    **handlers_reconcile.HANDLERS,
    **handlers_returns.HANDLERS,
    **handlers_routing.HANDLERS,
    **handlers_shipping.HANDLERS,
    **handlers_trials.HANDLERS,
    **handlers_upkeep.HANDLERS,
}
