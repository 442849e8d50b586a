"""Why a due order is not promised, in words for people."""

from typing import Final

from fulfillment.web.words import N_

WHY_SHORT: Final = {
    "dealt_out": N_("Others came first and took the last units"),
    "taken": N_("Taken by another order between plan and promise"),
    "no_plan": N_("The planner found no plan in its time"),
    "barred": N_("No warehouse may send it there"),
    "short": N_("No warehouse has enough of it"),
    "claimed": N_("Others of the run took what it needs"),
    "capacity": N_("No warehouse can send more parcels in these days"),
    "companion": N_("Another of its lines is short, and it goes whole"),
    "dearer": N_("Its stock lies where sending it is not worth it"),
}
"""The planner's reasons and the run's own, by their codes."""
