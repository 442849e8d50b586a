"""An assignment with its parcels, as the figures of a plan are counted from it."""

from dataclasses import dataclass

from fulfillment.routing.plan import Assignment
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter, Parcels, Sendings


@dataclass(frozen=True, eq=False)
class Scene:
    """An assignment with its parcels, counted once."""

    problem: Problem
    assignment: Assignment
    meter: Meter
    sent: Sendings
    parcels: Parcels

    @classmethod
    def of(cls, problem: Problem, assignment: Assignment) -> "Scene":
        """The assignment, measured."""
        meter = Meter(problem, ParcelTariff(problem))
        sent = meter.sendings(assignment)
        return cls(problem, assignment, meter, sent, meter.parcels(sent))
