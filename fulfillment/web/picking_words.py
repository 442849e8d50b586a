"""What the scan page says: the sentences of each outcome and of the device itself.

The page gets them in the reader's language and fills in the names in braces, because a device without a
connection must be able to speak.
"""

from collections.abc import Mapping
from typing import Final

from fulfillment.warehouse.scanning import Outcome
from fulfillment.web.words import N_, _

# The same sentences as `warehouse.scanning.MESSAGES`, written out where the catalogue finds them.
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.BIN_CONFIRMED: N_("Right bin: {wanted_bin}. Now take {rest} of {wanted}."),
    Outcome.PICKED: N_("{picked} of {qty} of {wanted} picked. Scan the next one."),
    Outcome.TASK_DONE: N_("All {qty} of {wanted} picked from {wanted_bin}."),
    Outcome.TOTE_ASSIGNED: N_("This order goes into tote {scanned}."),
    Outcome.UNDONE: N_("Undone: {undone} of {wanted} is back in {wanted_bin}. Put it there."),
    Outcome.SHORTED: N_("Short: {rest} of {wanted} were not in {wanted_bin}. The rest comes from elsewhere."),
    Outcome.SKIPPED: N_("{wanted} in {wanted_bin} comes last now."),
    Outcome.WRONG_BIN: N_("This is {scanned}. Wanted is bin {wanted_bin}."),
    Outcome.WRONG_ITEM: N_("This is {scanned}. Wanted is {wanted} from {wanted_bin}. {belongs}"),
    Outcome.WRONG_LOT: N_(
        "This is lot {scanned_lot} of {scanned}. Wanted is lot {wanted_lot} in {wanted_bin}."
    ),
    Outcome.LOT_NEEDED: N_("{wanted_bin} holds several lots of {wanted}. Scan one marked lot {wanted_lot}."),
    Outcome.SERIAL_NEEDED: N_("{wanted} has serial numbers. Scan the code that carries it, unit by unit."),
    Outcome.TOO_MANY: N_("{scanned} would be {units} more, but only {rest} of {wanted} are still wanted."),
    Outcome.BIN_FIRST: N_("This is {scanned}. Scan bin {wanted_bin} first, then {wanted}."),
    Outcome.ALREADY_PICKED: N_(
        "{scanned} is complete already. Wanted is {wanted} from {wanted_bin}. {belongs}"
    ),
    Outcome.ALREADY_DONE: N_("{wanted} from {wanted_bin} is finished already; {scanned} was not counted."),
    Outcome.TASK_TAKEN: N_("{wanted} from {wanted_bin} is another picker's now; {scanned} was not counted."),
    Outcome.TOTE_TAKEN: N_("Tote {scanned} holds another order. Take an empty one."),
    Outcome.UNKNOWN_CODE: N_("Nothing is known by the code {scanned}. Wanted is {wanted} from {wanted_bin}."),
    Outcome.NOTHING_TO_DO: N_("There is nothing left to pick in this wave; {scanned} was not counted."),
    Outcome.NOTHING_TO_UNDO: N_("There is no pick of yours in this wave that can be undone."),
}

DEVICE: Final[Mapping[str, str]] = {
    "scan_bin": N_("Go to bin {bin} and scan it."),
    "scan_item": N_("Scan {sku}, {rest} to take."),
    "bin_named": N_("bin {code}"),
    "item_named": N_("{sku} ({name})"),
    "belongs": N_("Put it back in {bin}."),
    "no_home": N_("It has no bin here; bring it to the supervisor."),
    "short_sure": N_("Are {rest} of {sku} missing in {bin}? Scan or press Short again to report it."),
    "tote_full": N_("Set the full tote aside and scan an empty one for the rest of this order."),
    "tote_wanted": N_("This is {scanned}. Scan an empty tote first."),
    "read_twice": N_("{scanned} was read twice in a moment and counted once."),
    "order_done": N_("Order {order} is complete."),
    "wave_done": N_("Wave {wave} is picked."),
    "others_left": N_("Your part is done. Tasks with other pickers: {tasks}."),
    "how_many": N_("How many more of {sku}? At most {rest}."),
    "not_a_count": N_("{given} is no number from 1 to {rest}."),
    "next": N_("Next: {bin}, {qty} of {sku}"),
    "last_stop": N_("This is the last stop."),
    "no_tote": N_("No tote"),
    "tote": N_("Tote {tote}"),
    "order": N_("Order {order}"),
    "lot": N_("Lot {lot}"),
    "expires": N_("Expires {date}"),
    "step_bin": N_("Go to bin"),
    "step_item": N_("You are at bin"),
    "units_done": N_("{done} of {all} units"),
    "online": N_("Online"),
    "sending": N_("Sending {count}"),
    "offline": N_("Offline"),
    "kept": N_("Offline, {count} kept"),
    "signed_out": N_("You are signed out. Scans kept here: {count}. Sign in to send them."),
    "other_picker": N_(
        "{name} is signed in. {count} scans of another picker wait here until he or she signs in."
    ),
    "refused": N_("{code} was not booked. {why}"),
    "server_says": N_("The books say otherwise. {message}"),
    "no_storage": N_("This browser keeps no data, so scans would be lost. Allow this site to store data."),
    "no_pack": N_("This wave is not on the device yet. Go where there is a connection and reload."),
    "camera_insecure": N_("The camera works only over https. Open this page by its https address."),
    "camera_missing": N_("The camera cannot be used. {why}"),
}


def picking_words() -> dict[str, str]:
    """Every sentence of the page by outcome or name, in the reader's language."""
    said = {outcome.value: text for outcome, text in OUTCOMES.items()}
    return {name: _(text) for name, text in {**said, **DEVICE}.items()}
