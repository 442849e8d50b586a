"""The parts that the floor's resources share: codes as they may be sent, and what may be asked of lists."""

import uuid
from typing import Annotated

from pydantic import Field

from fulfillment.web.models import ApiModel, PageQuery

PLAIN = r"^[^\x00-\x1f]*$"
"""No control characters: PostgreSQL cannot keep a NUL, and no code or name of ours has any."""

Code = Annotated[str, Field(min_length=1, max_length=48, pattern=PLAIN)]
Sku = Annotated[str, Field(min_length=1, max_length=48, pattern=PLAIN)]
Lot = Annotated[str, Field(max_length=48, pattern=PLAIN, description="empty for goods without lots")]
Words = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Units = Annotated[int, Field(ge=1, le=1_000_000)]


class WarehouseQuery(PageQuery):
    """A page of one warehouse's, or of all."""

    warehouse_code: Code | None = None


class ShortOut(ApiModel):
    """A fulfillment order that lost units; they wait in `backorder_id`, which may be itself."""

    fulfillment_order_id: uuid.UUID
    number: str
    order_id: uuid.UUID
    units: dict[str, int]
    backorder_id: uuid.UUID


class LossOut(ApiModel):
    """What a deed took from orders: those left short, by name, and the tasks moved to other bins."""

    short: list[ShortOut]
    replaced: int
