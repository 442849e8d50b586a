"""The columns every table is made of, so that one kind of value is stored in one way.

Each helper stands where SQLModel's `Field` would, and whether the column takes NULL follows from the
annotation: `ended_at: datetime | None = utc_column(default=None)`.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel

from fulfillment.core.ids import new_id

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

JSON_TYPE = postgresql.JSONB(none_as_null=True)
"""JSON documents; Python's None is SQL's NULL, never the JSON word null."""

INSTANT_TYPE = sa.DateTime(timezone=True)
"""Instants; connections run in UTC, so what comes back is aware and in UTC."""


def _column(
    sa_type: Any,  # noqa: ANN401 - SQLAlchemy takes a type class or an instance of one
    *,
    default: Any,  # noqa: ANN401 - the value's own type
    foreign_key: str | None = None,
    ondelete: str | None = None,
    **keywords: Any,  # noqa: ANN401 - handed to SQLModel's Field as they are
) -> Any:  # noqa: ANN401 - a field specifier answers with the annotated type
    """The SQLModel field for one column; the naming convention does the rest."""
    if foreign_key is not None:
        target = sa.ForeignKey(foreign_key, ondelete=ondelete)
        keywords["sa_column_args"] = [target]
    if callable(default):
        return Field(default_factory=default, sa_type=sa_type, **keywords)
    return Field(default=default, sa_type=sa_type, **keywords)


def id_column() -> Any:  # noqa: ANN401 - a field specifier
    """The primary key of a business object: a time-ordered UUID made by the application."""
    return _column(sa.Uuid, default=new_id, primary_key=True)


def uuid_column(
    foreign_key: str | None = None,
    *,
    default: Any = ...,  # noqa: ANN401 - the value's own type
    ondelete: str | None = None,
    primary_key: bool = False,
    index: bool = False,
    unique: bool = False,
) -> Any:  # noqa: ANN401 - a field specifier
    """A UUID, as a rule the key of another table named like "order.id"."""
    return _column(
        sa.Uuid,
        default=default,
        foreign_key=foreign_key,
        ondelete=ondelete,
        primary_key=primary_key,
        index=index,
        unique=unique,
    )


def text_column(
    foreign_key: str | None = None,
    *,
    default: Any = ...,  # noqa: ANN401 - the value's own type
    ondelete: str | None = None,
    primary_key: bool = False,
    index: bool = False,
    unique: bool = False,
) -> Any:  # noqa: ANN401 - a field specifier
    """Text of any length, or the text key of another table named like "product.sku"."""
    return _column(
        sa.Text,
        default=default,
        foreign_key=foreign_key,
        ondelete=ondelete,
        primary_key=primary_key,
        index=index,
        unique=unique,
    )


def number_column() -> Any:  # noqa: ANN401 - a field specifier
    """A counted primary key that grows with each insert: the order of a ledger, never a business name."""
    return Field(
        default=None,
        primary_key=True,
        nullable=False,
        sa_type=sa.BigInteger,
        sa_column_args=[sa.Identity(always=True)],
    )


def qty_column(*, default: Any = ..., primary_key: bool = False) -> Any:  # noqa: ANN401 - a field specifier
    """Whole units; say in the table's own CHECK whether they may be negative."""
    return _column(sa.Integer, default=default, primary_key=primary_key)


def money_column(*, default: Any = ...) -> Any:  # noqa: ANN401 - a field specifier
    """An amount in whole minor units; its name ends with `_minor`."""
    return _column(sa.BigInteger, default=default)


def currency_column(*, default: Any = ...) -> Any:  # noqa: ANN401 - a field specifier
    """An ISO 4217 code such as "USD"."""
    return _column(sa.String(3), default=default)


def utc_column(
    *,
    default: Any = ...,  # noqa: ANN401 - the value's own type
    index: bool = False,
) -> Any:  # noqa: ANN401 - a field specifier
    """An instant; always aware, always UTC."""
    return _column(INSTANT_TYPE, default=default, index=index)


def date_column(*, default: Any = ..., index: bool = False) -> Any:  # noqa: ANN401 - a field specifier
    """A calendar day such as a lot's expiry; its name ends with `_on`."""
    return _column(sa.Date, default=default, index=index)


def created_at_column() -> Any:  # noqa: ANN401 - a field specifier
    """When the row was inserted, by the database's own clock; nobody passes it."""
    return Field(
        default=None,
        nullable=False,
        sa_type=INSTANT_TYPE,
        sa_column_kwargs={"server_default": sa.func.now(), "default": None},
    )


def json_column(*, default: Any | Callable[[], Any] = ...) -> Any:  # noqa: ANN401 - a field specifier
    """A JSON document; pass `default=dict` or `default=list` for an empty one."""
    return _column(JSON_TYPE, default=default)


def enum_column(
    kind: type[Enum],
    *,
    default: Any = ...,  # noqa: ANN401 - a member of `kind`
    index: bool = False,
    name: str | None = None,
) -> Any:  # noqa: ANN401 - a field specifier
    """An enumeration stored as the text of its value, with a CHECK that lists the values.

    The CHECK is called after the enumeration; a table with two columns of one enumeration passes `name`.
    """
    return _column(enum_type(kind, name=name), default=default, index=index)


def enum_type(kind: type[Enum], *, name: str | None = None) -> sa.Enum:
    """The column type of an enumeration, for statements that need it outside a table."""
    return sa.Enum(
        kind,
        name=name or re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(),
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


def check(name: str, rule: str) -> sa.CheckConstraint:
    """A CHECK for `__table_args__`; it is called ck_<table>_<name> in the database."""
    return sa.CheckConstraint(rule, name=name)


def table_of(model: type[SQLModel] | sa.Table) -> sa.Table:
    """The table behind a model, for plain statements on hot paths."""
    found = model if isinstance(model, sa.Table) else sa.inspect(model).local_table
    assert isinstance(found, sa.Table), "a table model maps exactly one table"
    return found
