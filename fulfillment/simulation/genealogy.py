"""Distributors and customers of the made-up company, in two trees: who enrolled them, whom they are below."""

from datetime import date, timedelta
from random import Random

from fulfillment.distributors.membership import NewMember
from fulfillment.distributors.tables import MemberKind
from fulfillment.simulation.people import PeopleMaker

FIRST_DISTRIBUTOR = 100_001
FIRST_CUSTOMER = 200_001
PREFERRED_SHARE = 0.6
SPILLOVER_SHARE = 0.2
"""How many are placed below somebody else in the leg of their enroller: there the two trees differ."""
COMPANY_AGE_DAYS = 5 * 365


def make_members(random: Random, *, distributors: int, customers: int, today: date) -> tuple[NewMember, ...]:
    """The distributors, uplines first, then the customers; the first distributor has no upline.

    Successful enrollers enroll more: each newcomer chooses with a weight that grows with the enrolled.
    """
    population = _Population(random, today)
    for place in range(distributors):
        population.add_distributor(str(FIRST_DISTRIBUTOR + place), share=place / max(distributors, 1))
    for place in range(customers):
        population.add_customer(str(FIRST_CUSTOMER + place))
    return (*population.tree, *population.customers)


class _Population:
    """The members so far, and the lists and places the next ones are made from."""

    def __init__(self, random: Random, today: date) -> None:
        self._random = random
        self._today = today
        self._people = PeopleMaker(random)
        self._enrolled: dict[str, list[str]] = {}
        self.tree: list[NewMember] = []
        self.customers: list[NewMember] = []

    def add_distributor(self, number: str, *, share: float) -> None:
        """One more distributor, who joined when this share of the company's age had passed."""
        enroller = self._choose_enroller()
        address = self._people.make_address(near=enroller.address if enroller else None)
        age = COMPANY_AGE_DAYS - int(COMPANY_AGE_DAYS * share)
        self.tree.append(
            NewMember(
                number,
                MemberKind.DISTRIBUTOR,
                address.name,
                address,
                self._today - timedelta(days=age),
                sponsor_number=self._choose_sponsor(enroller),
                enroller_number=enroller.number if enroller else None,
            )
        )
        if enroller is not None:
            self._enrolled.setdefault(enroller.number, []).append(number)

    def add_customer(self, number: str) -> None:
        """One more customer of some distributor, earlier ones having more."""
        seller = self.tree[int(len(self.tree) * self._random.random() ** 1.5)]
        kind = MemberKind.PREFERRED if self._random.random() < PREFERRED_SHARE else MemberKind.RETAIL
        address = self._people.make_address(near=seller.address)
        days = max(1, (self._today - seller.joined_on).days)
        joined_on = seller.joined_on + timedelta(days=self._random.randrange(days))
        self.customers.append(
            NewMember(
                number,
                kind,
                address.name,
                address,
                joined_on,
                sponsor_number=seller.number,
                enroller_number=seller.number,
            )
        )

    def _choose_enroller(self) -> NewMember | None:
        if not self.tree:
            return None
        weights = [1 + len(self._enrolled.get(member.number, ())) for member in self.tree]
        return self._random.choices(self.tree, weights)[0]

    def _choose_sponsor(self, enroller: NewMember | None) -> str | None:
        if enroller is None:
            return None
        leg = self._enrolled.get(enroller.number, [])
        if leg and self._random.random() < SPILLOVER_SHARE:
            return self._random.choice(leg)
        return enroller.number
