"""Which handler does which kind of job: the whole list, and the only way from a name to code."""

from collections.abc import Mapping
from typing import Final

from fulfillment.jobs import handlers_upkeep
from fulfillment.jobs.context import Handler

HANDLERS: Final[Mapping[str, Handler]] = {
    **handlers_upkeep.HANDLERS,
}
