"""The book of return rules: rows of the database, loaded from packs that ship as data files.

A pack is a company policy, the law's overlay, or an addition to a policy that is switched on as a whole.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.returns.calendars import Calendar
from fulfillment.returns.policy import FreightPayer, ReturnEvent, Rule
from fulfillment.returns.tables import ReturnRule
from fulfillment.store.columns import table_of

RULE = table_of(ReturnRule)

OVERLAY = "overlay"
"""The policy name of rules the law adds to whatever policy a company has."""

FOLDER = files("fulfillment.returns") / "rules"
KEPT = frozenset({"code", "is_active"})
"""Columns that loading a pack again leaves as they are."""


@dataclass(frozen=True)
class LoadedPack:
    """How many rules a pack has, and how many of them were new or changed."""

    rules: int
    changed: int


@dataclass(frozen=True)
class Pack:
    """A pack in the book: how many rules it has, and how many of them are switched on."""

    name: str
    policy: str
    rules: int
    active: int


def packs_shipped() -> Sequence[str]:
    """The names of the packs that ship with the product."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in FOLDER.iterdir() if entry.name.endswith(".toml")
    )


def load_packs(session: Session) -> list[LoadedPack]:
    """Every pack that ships stands in the book; what a company switched stays as it is."""
    return [load_pack(session, name=name) for name in packs_shipped()]


def load_pack(session: Session, *, name: str) -> LoadedPack:
    """The rules of a shipped pack stand in the book; loading it again changes nothing.

    Raises:
        NotFoundError: no pack of this name is shipped.
        InvalidInputError: a rule in it cannot be read; the message names it.
    """
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        raise NotFoundError(f"There is no pack of return rules called {name}.", name=name)
    rows = read_pack(name, path.read_text(encoding="utf-8"))
    changed = sum(_save(session, row) for row in rows)
    return LoadedPack(len(rows), changed)


def read_pack(name: str, text: str) -> list[dict[str, Any]]:
    """The rows a pack's file makes; a rule of several jurisdictions makes one row for each.

    Raises:
        InvalidInputError: a rule in it cannot be read; the message names it.
    """
    pack = tomllib.loads(text)
    head = {"pack": name, "policy": pack.get("policy", name), "is_active": pack.get("is_active", True)}
    rows = []
    for rule in pack["rule"]:
        places = rule.get("jurisdictions")
        if places is None:
            rows.append(_row(head, rule))
        else:
            rows.extend(
                _row(head, {**rule, "jurisdiction": place, "code": f"{rule.get('code', '?')}/{place}"})
                for place in places
            )
    return rows


def switch_pack(session: Session, *, name: str, is_active: bool) -> int:
    """The rules of a pack hold, or hold no longer, for requests from now on; returns how many.

    Raises:
        NotFoundError: no pack of this name stands in the book.
    """
    statement = sa.update(RULE).where(RULE.c.pack == name).values(is_active=is_active)
    switched = session.connection().execute(statement).rowcount
    if not switched:
        raise NotFoundError(f"There is no pack of return rules called {name}.", name=name)
    return switched


def list_packs(session: Session) -> list[Pack]:
    """The packs in the book by name."""
    active = sa.func.count().filter(RULE.c.is_active)
    query = (
        sa.select(RULE.c.pack, RULE.c.policy, sa.func.count(), active)
        .group_by(RULE.c.pack, RULE.c.policy)
        .order_by(RULE.c.pack)
    )
    return [Pack(*row) for row in session.connection().execute(query)]


def list_rules(session: Session, *, policy: str) -> list[Rule]:
    """The active rules of a company's policy, with the law's own on top, by code."""
    query = (
        sa.select(RULE).where(RULE.c.is_active, RULE.c.policy.in_([policy, OVERLAY])).order_by(RULE.c.code)
    )
    return [_rule(row) for row in session.connection().execute(query)]


def _save(session: Session, row: Mapping[str, Any]) -> int:
    statement = insert(RULE).values(**row)
    compared = [column for column in row if column not in KEPT]
    differs = sa.or_(*(RULE.c[column].is_distinct_from(statement.excluded[column]) for column in compared))
    statement = statement.on_conflict_do_update(
        index_elements=["code"],
        set_={column: statement.excluded[column] for column in compared},
        where=differs,
    )
    return session.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _row(head: Mapping[str, Any], rule: Mapping[str, Any]) -> dict[str, Any]:
    code = rule.get("code", "?")
    try:
        checked = Rule(
            code=rule["code"],
            jurisdiction=rule.get("jurisdiction", "*"),
            role=rule.get("role", "*"),
            event=ReturnEvent(rule.get("event", "return")),
            window_days=rule.get("window_days"),
            window_months=rule.get("window_months"),
            window_from=rule.get("window_from", "purchase"),
            calendar=Calendar(rule.get("calendar", "calendar_days")),
            percent=rule["percent"],
            is_marketable_only=rule.get("is_marketable_only", False),
            allows_opened=rule.get("allows_opened", False),
            refunds_shipping=rule.get("refunds_shipping", False),
            freight_payer=FreightPayer(rule.get("freight_payer", "returner")),
            pay_within_days=rule.get("pay_within_days"),
            pay_calendar=Calendar(rule.get("pay_calendar", "working_days")),
            pay_from=rule.get("pay_from", "receipt"),
            valid_from=rule.get("valid_from", date(2000, 1, 1)),
            valid_to=rule.get("valid_to"),
            conditions=rule.get("conditions", {}),
        )
        source = rule["source"]
    except (KeyError, ValueError) as error:
        raise InvalidInputError(
            f"Rule {code} of pack {head['pack']}: {error} cannot be read.", rule=code
        ) from error
    return {
        **head,
        **{name: getattr(checked, name) for name in Rule.__dataclass_fields__},
        "conditions": dict(checked.conditions),
        "source": source,
        "verification": rule.get("verification", "seen"),
    }


def _rule(row: sa.Row[Any]) -> Rule:
    plain = {name: getattr(row, name) for name in Rule.__dataclass_fields__}
    return Rule(
        **{
            **plain,
            "event": ReturnEvent(row.event),
            "calendar": Calendar(row.calendar),
            "pay_calendar": Calendar(row.pay_calendar),
            "freight_payer": FreightPayer(row.freight_payer),
        }
    )
