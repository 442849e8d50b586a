"""The cartons a company packs in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.shipping.tables import Carton
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of

CARTON = table_of(Carton)


@dataclass(frozen=True)
class NewCarton:
    """A carton by its inner size, own weight, and the heaviest contents it bears."""

    code: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    max_weight_g: int


STANDARD_CARTONS: Final = (
    NewCarton("S", "Small", 230, 160, 80, 90, 4_000),
    NewCarton("M", "Medium", 300, 230, 150, 180, 9_000),
    NewCarton("L", "Large", 400, 300, 250, 350, 18_000),
    NewCarton("XL", "Extra large", 600, 400, 400, 700, 27_000),
)
"""Sizes that most small goods fit in, for a company that has not named its own.

27 kg leaves a reserve below what the post takes (70 lb, USPS Domestic Mail Manual 601.3).
"""


def save_cartons(session: Session, *, cartons: Sequence[NewCarton], actor: Actor) -> None:
    """These cartons are in use, as they are described here; others stay as they are.

    Raises:
        InvalidInputError: a measure is not above zero.
    """
    for carton in cartons:
        measures = (carton.length_mm, carton.width_mm, carton.height_mm, carton.max_weight_g)
        if min(measures) <= 0 or carton.weight_g < 0 or not carton.code.strip():
            raise InvalidInputError(
                f"Carton {carton.code} needs a code, three sides and a weight limit above 0."
            )
        values = {**asdict(carton), "is_active": True}
        statement = insert(CARTON).values(values)
        session.connection().execute(statement.on_conflict_do_update(index_elements=["code"], set_=values))
        record(
            session,
            actor=actor,
            deed="carton.saved",
            object_kind="carton",
            object_id=carton.code,
            detail=asdict(carton),
        )


def retire_carton(session: Session, *, code: str, actor: Actor) -> None:
    """Nothing is packed in the carton any more; parcels in it keep it.

    Raises:
        InvalidInputError: there is no such carton.
    """
    statement = sa.update(CARTON).where(CARTON.c.code == code).values(is_active=False)
    if session.connection().execute(statement).rowcount != 1:
        raise InvalidInputError(f"There is no carton {code}.")
    record(session, actor=actor, deed="carton.retired", object_kind="carton", object_id=code)
