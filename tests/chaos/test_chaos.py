"""Everything that can die dies while people work; afterwards nothing is lost, doubled or silent."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from fulfillment.simulation.river.api import Api, Json
from tests.chaos.people import bring_back, finish_floor, noting, shop, work_floor
from tests.chaos.world import DEATHS, LATER_DEATHS, World, running_world
from tests.river.company import HALLS

SEED = int(os.environ.get("FULFILLMENT_CHAOS_SEED", "7"))
ROUNDS = int(os.environ.get("FULFILLMENT_CHAOS_ROUNDS", "1"))
SHOPS = 3
UNITS = 400
PARCELS = 4
"""Parcels that have to get somewhere before the next act begins, however slow the machine is."""

pytestmark = pytest.mark.chaos


def test_nothing_is_lost_doubled_or_silent_when_everything_dies(tmp_path: Path) -> None:
    with running_world(tmp_path / "home", seed=SEED, qty=UNITS) as world:
        world.misbehave()

        storm(world)
        clear_up(world)

        api = world.sure_api()
        assert "\n".join(world.diary.failures) == ""
        assert "\n".join(world.diary.unequal_twins) == ""
        require_sound_books(world, api)
        require_every_order_once(world, api)
        require_one_label_a_parcel(world, api)
        require_refunds_paid_once(world, api)
        require_ledger_adds_up(api)
        require_that_it_was_a_storm(world, api)


def storm(world: World) -> None:
    """Orders and floor work, then days on the road, then returns; parts die in the first and the last."""
    is_closed = threading.Event()
    deeds: list[Callable[[], object]] = [
        partial(shop, world.api("service"), name=f"shop{number}", is_over=is_closed)
        for number in range(SHOPS)
    ]
    deeds += [
        partial(work_floor, world.api("service"), warehouse_code=code, is_over=is_closed) for code in HALLS
    ]
    with working(world, deeds, is_closed):
        world.torment(DEATHS * ROUNDS)
        world.await_parcels(PARCELS, states=("shipped", "delivered"))
    world.control("courier", "handover")
    world.await_parcels(PARCELS, states=("delivered",), step_s=24 * 3600)
    is_closed = threading.Event()
    desk = partial(bring_back, world.api("service"), world.api("supervisor"), parcels=PARCELS)
    with working(world, [desk], is_closed):
        world.torment(LATER_DEATHS * ROUNDS)


@contextmanager
def working(world: World, deeds: list[Callable[[], object]], is_closed: threading.Event) -> Iterator[None]:
    """The deeds run side by side while the block does, and each then ends with what it is at."""
    threads = [threading.Thread(target=noting(world.diary, deed)) for deed in deeds]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_closed.set()
        for thread in threads:
            thread.join()


def clear_up(world: World) -> None:
    """I7: nobody misbehaves any more; all jobs end, none silently, and once revived all are done."""
    world.behave()
    api = world.sure_api()
    for job in world.settle(api):
        assert job["last_error"], job
        api.post(f"/jobs/{job['id']}/revive", {})
    assert world.settle(api) == []
    for code in HALLS:
        finish_floor(world.api("service"), warehouse_code=code)
    assert world.settle(api) == []


def require_sound_books(world: World, api: Api) -> None:
    """The product's own checks, by API and by command, find nothing."""
    report = api.get("/reports/audit")
    assert (report["violations"], report["named"]) == (0, [])
    audit = world.stack.run("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    reconcile = world.stack.run("reconcile")
    assert reconcile.returncode == 0, reconcile.stdout + reconcile.stderr


def require_every_order_once(world: World, api: Api) -> None:
    """I3, I4: what was acknowledged is there as it was sent; nothing is there twice or unasked."""
    diary = world.diary
    found = {order["source_ref"]: order for order in api.pages("/orders")}
    assert sum(1 for _ in api.pages("/orders")) == len(found)
    assert set(found) == set(diary.acknowledged)
    assert set(diary.attempted) == set(diary.acknowledged) | set(diary.refused)
    for ref, told in diary.acknowledged.items():
        assert found[ref]["id"] == told["id"]
    for ref in sorted(diary.acknowledged)[::10]:
        order = api.get(f"/orders/{diary.acknowledged[ref]['id']}")
        assert units_of(order) == units_of(diary.attempted[ref])


def units_of(order: Json) -> dict[str, int]:
    return {line["sku"]: line["qty"] for line in order["lines"]}


def require_one_label_a_parcel(world: World, api: Api) -> None:
    """I5: what is live at the courier is what we call bought, one for each parcel."""
    courier = world.control("courier", "state", method="GET")
    assert courier["duplicates_live"] == 0
    purchases = world.control("courier", "purchases", method="GET")["purchases"]
    live = {each["id"] for each in purchases if each["status"] in {"SUCCESS", "REFUNDREJECTED"}}
    labels = [each for each in api.pages("/labels") if each["state"] in {"bought", "void_refused"}]
    assert {each["transaction_ref"] for each in labels} == live
    bought = Counter(each["parcel_id"] for each in labels if each["state"] == "bought")
    assert [parcel for parcel, count in bought.items() if count > 1] == []


def require_refunds_paid_once(world: World, api: Api) -> None:
    """I6: the provider paid each share once, and the amounts it paid are those we call paid."""
    provider = world.control("payments", "state", method="GET")
    assert (provider["keys_paid_twice"], provider["payments_over_refunded"]) == (0, 0)
    parts = [part for refund in api.pages("/refunds") for part in refund["parts"]]
    assert {part["state"] for part in parts} <= {"paid"}
    assert sum(part["amount_minor"] for part in parts) == provider["minor"].get("paid", 0)
    assert len(parts) == provider["refunds"].get("paid", 0)


def require_ledger_adds_up(api: Api) -> None:
    """I1, I2 by an outsider's own sums over the reports."""
    stock, ledger = api.get("/reports/stock"), api.get("/reports/ledger")
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for move in ledger["movements"]:
        for side, qty in (("to", move["qty"]), ("from", -move["qty"])):
            place = (move[f"{side}_warehouse"] or "", move[f"{side}_location"])
            sums[(*place, move["sku"], move["lot"])] += qty
    balances = {
        (each["warehouse_code"] or "", each["location"], each["sku"], each["lot"]): each["qty"]
        for each in stock["balances"]
    }
    assert {key: qty for key, qty in balances.items() if qty} == {
        key: qty for key, qty in sums.items() if qty
    }
    for row in stock["availability"]:
        assert 0 <= row["reserved"] <= row["sellable"], row


def require_that_it_was_a_storm(world: World, api: Api) -> None:
    """The test would prove nothing if little had happened."""
    assert {"web", "postgres", "valkey", "flush", "worker-1", "worker-2"} <= set(world.deaths)
    assert len(world.diary.acknowledged) >= 20
    assert world.diary.lost > 0
    assert world.diary.twins > 0
    assert any(True for _ in api.pages("/parcels", state="delivered"))
    assert any(refund["state"] == "paid" for refund in api.pages("/refunds"))
