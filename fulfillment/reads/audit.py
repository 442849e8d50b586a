"""The books are checked against themselves: what breaks a rule is named."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.reads.audit_rules import AUDIT_RULES
from fulfillment.reads.autoship_audit_rules import AUTOSHIP_RULES

MAX_NAMED = 100
"""Violations named for each rule; all are counted."""


@dataclass(frozen=True)
class Violation:
    """Where a rule does not hold: what it should be, and what is written."""

    rule: str
    words: str
    subject: str
    expected: str
    found: str


@dataclass(frozen=True)
class AuditReport:
    """How many rules were checked and how many times they are broken; the first of each are named."""

    rules: int
    violations: int
    named: tuple[Violation, ...]


def audit_books(session: Session) -> AuditReport:
    """Every rule, checked on the session's one snapshot."""
    rules = (*AUDIT_RULES, *AUTOSHIP_RULES)
    named: list[Violation] = []
    count = 0
    for rule in rules:
        rows = session.connection().execute(sa.text(rule.query)).all()
        count += len(rows)
        named.extend(
            Violation(rule.name, rule.words, str(row.subject), str(row.expected), str(row.found))
            for row in rows[:MAX_NAMED]
        )
    return AuditReport(len(rules), count, tuple(named))
