"""What no longer opens anything is thrown away after a while."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts.tables import OneTimeLink, UserSession
from fulfillment.accounts.throttling import forget_old_windows
from fulfillment.store.columns import table_of

KEPT = timedelta(days=30)

_SESSION = table_of(UserSession)
_LINK = table_of(OneTimeLink)


def forget_ended(session: Session) -> int:
    """Sessions and links that ended a month ago are gone, and counters of past windows; answers how many.

    Who signed in when stays in the audit trail.
    """
    old = sa.func.now() - KEPT
    sessions = session.execute(
        sa.delete(_SESSION)
        .where(sa.or_(_SESSION.c.expires_at < old, _SESSION.c.ended_at < old))
        .returning(_SESSION.c.id)
    )
    links = session.execute(sa.delete(_LINK).where(_LINK.c.expires_at < old).returning(_LINK.c.id))
    return len(sessions.all()) + len(links.all()) + forget_old_windows(session)
