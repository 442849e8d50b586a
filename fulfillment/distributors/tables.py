"""Members: distributors, preferred customers and retail customers, in two trees."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from fulfillment.store.columns import (
    check,
    created_at_column,
    date_column,
    enum_column,
    id_column,
    json_column,
    text_column,
    uuid_column,
)


class MemberKind(StrEnum):
    """The role a person buys in; only a distributor earns commission."""

    DISTRIBUTOR = "distributor"
    PREFERRED = "preferred"
    RETAIL = "retail"


class EndedBy(StrEnum):
    """Which side ended a membership; some buy-back rules differ."""

    MEMBER = "member"
    COMPANY = "company"


class Member(SQLModel, table=True):
    """One person or firm that buys; the sponsor places them in the tree, the enroller signed them up."""

    __tablename__ = "member"
    __table_args__ = (
        check("ended_by_someone", "(ended_on IS NULL) = (ended_by IS NULL)"),
        check("not_own_sponsor", "sponsor_id <> id AND enroller_id <> id"),
        sa.Index(None, "sponsor_id"),
        sa.Index("ix_member_name_search", sa.text("lower(name) text_pattern_ops")),
        sa.Index("ix_member_email_search", sa.text("lower(email)")),
    )

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    kind: MemberKind = enum_column(MemberKind)
    name: str = text_column()
    email: str | None = text_column(default=None)
    phone: str | None = text_column(default=None)
    locale: str = text_column(default="en")
    address: dict[str, Any] = json_column(default=dict)
    market: str = text_column(default="US")
    sponsor_id: uuid.UUID | None = uuid_column("member.id", default=None)
    enroller_id: uuid.UUID | None = uuid_column("member.id", default=None)
    joined_on: date = date_column()
    ended_on: date | None = date_column(default=None)
    ended_by: EndedBy | None = enum_column(EndedBy, default=None)
    created_at: datetime = created_at_column()
