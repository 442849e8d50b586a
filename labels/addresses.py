"""Postal addresses as they stand on paper."""

from dataclasses import dataclass

_CITY_STATE_ZIP = frozenset({"US", "CA", "AU", "GB", "IE", "IN", "NZ", "PR", "SG", "TW", "TH"})
"""Countries that write the code after the city; the others write it before."""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where a parcel goes or comes from; parts that are not known are empty.

    `country` is the ISO 3166 code of two letters, `country_name` what is printed for it abroad.
    """

    name: str
    street1: str
    city: str
    zip: str
    country: str
    state: str = ""
    company: str = ""
    street2: str = ""
    phone: str = ""
    country_name: str = ""

    def lines(self, *, home: str = "US") -> tuple[str, ...]:
        """Return the lines from the name down; the country stands last, unless it is `home`."""
        if self.country in _CITY_STATE_ZIP:
            place = ", ".join(filter(None, (self.city, " ".join(filter(None, (self.state, self.zip))))))
        else:
            place = ", ".join(filter(None, (" ".join(filter(None, (self.zip, self.city))), self.state)))
        country = "" if self.country == home else (self.country_name or self.country).upper()
        every = (self.name, self.company, self.street1, self.street2, place, country)
        return tuple(line for line in every if line.strip())
