"""What the desks call reasons, grades, holds, tenders and deeds."""

from typing import Any, Final

from fulfillment.catalog.kinds import HazardClass
from fulfillment.distributors.tables import MemberKind
from fulfillment.orders.kinds import OrderKind, TenderKind
from fulfillment.orders.lifecycle import OrderProgress
from fulfillment.returns.kinds import Disposition, Grade, ReturnReason
from fulfillment.web.scan_words import SCAN_WORDS
from fulfillment.web.words import N_, _

REASON_WORDS: Final = {
    ReturnReason.UNWANTED: N_("I do not want it"),
    ReturnReason.DAMAGED: N_("It came damaged"),
    ReturnReason.DEFECTIVE: N_("It does not work as it should"),
    ReturnReason.WRONG_ITEM: N_("It is not what I ordered"),
    ReturnReason.NOT_DELIVERED: N_("It never came"),
    ReturnReason.COOLING_OFF: N_("I cancel my purchase"),
    ReturnReason.LEAVING: N_("I am leaving the company"),
    ReturnReason.RECALLED: N_("It was recalled"),
}
REASON_HINTS: Final = {
    ReturnReason.UNWANTED: N_("You changed your mind, or have too much of it."),
    ReturnReason.DAMAGED: N_("Broken, leaking or crushed on the way."),
    ReturnReason.DEFECTIVE: N_("Something is wrong with the product itself."),
    ReturnReason.WRONG_ITEM: N_("Another product, size or quantity was in the box."),
    ReturnReason.NOT_DELIVERED: N_("The parcel is missing, or something was missing in it."),
    ReturnReason.COOLING_OFF: N_("The law gives you some days to cancel."),
    ReturnReason.LEAVING: N_("You end your membership and send your stock back."),
    ReturnReason.RECALLED: N_("We asked you to send it back."),
}
ASKABLE_REASONS: Final = tuple(reason for reason in REASON_WORDS if reason is not ReturnReason.RECALLED)
"""A recall is the company's own word, so a buyer does not choose it."""

MEMBER_WORDS: Final = {
    MemberKind.DISTRIBUTOR: N_("Distributor"),
    MemberKind.PREFERRED: N_("Preferred customer"),
    MemberKind.RETAIL: N_("Retail customer"),
}
GRADE_WORDS: Final = {
    Grade.SEALED: N_("Sealed"),
    Grade.OPENED: N_("Opened"),
    Grade.DAMAGED: N_("Damaged"),
    Grade.EXPIRED: N_("Expired"),
    Grade.WRONG_GOODS: N_("Other goods"),
}
DISPOSITION_WORDS: Final = {
    Disposition.RESTOCK: N_("Back to stock"),
    Disposition.QUARANTINE: N_("To quarantine"),
    Disposition.SCRAP: N_("Scrapped"),
}
TENDER_WORDS: Final = {
    TenderKind.CARD: N_("Card"),
    TenderKind.BANK_DEBIT: N_("Bank debit"),
    TenderKind.GIFT_CARD: N_("Gift card"),
    TenderKind.STORE_CREDIT: N_("Store credit"),
    TenderKind.COMMISSION_BALANCE: N_("Commission balance"),
    TenderKind.OFFLINE: N_("Paid offline"),
}
KIND_WORDS: Final = {
    OrderKind.STANDARD: N_("Order"),
    OrderKind.AUTOSHIP: N_("Autoship"),
    OrderKind.ENROLLMENT: N_("Enrollment"),
    OrderKind.PARTY: N_("Party order"),
    OrderKind.REPLACEMENT: N_("Replacement"),
}
HAZARD_WORDS: Final = {
    HazardClass.FLAMMABLE_LIQUID: N_("Flammable liquids"),
    HazardClass.AEROSOL: N_("Aerosols"),
    HazardClass.LITHIUM: N_("Lithium batteries"),
}
HOLD_WORDS: Final = {
    "address": N_("The address does not check"),
    "payment": N_("The payment does not cover the order"),
    "hazard": N_("Hazardous goods cannot go there"),
    "ban": N_("No warehouse may send it there"),
    "market": N_("The destination is outside the market"),
    "review": N_("Somebody is to look at it first"),
    "customer": N_("The customer asked us to wait"),
    "fraud": N_("Suspected fraud"),
    "service": N_("Held by customer service"),
}
HOLD_CHOICES: Final = ("service", "customer", "address", "review", "fraud")
"""What a person may hold an order for; the other codes are the rules' own."""

STEP_WORDS: Final = (N_("Ordered"), N_("Reserved"), N_("Packing"), N_("Shipped"), N_("Delivered"))
STEP_OF: Final = {
    OrderProgress.RECEIVED: 0,
    OrderProgress.HELD: 0,
    OrderProgress.BACKORDERED: 0,
    OrderProgress.PROMISED: 1,
    OrderProgress.IN_WORK: 2,
    OrderProgress.PARTLY_SHIPPED: 3,
    OrderProgress.SHIPPED: 3,
    OrderProgress.UNDELIVERED: 3,
    OrderProgress.DELIVERED: 4,
}
"""How far along its way an order is; one that was refused or cancelled is on no way."""

CARRIER_WORDS: Final = {"usps": "USPS", "ups": "UPS", "fedex": "FedEx", "dhl_express": "DHL Express"}


def hold_words(code: str | None) -> str:
    """Why an order is held, in words; a code of a company's own as it is written."""
    known = HOLD_WORDS.get(code or "")
    return _(known) if known else (code or "").replace("_", " ").capitalize()


def carrier_words(code: str | None) -> str:
    """A carrier's name as people write it."""
    return CARRIER_WORDS.get(code or "", (code or "").replace("_", " ").upper())


def service_words(service: str | None) -> str:
    """A carrier's service without its carrier: "ground advantage"."""
    words = (service or "").split("_")
    return " ".join(word for word in words if word not in CARRIER_WORDS).capitalize()


def desk_words() -> dict[str, Any]:
    """What the desks' templates take from here."""
    return {
        "reason_words": REASON_WORDS,
        "reason_hints": REASON_HINTS,
        "member_words": MEMBER_WORDS,
        "grade_words": GRADE_WORDS,
        "disposition_words": DISPOSITION_WORDS,
        "tender_words": TENDER_WORDS,
        "order_kind_words": KIND_WORDS,
        "hold_words": hold_words,
        "carrier_words": carrier_words,
        "service_words": service_words,
        "scan_words": SCAN_WORDS,
        "step_words": STEP_WORDS,
        "step_of": STEP_OF,
    }
