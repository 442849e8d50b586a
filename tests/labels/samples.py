"""Papers to print in tests; `with_text` puts one text in every field that a stranger can fill."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from labels.addresses import PostalAddress
from labels.carrier_label import CarrierLabel, render_carrier_labels
from labels.command_sheet import Command, render_command_sheet
from labels.packing_slip import FollowingLine, PackedLine, PackingSlip, render_packing_slip
from labels.pick_list import PickLine, PickList, render_pick_list
from labels.return_slip import ReturnSlip, ReturnSlipLine, render_return_slip
from labels.stickers import (
    BadgeSticker,
    BinSticker,
    SkuSticker,
    render_badge_stickers,
    render_bin_stickers,
    render_sku_stickers,
)

WAREHOUSE = PostalAddress("Verdant Living", "1200 Airport Way", "Reno", "89502", "US", "NV")
CUSTOMER = PostalAddress("Ada Park", "77 Elm Street", "Springfield", "62704", "US", "IL")
EXPIRY = date(2028, 1, 31)


def address(text: str) -> PostalAddress:
    return PostalAddress(text, text, text, "62704", "US", "IL", company=text, street2=text, phone=text)


def pick_list(text: str = "Fish oil", count: int = 3) -> PickList:
    lines = tuple(
        PickLine(
            bin_code=f"A-{number:02d}-01",
            sku=f"SKU-{number}",
            name=text,
            qty=number,
            order_number=f"FO-{number}",
            task_code=f"T-{number:06d}",
            lot=text,
            expires_on=EXPIRY,
            tote=text,
        )
        for number in range(1, count + 1)
    )
    released = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    return PickList(text, "W-000123", text, lines, released_at=released, picker=text)


def packing_slip(text: str = "Fish oil", *, with_prices: bool = True) -> PackingSlip:
    return PackingSlip(
        company=text,
        parcel_number="P-000456",
        order_number="O-000777",
        ship_from=WAREHOUSE,
        ship_to=address(text),
        lines=(PackedLine("SKU-1", text, 2, 3, text, EXPIRY, "$24.90", "$49.80"),),
        following=(FollowingLine("SKU-2", text, 1, text),),
        totals=(("Subtotal", "$49.80"), ("Total", "$58.75")),
        parcel_count="1 of 2",
        ordered_on=date(2026, 11, 20),
        service=text,
        message=text,
        note=text,
        with_prices=with_prices,
    )


def return_slip(text: str = "Fish oil") -> ReturnSlip:
    return ReturnSlip(
        company=text,
        rma_number="RMA-000042",
        order_number="O-000777",
        return_to=WAREHOUSE,
        customer=address(text),
        lines=(ReturnSlipLine("SKU-1", text, 2, text),),
        instructions=(text, "Hand it to the carrier."),
        authorized_on=date(2026, 11, 22),
        send_by=date(2026, 12, 22),
    )


def carrier_label(text: str = "Ada Park") -> CarrierLabel:
    return CarrierLabel(
        carrier="USPS",
        service=text,
        tracking_number="9400100000000000000008",
        ship_from=WAREHOUSE,
        ship_to=address(text),
        ship_on=date(2026, 11, 22),
        weight="1 lb 4 oz",
        parcel_count="1 of 2",
        marks=(text,),
        references=(text,),
    )


COMMANDS = (
    Command("CMD-SKIP", "Skip", "Come back to this task later."),
    Command("CMD-SHORT", "Short", "The bin holds too few."),
    Command("CMD-UNDO", "Undo", "Take back the last scan."),
    Command("CMD-DONE", "Done", "Finish this task."),
    Command("CMD-TOTE-FULL", "Tote full", "Start another tote."),
)

PAPERS: dict[str, Callable[[str], bytes]] = {
    "pick list": lambda text: render_pick_list(pick_list(text)),
    "packing slip": lambda text: render_packing_slip(packing_slip(text)),
    "return slip": lambda text: render_return_slip(return_slip(text)),
    "command sheet": lambda text: render_command_sheet([Command("CMD-1", text, text)], company=text),
    "bin stickers": lambda text: render_bin_stickers([BinSticker("A-01-01", text, text, "up")] * 4),
    "SKU stickers": lambda text: render_sku_stickers(
        [SkuSticker("SKU-1", text, lot=text, expires_on=EXPIRY)] * 4
    ),
    "badges": lambda text: render_badge_stickers([BadgeSticker(text, text, "B7F3K9Q2M4", text)] * 4),
    "carrier label": lambda text: render_carrier_labels([carrier_label(text)]),
}
"""Each paper by its name, with the same text in all of its free fields."""
