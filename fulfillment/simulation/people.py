"""Made-up people at real US ZIP codes."""

import tomllib
from importlib import resources
from random import Random

from fulfillment.core.addresses import Address
from fulfillment.core.places import Place, list_places

NEIGHBOR_SHARE = 0.6
"""How many live in the state of whoever enrolled them."""
FLAT_SHARE = 0.15


class PeopleMaker:
    """Makes names from several cultures and addresses in real towns; the houses are made up."""

    def __init__(self, random: Random) -> None:
        text = (resources.files("fulfillment.simulation") / "data" / "people.toml").read_text("utf-8")
        self._lists = tomllib.loads(text)
        self._random = random
        self._places = list_places()
        self._by_state: dict[str, list[Place]] = {}
        for place in self._places:
            self._by_state.setdefault(place.state, []).append(place)

    def make_address(self, *, near: Address | None) -> Address:
        """Somebody's home, in the state of `near` more often than not."""
        random = self._random
        is_neighbor = near is not None and random.random() < NEIGHBOR_SHARE
        towns = self._by_state.get(near.state, self._places) if near and is_neighbor else self._places
        place = random.choice(towns)
        return Address(
            name=self.make_name(),
            street1=f"{random.randrange(1, 9900)} {random.choice(self._lists['street'])}",
            street2=f"Apt {random.randrange(1, 60)}" if random.random() < FLAT_SHARE else "",
            city=place.city,
            state=place.state,
            zip=place.zip,
            phone=f"+1 555 01{random.randrange(100):02d}",
            email=f"member{random.randrange(10**8):08d}@example.com",
            latitude=place.latitude,
            longitude=place.longitude,
        )

    def make_name(self) -> str:
        """A given and a family name, as they fall."""
        return f"{self._random.choice(self._lists['given'])} {self._random.choice(self._lists['family'])}"
