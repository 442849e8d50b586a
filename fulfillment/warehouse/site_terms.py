"""What a person may change of a warehouse that stands: whether it is open, its cut-off, its parcels a day."""

from dataclasses import asdict, dataclass
from datetime import time

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Warehouse

WAREHOUSE = table_of(Warehouse)


@dataclass(frozen=True)
class SiteTerms:
    """The terms to be set; None leaves one as it is. `cutoff_at` is local time."""

    is_active: bool | None = None
    cutoff_at: time | None = None
    daily_parcel_capacity: int | None = None


def set_site_terms(session: Session, *, code: str, terms: SiteTerms, actor: Actor) -> bool:
    """The warehouse works on these terms; false where it did before.

    Raises:
        NotFoundError: there is no such warehouse.
        InvalidInputError: the capacity is below zero.
    """
    if terms.daily_parcel_capacity is not None and terms.daily_parcel_capacity < 0:
        raise InvalidInputError(
            f"Warehouse {code} cannot send {terms.daily_parcel_capacity} parcels a day; give zero or more."
        )
    wanted = {name: value for name, value in asdict(terms).items() if value is not None}
    query = sa.select(WAREHOUSE).where(WAREHOUSE.c.code == code).with_for_update()
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no warehouse {code}.", code=code)
    new = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not new:
        return False
    session.connection().execute(sa.update(WAREHOUSE).where(WAREHOUSE.c.code == code).values(new))
    record(
        session,
        actor=actor,
        deed="warehouse.changed",
        object_kind="warehouse",
        object_id=code,
        detail={name: [str(getattr(row, name)), str(value)] for name, value in new.items()},
    )
    return True
