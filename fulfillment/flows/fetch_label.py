"""The label's bytes are fetched and kept: bought is one thing, printed another."""

import uuid

from fulfillment.shipping.carriers.protocol import Carrier
from fulfillment.shipping.postage import find_document, get_postage, store_document
from fulfillment.store.session import InTransaction


def fetch_label(in_transaction: InTransaction, carrier: Carrier, *, postage_id: uuid.UUID) -> None:
    """The label can be printed from our own copy.

    Raises:
        NotFoundError: there is no such postage.
        CarrierUnavailableError: the file cannot be had now; the job tries again.
        CarrierRefusedError: the address or the file is not one we accept.
    """
    postage, document = in_transaction(
        lambda session: (
            get_postage(session, postage_id=postage_id),
            find_document(session, postage_id=postage_id),
        )
    )
    if document is not None:
        return
    url = postage.label_url or carrier.read_purchase(postage.transaction_ref).label_url
    file = carrier.fetch_label(url)
    in_transaction(
        lambda session: store_document(
            session,
            postage_id=postage_id,
            media_type=file.media_type,
            sha256=file.sha256,
            content=file.content,
        )
    )
