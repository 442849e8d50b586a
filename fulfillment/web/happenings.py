"""The line of time of an order in words: what happened to what, who did it, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from fulfillment.core.states import (
    FulfillmentOrderState,
    OrderState,
    ParcelState,
    PostageState,
    RefundState,
    ReturnState,
)
from fulfillment.reads.timelines import Happening, HappeningKind
from fulfillment.returns.kinds import ReturnReason
from fulfillment.shipping.tracking import TrackingStatus, read_status
from fulfillment.web.desk_words import (
    CARRIER_WORDS,
    GRADE_WORDS,
    REASON_WORDS,
    carrier_words,
    hold_words,
    service_words,
)
from fulfillment.web.state_words import Tone, look_of
from fulfillment.web.words import N_, _, money

STATES: Final[Mapping[str, type[StrEnum]]] = {
    "customer_order": OrderState,
    "fulfillment_order": FulfillmentOrderState,
    "parcel": ParcelState,
    "postage": PostageState,
    "return_authorization": ReturnState,
    "refund": RefundState,
}
OBJECTS: Final = {
    "customer_order": N_("Order %(number)s"),
    "fulfillment_order": N_("Fulfillment order %(number)s"),
    "parcel": N_("Parcel %(number)s"),
    "postage": N_("Postage of parcel %(number)s"),
    "return_authorization": N_("Return %(number)s"),
    "refund": N_("Refund %(number)s"),
}
DEEDS: Final = {
    "order.held": N_("put on hold"),
    "order.hold_released": N_("hold released"),
    "order.cancelled": N_("cancelled"),
    "fulfillment_order.packed": N_("packed"),
    "fulfillment_order.short": N_("stock fell short"),
    "fulfillment_order.put_back": N_("put back in the bins"),
    "parcel.unpacked": N_("opened again"),
    "parcel.shipped": N_("shipped"),
    "parcel.delivered": N_("delivered"),
    "postage.bought": N_("bought"),
    "postage.void_requested": N_("given up"),
    "postage.tried_again": N_("postage tried again"),
    "label.fetched_again": N_("label fetched again"),
    "return.requested": N_("asked for"),
    "return.posted": N_("posted"),
    "return.received": N_("goods came in"),
    "return.inspected": N_("goods inspected"),
    "return.reopened": N_("opened again"),
    "return.cancelled": N_("cancelled"),
    "return.replaced": N_("replaced"),
    "refund.proposed": N_("proposed"),
    "refund.approved": N_("approved"),
    "refund.rejected": N_("rejected"),
    "refund.repeated": N_("sent again"),
    "refund.share_decided": N_("share settled by a person"),
    "refund.paid": N_("paid"),
}
PEOPLE: Final = frozenset({"user", "token"})
MECHANICAL: Final = frozenset({("postage", PostageState.INTENDED), ("postage", PostageState.CALLING)})
"""Steps of a protocol that say nothing to a person."""


@dataclass(frozen=True)
class Entry:
    """A line of the line of time; `who` is empty where no person and no carrier stands behind it."""

    at: datetime
    words: str
    who: str
    detail: str
    tone: str
    kind: HappeningKind


def tell_happenings(happenings: Sequence[Happening]) -> list[Entry]:
    """The happenings in words, without the steps that only machines care for."""
    return [
        _entry(each)
        for each in happenings
        if each.kind is not HappeningKind.MOVE or (each.object_kind, each.what) not in MECHANICAL
    ]


def _entry(each: Happening) -> Entry:
    words, detail, tone = _TELLERS[each.kind](each)
    return Entry(at=each.at, words=words, who=_who(each), detail=detail, tone=tone, kind=each.kind)


def _who(each: Happening) -> str:
    if each.who_kind in PEOPLE or each.kind is HappeningKind.SCAN:
        return each.who
    return _("automatically")


def _move(each: Happening) -> tuple[str, str, str]:
    look = look_of(STATES[each.object_kind](each.what))
    words = _("%(object)s: %(state)s", object=_object(each), state=_(look.word).lower())
    return words, _reason(each), look.tone


def _deed(each: Happening) -> tuple[str, str, str]:
    known = DEEDS.get(each.what)
    deed = _(known) if known else each.what.rpartition(".")[2].replace("_", " ")
    return (
        _("%(object)s: %(state)s", object=_object(each), state=deed),
        _details(each.detail),
        "",
    )


def _scan(each: Happening) -> tuple[str, str, str]:
    status = read_status(each.what)
    words = each.reason or _(look_of(status).word)
    where = each.place if status is not TrackingStatus.UNKNOWN else ""
    tone: Tone = look_of(status).tone
    return words, " · ".join(part for part in (where, _object(each)) if part), tone


_TELLERS: Final = {HappeningKind.MOVE: _move, HappeningKind.DEED: _deed, HappeningKind.SCAN: _scan}


def _object(each: Happening) -> str:
    return _(OBJECTS[each.object_kind], number=each.label)


def _reason(each: Happening) -> str:
    """Why it changed its state, as a sentence; a reason that only repeats the state is none."""
    if each.reason in (each.what, ""):
        return ""
    if each.object_kind == "return_authorization" and each.reason in REASON_WORDS:
        return _(REASON_WORDS[ReturnReason(each.reason)])
    carrier, _space, service = each.reason.partition(" ")
    if carrier in CARRIER_WORDS and service.startswith(carrier):
        return f"{carrier_words(carrier)} {service_words(service)}"
    return each.reason[:1].upper() + each.reason[1:]


def _details(detail: Mapping[str, Any]) -> str:
    """What a deed's detail says to a person; ids and flags are for the audit trail."""
    parts = []
    if detail.get("sku"):
        parts.append(_("%(qty)s of %(sku)s", qty=detail.get("qty", ""), sku=detail["sku"]).strip())
    if detail.get("grade"):
        parts.append(_(GRADE_WORDS[detail["grade"]]).lower())
    if detail.get("code"):
        parts.append(hold_words(str(detail["code"])))
    if "amount_minor" in detail and "currency" in detail:
        parts.append(money(int(detail["amount_minor"]), str(detail["currency"])))
    parts += [str(detail[name]) for name in ("note", "reason", "tracking_number") if detail.get(name)]
    return " · ".join(parts)
