"""What the rules of the river's state machine share: one transaction, its stations, and the books."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy.engine import Engine
from sqlmodel import Session
from typing_extensions import override

from fulfillment.core.errors import FulfillmentError
from tests.river.books import find_violations
from tests.river.carriers import ForgetfulCarrier
from tests.river.gateways import ForgetfulGateway
from tests.river.savepoints import make_hands, savepoints_on
from tests.river.steps import River

ANY: Final = st.integers(min_value=0, max_value=11)
"""Which of the things there are a rule takes, counted around."""


class RiverBase(RuleBasedStateMachine):
    """One company inside one transaction, which is rolled back when the run is over."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.carrier = ForgetfulCarrier()
        self.gateway = ForgetfulGateway()
        self.river = River(savepoints_on(self.connection))
        self.hands = make_hands(self.connection, self.carrier, self.gateway)
        self.wishes: dict[str, dict[str, int]] = {}
        self.refusals: list[str] = []
        self.number = 0

    def next_number(self) -> int:
        """A number that no step of this run had before."""
        self.number += 1
        return self.number

    def one(self, pick: int, query: str, **values: object) -> sa.Row[Any] | None:
        """One of the rows a query finds, None where it finds none."""
        rows = self.connection.execute(sa.text(query), values).all()
        return rows[pick % len(rows)] if rows else None

    def attempt(self, deed: Callable[..., object], **given: object) -> object:
        """What the deed answered; a refusal in words is an answer too, and then nothing was written."""
        try:
            return self.river.in_transaction(partial(deed, **given))
        except FulfillmentError as refusal:
            self.refusals.append(refusal.message)
            return refusal

    @invariant()
    def the_books_are_sound(self) -> None:
        """Reliability I1, I2, I4 to I6, I8, I9, I11 to I13, after every step."""
        wrong = self.river.in_transaction(find_violations)
        assert not wrong, "\n".join(wrong)

    @override
    def teardown(self) -> None:
        """Whatever was left open is settled, then every party's books agree; nothing stays."""
        try:
            self.settle()
        finally:
            self.outer.rollback()
            self.connection.close()

    def settle(self) -> None:
        """No party misbehaves any more and all jobs have run."""
        self.carrier.mishaps.clear()
        self.gateway.mishaps.clear()
        self.hands.work()
        self.the_books_are_sound()
        self.every_job_has_ended()
        self.every_order_is_there_once()
        self.every_label_is_known()
        self.every_refund_was_paid_once()

    def every_job_has_ended(self) -> None:
        """I7: each job is done; none here has a reason to die."""
        query = "SELECT kind, state, last_error FROM job WHERE state <> 'done'"
        assert self._rows(query) == []

    def every_order_is_there_once(self) -> None:
        """I3 and I4: what was acknowledged, with the units that were asked for."""
        query = """
            SELECT o.source_ref, l.sku, l.qty FROM customer_order o JOIN order_line l ON l.order_id = o.id
            ORDER BY 1, 2
        """
        expected = sorted((ref, sku, qty) for ref, units in self.wishes.items() for sku, qty in units.items())
        assert [tuple(row) for row in self._rows(query)] == expected

    def every_label_is_known(self) -> None:
        """I5: what is live at the carrier is what the books call bought, one for each parcel."""
        query = "SELECT transaction_ref FROM postage WHERE state IN ('bought', 'void_refused')"
        assert {row.transaction_ref for row in self._rows(query)} == self.carrier.live

    def every_refund_was_paid_once(self) -> None:
        """I6: the provider's books and ours name the same shares with the same amounts."""
        query = "SELECT id::text AS key, amount_minor FROM refund_part WHERE state = 'paid'"
        ours = {row.key: row.amount_minor for row in self._rows(query)}
        assert ours == {key: order.amount.minor for key, order in self.gateway.paid.items()}

    def _rows(self, query: str) -> list[sa.Row[Any]]:
        def work(session: Session) -> list[sa.Row[Any]]:
            return list(session.connection().execute(sa.text(query)).all())

        return self.river.in_transaction(work)
