"""The book of return rules: rows of the database, loaded from packs that ship as data files."""

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


@dataclass(frozen=True)
class LoadedPack:
    """How many rules a pack has, and how many of them were new or changed."""

    rules: int
    changed: int


def load_pack(session: Session, *, name: str) -> LoadedPack:
    """The rules of a shipped pack stand in the book; loading it again changes nothing.

    Raises:
        NotFoundError: no pack of this name is shipped.
        InvalidInputError: a rule in it cannot be read; the message names it.
    """
    path = files("fulfillment.returns") / "rules" / f"{name}.toml"
    if not path.is_file():
        raise NotFoundError(f"There is no pack of return rules called {name}.", name=name)
    pack = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = [_row(name, rule) for rule in pack["rule"]]
    changed = 0
    for row in rows:
        statement = insert(RULE).values(**row)
        compared = [column for column in row if column not in {"code", "is_active"}]
        differs = sa.or_(
            *(RULE.c[column].is_distinct_from(statement.excluded[column]) for column in compared)
        )
        statement = statement.on_conflict_do_update(
            index_elements=["code"],
            set_={column: statement.excluded[column] for column in compared},
            where=differs,
        )
        changed += session.connection().execute(statement).rowcount
    return LoadedPack(len(rows), changed)


def list_rules(session: Session, *, policy: str) -> list[Rule]:
    """The active rules of a company's policy, with the law's own on top, by code."""
    query = (
        sa.select(RULE).where(RULE.c.is_active, RULE.c.policy.in_([policy, OVERLAY])).order_by(RULE.c.code)
    )
    return [_rule(row) for row in session.connection().execute(query)]


def _row(pack: str, rule: Mapping[str, Any]) -> dict[str, Any]:
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
    except (KeyError, ValueError) as error:
        raise InvalidInputError(f"Rule {code} of pack {pack}: {error} cannot be read.", rule=code) from error
    return {
        **{name: getattr(checked, name) for name in Rule.__dataclass_fields__},
        "conditions": dict(checked.conditions),
        "policy": rule.get("policy", pack),
        "source": rule["source"],
        "verification": rule.get("verification", "seen"),
        "is_active": rule.get("is_active", True),
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


def packs_shipped() -> Sequence[str]:
    """The names of the packs that ship with the product."""
    folder = files("fulfillment.returns") / "rules"
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )
