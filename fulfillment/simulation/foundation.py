"""What a made-up company was made from, noted when it stands, so that the same can be made again."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.policy import CompanyPolicy
from fulfillment.simulation.company import make_company
from fulfillment.simulation.demand import USUAL_PER_DAY
from fulfillment.simulation.made_up import MadeUpCompany
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.tables import AuditEntry
from fulfillment.warehouse.tables import Warehouse

SEEDED = "company.seeded"

AUDIT = table_of(AuditEntry)
WAREHOUSE = table_of(Warehouse)


@dataclass(frozen=True)
class Foundation:
    """What a company was made up from; the same again gives the same people and orders."""

    seed: int
    today: date
    orders_per_day: int = USUAL_PER_DAY

    def make(self) -> MadeUpCompany:
        """The company itself."""
        return make_company(seed=self.seed, today=self.today, orders_per_day=self.orders_per_day)


def find_founding_day(session: Session, *, policy: CompanyPolicy) -> date:
    """The day the company is made up as of: its first warehouse's, so that a second run fits the first."""
    founded_at = session.connection().execute(sa.select(sa.func.min(WAREHOUSE.c.created_at))).scalar_one()
    moment: datetime = founded_at or read_now(session)
    return moment.astimezone(ZoneInfo(policy.time_zone)).date()


def find_foundation(session: Session) -> Foundation | None:
    """What the company that stands was made up from; None if none was written down to its end."""
    query = sa.select(AUDIT.c.detail).where(AUDIT.c.deed == SEEDED)
    detail = session.connection().execute(query).scalar_one_or_none()
    if detail is None:
        return None
    return Foundation(detail["seed"], date.fromisoformat(detail["today"]), detail["orders_per_day"])


def note_foundation(session: Session, *, foundation: Foundation, actor: Actor) -> None:
    """The company of this foundation stands, written down to its end."""
    record(
        session,
        actor=actor,
        deed=SEEDED,
        object_kind="company",
        object_id=str(foundation.seed),
        detail={
            "seed": foundation.seed,
            "today": foundation.today.isoformat(),
            "orders_per_day": foundation.orders_per_day,
        },
    )
