import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.flows.accept_order import accept_order
from fulfillment.reads.audit import audit_books
from fulfillment.reads.audit_rules import AUDIT_RULES
from fulfillment.reads.autoship_audit_rules import AUTOSHIP_RULES
from tests.flows.orders import POLICY, order_of
from tests.warehouse.halls import ANA, build_hall, list_products, stock


def test_books_that_nobody_touched_break_no_rule(session: Session) -> None:
    bins = build_hall(session)
    list_products(session, "TEA")
    stock(session, bins["A-1"], "TEA", 5)
    accept_order(session, request=order_of(("TEA", 7)), actor=ANA, policy=POLICY)

    report = audit_books(session)

    assert (report.rules, report.violations, report.named) == (len(AUDIT_RULES) + len(AUTOSHIP_RULES), 0, ())


def test_a_reservation_changed_behind_the_operations_back_is_named(session: Session) -> None:
    bins = build_hall(session)
    list_products(session, "TEA")
    stock(session, bins["A-1"], "TEA", 5)
    accept_order(session, request=order_of(("TEA", 2)), actor=ANA, policy=POLICY)

    session.connection().execute(sa.text("UPDATE availability SET reserved = 1 WHERE sku = 'TEA'"))

    (violation,) = audit_books(session).named
    assert (violation.rule, violation.subject) == ("reserved_is_promised", "CHI TEA")
    assert (violation.expected, violation.found) == ("2", "1")


def test_a_balance_changed_behind_the_ledgers_back_is_named(session: Session) -> None:
    bins = build_hall(session)
    list_products(session, "TEA")
    stock(session, bins["A-1"], "TEA", 5)

    session.connection().execute(sa.text("UPDATE balance SET qty = 6 WHERE qty = 5"))

    rules = {violation.rule for violation in audit_books(session).named}
    assert rules == {"balance_is_its_movements", "units_are_conserved", "sellable_is_on_the_shelf"}
