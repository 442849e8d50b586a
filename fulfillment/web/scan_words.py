"""What a carrier's scan means, in words a buyer understands, by its code in the Shippo tracking guide."""

from typing import Final

from fulfillment.web.words import N_

SCAN_WORDS: Final = {
    "information_received": N_("The carrier knows of the parcel"),
    "package_accepted": N_("The carrier has the parcel"),
    "package_processing": N_("Being sorted"),
    "package_processed": N_("Sorted"),
    "package_departed": N_("Left a place on the way"),
    "package_arrived": N_("Arrived at a place on the way"),
    "package_forwarded": N_("Forwarded"),
    "out_for_delivery": N_("Out for delivery"),
    "delivery_scheduled": N_("Delivery is planned"),
    "delivery_rescheduled": N_("Delivery is planned anew"),
    "delivery_attempted": N_("Delivery was tried; nobody could take it"),
    "notice_left": N_("A notice was left at the door"),
    "pickup_available": N_("Waits to be picked up"),
    "address_issue": N_("Something is wrong with the address"),
    "location_inaccessible": N_("The door could not be reached"),
    "package_held": N_("Held by the carrier"),
    "package_damaged": N_("Damaged on the way"),
    "delayed": N_("Delayed"),
    "delivered": N_("Delivered"),
    "return_to_sender": N_("On its way back to us"),
    "package_unclaimed": N_("Was not picked up; on its way back to us"),
    "package_undeliverable": N_("Cannot be delivered"),
    "package_lost": N_("Lost by the carrier"),
    "package_disposed": N_("Destroyed by the carrier"),
}
