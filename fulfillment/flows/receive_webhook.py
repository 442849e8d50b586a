"""A carrier's message is kept before anything is made of it: it will not be sent again."""

from sqlmodel import Session

from fulfillment.core.job_kinds import APPLY_TRACKING
from fulfillment.shipping.scans import store_webhook
from fulfillment.shipping.webhook_signatures import fingerprint
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue


def receive_webhook(session: Session, *, body: bytes, is_signed: bool) -> bool:
    """The message stands as it came and a job will apply it; whether it was new.

    The caller has made sure that it comes from the carrier.
    """
    webhook_id = store_webhook(
        session, body=body, sha256=fingerprint(body), is_signed=is_signed, now=read_now(session)
    )
    if webhook_id is None:
        return False
    enqueue(session, kind=APPLY_TRACKING, payload={"webhook_id": str(webhook_id)})
    return True
