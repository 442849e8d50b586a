# ruff: noqa: ANN401 - the keywords are those of OrderRequest, and queries answer with what columns hold
"""Members, orders and returns for tests of the desks, made by the deeds themselves."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.distributors.membership import NewMember, add_members
from fulfillment.distributors.tables import MemberKind
from fulfillment.store.session import InTransaction
from tests.flows import goods_back
from tests.flows.goods_back import Sent
from tests.flows.orders import HOME
from tests.warehouse.halls import ANA

HERS = {"member_number": "D-1", "buyer_role": "distributor"}
ANOTHERS = {"member_number": "D-2", "buyer_role": "distributor"}


def open_house(session: Session) -> None:
    """Goods in a hall, return rules, and two distributors: Dora Diaz (D-1) and Olga Orlova (D-2)."""
    goods_back.set_up(session)
    members = [
        NewMember(number, MemberKind.DISTRIBUTOR, name, replace(HOME, email=""), date(2026, 1, 5))
        for number, name in (("D-1", "Dora Diaz"), ("D-2", "Olga Orlova"))
    ]
    add_members(session, members=members, actor=ANA)


def send(in_transaction: InTransaction, *lines: tuple[str, int], ref: str = "S-1", **given: Any) -> Sent:
    """An order that was delivered; hers unless said otherwise."""
    keywords = {**HERS, **given}
    return in_transaction(lambda session: goods_back.send(session, *lines, ref=ref, **keywords))


def place(
    in_transaction: InTransaction, *lines: tuple[str, int], ref: str = "S-1", **given: Any
) -> uuid.UUID:
    """An accepted order; hers unless said otherwise."""
    keywords = {**HERS, **given}
    return in_transaction(lambda session: goods_back.place(session, *lines, ref=ref, **keywords))


def one(engine: Engine, query: str, **values: object) -> Any:
    """The only value of a query, as of now."""
    with engine.connect() as connection:
        return connection.execute(sa.text(query), values).scalar_one()
