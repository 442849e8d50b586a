"""The form of a what-if: what was typed as changes, and each fault beside its field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final

from fulfillment.flows.what_if import MOST_UNITS, Change, ChangeKind, Fault
from fulfillment.web.words import N_, _, number

STOCK_ROWS: Final = 5
LOCAL_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?", re.ASCII)
"""As browsers send it, some with seconds."""

STATES: Final = {"closed": ChangeKind.CLOSE, "open": ChangeKind.OPEN}
WHOLE: Final = N_("A whole number from %(least)s to %(most)s.")


@dataclass
class WhatIfForm:
    """The changes a form asks for, and by field what is wrong with it."""

    changes: list[Change] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    _names: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, given: Mapping[str, str], sites: Sequence[Any]) -> "WhatIfForm":
        """The form as it was sent, for these warehouses."""
        form = cls()
        for site in sites:
            form._read_site(given, site)
        for row in range(1, STOCK_ROWS + 1):
            form._read_stock(given, row)
        if not form.changes and not form.faults:
            form.faults["form"] = _(
                "Nothing is changed yet. Close a warehouse, add stock, or set parcels or a cut-off."
            )
        return form

    def take(self, faults: Sequence[Fault]) -> None:
        """What the rules have against the changes stands beside the fields they came from."""
        for fault in faults:
            self.faults.setdefault(self._names[fault.place].get(fault.member, "form"), fault.message)

    def _add(self, change: Change, **names: str) -> None:
        self.changes.append(change)
        self._names.append(names)

    def _read_site(self, given: Mapping[str, str], site: Any) -> None:  # noqa: ANN401 - a row of warehouses
        code = site.code
        state = f"state-{code}"
        kind = STATES.get(given.get(state, ""))
        if kind is not None:
            self._add(Change(kind, code), warehouse=state)
        parcels = f"parcels-{code}"
        if given.get(parcels, "").strip():
            qty = self._whole(given[parcels], parcels, least=0)
            if qty is not None:
                self._add(Change(ChangeKind.CAPACITY, code, qty=qty), qty=parcels, warehouse=parcels)
        cutoff = f"cutoff-{code}"
        if given.get(cutoff, "").strip():
            at = LOCAL_TIME.fullmatch(given[cutoff].strip())
            if at is None:
                self.faults[cutoff] = _("A local time such as 15:30.")
            else:
                change = Change(ChangeKind.CUTOFF, code, at=time(int(at[1]), int(at[2])))
                self._add(change, at=cutoff, warehouse=cutoff)

    def _read_stock(self, given: Mapping[str, str], row: int) -> None:
        names = {"sku": f"sku-{row}", "warehouse": f"warehouse-{row}", "qty": f"units-{row}"}
        typed = {member: given.get(name, "").strip() for member, name in names.items()}
        if not typed["sku"] and not typed["qty"]:
            return
        if not typed["sku"]:
            self.faults[names["sku"]] = _("Name the SKU.")
        if not typed["warehouse"]:
            self.faults[names["warehouse"]] = _("Choose the warehouse.")
        qty = self._whole(typed["qty"], names["qty"], least=1)
        if typed["sku"]:
            # Whatever else is wrong with the row, the rules say in the same answer whether there is the SKU.
            change = Change(ChangeKind.ADD_STOCK, typed["warehouse"], typed["sku"].upper(), qty or 1)
            self._add(change, **names)

    def _whole(self, text: str, name: str, *, least: int) -> int | None:
        clean = text.strip().replace(",", "")
        if clean.isascii() and clean.isdecimal() and least <= int(clean[:12]) <= MOST_UNITS:
            return int(clean)
        self.faults[name] = _(WHOLE, least=number(least), most=number(MOST_UNITS))
        return None


def stock_rows() -> Iterator[int]:
    """The numbers of the rows for stock."""
    yield from range(1, STOCK_ROWS + 1)
