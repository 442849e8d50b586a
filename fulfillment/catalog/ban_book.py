"""The book of shipping bans: rules are added, switched off and on again, never erased."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.bans import Ban, BanBook
from fulfillment.catalog.kinds import HazardClass
from fulfillment.catalog.tables import Product, ShippingBan
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of

BAN = table_of(ShippingBan)
PRODUCT = table_of(Product)

MAX_REASON = 200
MAX_BANS = 2_000
"""Every order is held against all of them, so they are rules and not a list of addresses."""

FIELDS = ("sku", "hazard_class", "category", "country", "state", "to_military", "warehouse_code", "reason")


@dataclass(frozen=True)
class NewBan:
    """A rule to be added; what is None matches everything."""

    reason: str
    sku: str | None = None
    hazard_class: HazardClass | None = None
    category: str | None = None
    country: str | None = None
    state: str | None = None
    to_military: bool = False
    warehouse_code: str | None = None


def add_ban(session: Session, *, ban: NewBan, actor: Actor) -> uuid.UUID:
    """The rule holds for every promise and plan made from now on; saying it twice changes nothing.

    Raises:
        InvalidInputError: it gives no reason, names nothing, or names two kinds of goods at once.
        NotFoundError: there is no such product.
    """
    _check(ban)
    _require_product(session, ban)
    connection = session.connection()
    # Rules are added one at a time, or two people could add the same one.
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('catalog.bans'))"))
    same = sa.and_(*(BAN.c[name].is_not_distinct_from(getattr(ban, name)) for name in FIELDS[:-1]))
    known = connection.execute(sa.select(BAN.c.id, BAN.c.is_active, BAN.c.reason).where(same)).first()
    if known is not None:
        if not known.is_active or known.reason != ban.reason:
            connection.execute(
                sa.update(BAN).where(BAN.c.id == known.id).values(is_active=True, reason=ban.reason)
            )
            _record(session, known.id, "ban.changed", actor, reason=ban.reason)
        return uuid.UUID(str(known.id))
    if connection.execute(sa.select(sa.func.count()).select_from(BAN)).scalar_one() >= MAX_BANS:
        raise InvalidInputError(f"There are {MAX_BANS} bans already; write a rule for a class or a category.")
    ban_id = new_id()
    connection.execute(sa.insert(BAN).values(id=ban_id, is_active=True, **asdict(ban)))
    _record(session, ban_id, "ban.added", actor, **_plain(ban))
    return ban_id


def switch_ban(session: Session, *, ban_id: uuid.UUID, is_active: bool, actor: Actor) -> None:
    """The rule holds, or holds no longer.

    Raises:
        NotFoundError: there is none.
    """
    changed = session.connection().execute(
        sa.update(BAN).where(BAN.c.id == ban_id).values(is_active=is_active).returning(BAN.c.id)
    )
    if changed.one_or_none() is None:
        raise NotFoundError(f"There is no ban {ban_id}.")
    _record(session, ban_id, "ban.switched_on" if is_active else "ban.switched_off", actor)


def list_bans(session: Session) -> Sequence[sa.Row[Any]]:
    """All rules, those in force first, then the newest first."""
    query = sa.select(BAN).order_by(BAN.c.is_active.desc(), BAN.c.id.desc())
    return session.connection().execute(query).all()


def read_ban_book(session: Session) -> BanBook:
    """The rules in force."""
    columns = [BAN.c[name] for name in ("id", *FIELDS)]
    rows = session.connection().execute(sa.select(*columns).where(BAN.c.is_active).order_by(BAN.c.id))
    return BanBook(tuple(Ban(*row) for row in rows))


def _check(ban: NewBan) -> None:
    if not ban.reason.strip() or len(ban.reason) > MAX_REASON:
        raise InvalidInputError(
            f"Say in 1 to {MAX_REASON} characters why it may not travel; people who wait for it will read it."
        )
    named = [ban.sku, ban.hazard_class, ban.category]
    if sum(value is not None for value in named) > 1:
        raise InvalidInputError("Name a SKU, a hazard class or a category, not several; add a ban for each.")
    if ban.state is not None and ban.country is None:
        raise InvalidInputError(f"Name the country of state {ban.state} too.")
    if not ban.to_military and not any([*named, ban.country, ban.warehouse_code]):
        raise InvalidInputError("A ban that names no goods, no place and no warehouse would stop everything.")
    if ban.country is not None and (len(ban.country) != len("US") or not ban.country.isupper()):
        raise InvalidInputError(f"{ban.country!r} is not a country code; use two letters such as US.")


def _require_product(session: Session, ban: NewBan) -> None:
    if ban.sku is not None:
        found = session.connection().execute(sa.select(PRODUCT.c.sku).where(PRODUCT.c.sku == ban.sku))
        if found.one_or_none() is None:
            raise NotFoundError(f"There is no product {ban.sku}.", sku=ban.sku)


def _plain(ban: NewBan) -> dict[str, Any]:
    return {name: value for name, value in asdict(ban).items() if value not in {None, False}}


def _record(
    session: Session,
    ban_id: uuid.UUID,
    deed: str,
    actor: Actor,
    **detail: Any,  # noqa: ANN401 - plain values of the rule
) -> None:
    record(session, actor=actor, deed=deed, object_kind="shipping_ban", object_id=ban_id, detail=detail)
