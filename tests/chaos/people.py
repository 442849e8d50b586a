"""Those who keep a distribution centre busy while its servers die: shops, pickers, returns desks."""

import uuid
from collections.abc import Callable
from dataclasses import asdict
from random import Random
from threading import Event
from typing import Final

from fulfillment.core.errors import ConflictError, UnavailableError
from fulfillment.simulation.river.api import Api, Json
from fulfillment.simulation.river.coming_back import ReturnsDesk, WantedLine
from fulfillment.simulation.river.floor import Floor
from tests.chaos.clients import Diary, ForgetfulApi
from tests.river.company import HOMES, PRICE_MINOR, SKUS

MakeApi = Callable[[int], ForgetfulApi]
CANCELLED: Final = 0.08
WAVE_ORDERS: Final = 4


def order_body(ref: str, random: Random) -> Json:
    """An order of one to three lines, paid in full by card."""
    units = {sku: random.randint(1, 3) for sku in random.sample(SKUS, random.randint(1, 3))}
    ship_to = {name: value for name, value in asdict(random.choice(HOMES)).items() if value is not None}
    return {
        "source": "chaos",
        "source_ref": ref,
        "currency": "USD",
        "on_shortage": random.choice(["refuse", "backorder", "split"]),
        "ship_to": ship_to,
        "lines": [{"sku": sku, "qty": qty, "unit_price_minor": PRICE_MINOR} for sku, qty in units.items()],
        "tenders": [
            {
                "kind": "card",
                "captured_minor": PRICE_MINOR * sum(units.values()),
                "provider": "sandbox",
                "provider_id": f"ch_{ref}",
            }
        ],
    }


def shop(api: ForgetfulApi, *, name: str, is_over: Event) -> None:
    """Places orders one after the other, and cancels some."""
    diary, random = api.diary, api.random
    number = 0
    while not is_over.wait(0.02):
        number += 1
        ref = f"{name}-{number}"
        body = order_body(ref, random)
        diary.attempted[ref] = body
        try:
            diary.acknowledged[ref] = api.post("/orders", body)
        except ConflictError as refusal:
            if refusal.detail["problem"] != "out-of-stock":
                raise
            diary.refused.append(ref)
            continue
        if random.random() < CANCELLED:
            _cancel(api, diary.acknowledged[ref]["id"])


def _cancel(api: Api, order_id: str) -> None:
    try:
        api.post(f"/orders/{order_id}/cancel", {"note": "changed their mind"})
    except ConflictError:
        # It has left, or its label is being bought: an answer like any other.
        return


def work_floor(api: ForgetfulApi, *, warehouse_code: str, is_over: Event) -> None:
    """Releases waves, picks, packs and hands over, until it is told to stop."""
    floor = Floor(api)
    while not is_over.wait(0.05):
        released = api.post("/waves", {"warehouse_code": warehouse_code, "max_orders": WAVE_ORDERS})
        if released["wave"] is not None:
            for part_id in floor.pick_wave(released["wave"]):
                floor.pack(part_id)
        floor.hand_over(warehouse_code, "usps")


def finish_floor(api: ForgetfulApi, *, warehouse_code: str) -> None:
    """What was picked is packed, and what is labeled is handed over."""
    floor = Floor(api)
    for part in _picked(api, warehouse_code):
        floor.pack(part)
    for carrier in sorted({each["carrier"] for each in api.pages("/parcels", state="labeled")}):
        floor.hand_over(warehouse_code, carrier)


def _picked(api: Api, warehouse_code: str) -> list[str]:
    parts: dict[str, None] = {}
    for wave in api.pages("/waves", warehouse_code=warehouse_code):
        for task in api.pages(f"/waves/{wave['id']}/tasks"):
            if task["qty_picked"]:
                parts[task["fulfillment_order_id"]] = None
    return list(parts)


def bring_back(service: ForgetfulApi, supervisor: ForgetfulApi, *, parcels: int) -> None:
    """A unit of each of these parcels comes back, and another person approves every refund there is."""
    desk = ReturnsDesk(service, supervisor, seed=service.random.randrange(1000))
    for parcel in list(service.pages("/parcels", state="delivered"))[:parcels]:
        line = service.random.choice(service.get(f"/parcels/{parcel['id']}")["lines"])
        wanted = WantedLine(parcel["order_id"], line["order_line_id"], 1, f"chaos {uuid.uuid4().hex[:6]}")
        desk.bring_back([wanted], lambda _done, _of: None)
    for refund in supervisor.pages("/refunds", state="proposed"):
        supervisor.post(f"/refunds/{refund['id']}/approve", {})


def noting(diary: Diary, deed: Callable[[], object]) -> Callable[[], None]:
    """The deed, whose failure is written down: a thread's exception is heard by nobody."""

    def run() -> None:
        try:
            deed()
        except (UnavailableError, ConflictError) as error:
            diary.failures.append(f"{type(error).__name__}: {error.message} {error.detail}")
        except Exception as error:  # noqa: BLE001 - the test looks at what went wrong
            diary.failures.append(f"{type(error).__name__}: {error}")

    return run
