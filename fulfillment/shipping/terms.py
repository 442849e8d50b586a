"""What a company ships in and pays for it: cartons, dated rate cards, zones by distance, and divisors.

A rate card is never changed: a new one with a later date takes over.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.ids import new_id
from fulfillment.core.job_kinds import ROUTE_ORDERS
from fulfillment.shipping.tables import Carton, DimensionalDivisor, RateCard, RateCardRow, ZoneBand
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.bursts import enqueue_after_burst
from fulfillment.store.columns import table_of

CARTON = table_of(Carton)
CARD = table_of(RateCard)
CARD_ROW = table_of(RateCardRow)
BAND = table_of(ZoneBand)
DIVISOR = table_of(DimensionalDivisor)

MAX_RATE_ROWS = 10_000


@dataclass(frozen=True)
class CartonSize:
    """A box to pack in, by its inner sizes; `weight_g` is its own."""

    code: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    max_weight_g: int


@dataclass(frozen=True)
class RateTable:
    """The prices of one service from a date on: `rows` are (zone, heaviest weight in grams, minor units)."""

    carrier: str
    service: str
    country: str
    currency: str
    valid_from: date
    source: str
    rows: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class DistanceBand:
    """A carrier's zone for distances up to a limit, and its working days on the way."""

    carrier: str
    country: str
    zone: int
    max_km: int
    transit_days: int


@dataclass(frozen=True)
class Divisor:
    """How a carrier turns volume into billable weight from a date on."""

    carrier: str
    valid_from: date
    cm3_per_kg: int
    applies_above_cm3: int
    source: str


def save_cartons(session: Session, *, cartons: Sequence[CartonSize], actor: Actor) -> None:
    """The cartons can be packed in; one of the same code has the new sizes from now on.

    Raises:
        InvalidInputError: a size or the weight it bears is not above zero.
    """
    for carton in cartons:
        if min(carton.length_mm, carton.width_mm, carton.height_mm, carton.max_weight_g) <= 0:
            raise InvalidInputError(f"Carton {carton.code} needs sizes and a weight above zero.")
        statement = insert(CARTON).values(**asdict(carton), is_active=True)
        new = {name: statement.excluded[name] for name in asdict(carton) if name != "code"}
        session.connection().execute(
            statement.on_conflict_do_update(index_elements=["code"], set_={**new, "is_active": True})
        )
        record(session, actor=actor, deed="carton.saved", object_kind="carton", object_id=carton.code)


def add_rate_card(session: Session, *, table: RateTable, actor: Actor) -> None:
    """The card is in force from its date until the next one of its service.

    Raises:
        InvalidInputError: it has no rows or too many, or a zone, weight or price is out of range.
        ConflictError: the service has a card from this date.
    """
    name = f"{table.carrier} {table.service} from {table.valid_from}"
    if not 1 <= len(table.rows) <= MAX_RATE_ROWS:
        raise InvalidInputError(f"Rate card {name} has {len(table.rows)} rows; give 1 to {MAX_RATE_ROWS}.")
    for zone, max_weight_g, price_minor in table.rows:
        if zone < 0 or max_weight_g <= 0 or price_minor < 0:
            raise InvalidInputError(
                f"Rate card {name} has a row for zone {zone}, {max_weight_g} g, {price_minor}; correct it."
            )
    card_id = new_id()
    connection = session.connection()
    added = connection.execute(
        insert(CARD)
        .values(
            id=card_id,
            carrier=table.carrier,
            service=table.service,
            currency=table.currency,
            country=table.country,
            valid_from=table.valid_from,
            source=table.source,
        )
        .on_conflict_do_nothing(index_elements=["carrier", "service", "valid_from"])
        .execution_options(preserve_rowcount=True)
    )
    if added.rowcount != 1:
        raise ConflictError(f"There is a rate card {name} already; give the new one a later date.")
    rows = [
        {"rate_card_id": card_id, "zone": zone, "max_weight_g": grams, "price_minor": price}
        for zone, grams, price in table.rows
    ]
    connection.execute(sa.insert(CARD_ROW), rows)
    record(
        session,
        actor=actor,
        deed="rate_card.added",
        object_kind="rate_card",
        object_id=card_id,
        detail={"name": name, "rows": len(rows), "source": table.source},
    )
    enqueue_after_burst(session, kind=ROUTE_ORDERS, payload={"trigger": "rates_changed"})


def save_zones(
    session: Session, *, bands: Sequence[DistanceBand], divisors: Sequence[Divisor], actor: Actor
) -> None:
    """The carriers' zones and divisors stand as given; those that are not named stay.

    Raises:
        InvalidInputError: a limit or a divisor is not above zero.
    """
    connection = session.connection()
    for band in bands:
        if band.max_km <= 0 or band.zone <= 0 or band.transit_days < 0:
            raise InvalidInputError(f"Zone {band.zone} of {band.carrier} needs a limit above zero.")
        zone = insert(BAND).values(**asdict(band))
        connection.execute(
            zone.on_conflict_do_update(
                index_elements=["carrier", "country", "zone"],
                set_={"max_km": zone.excluded.max_km, "transit_days": zone.excluded.transit_days},
            )
        )
    for divisor in divisors:
        if divisor.cm3_per_kg <= 0 or divisor.applies_above_cm3 < 0:
            raise InvalidInputError(f"The divisor of {divisor.carrier} must be above zero.")
        row = insert(DIVISOR).values(**asdict(divisor))
        new = {name: row.excluded[name] for name in ("cm3_per_kg", "applies_above_cm3", "source")}
        connection.execute(row.on_conflict_do_update(index_elements=["carrier", "valid_from"], set_=new))
    carriers = sorted({band.carrier for band in bands} | {divisor.carrier for divisor in divisors})
    record(
        session,
        actor=actor,
        deed="zones.saved",
        object_kind="carrier",
        object_id=", ".join(carriers),
        detail={"bands": len(bands), "divisors": len(divisors)},
    )
    enqueue_after_burst(session, kind=ROUTE_ORDERS, payload={"trigger": "rates_changed"})
