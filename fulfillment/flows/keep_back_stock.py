"""Stock is kept back for booked autoships, so that single orders do not take what a run was booked for.

A run that is due within the company's days keeps back what its orders want, where it lies: in proportion to
what each warehouse could give it, and never what single orders usually take in the meantime.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.money import split_by_weight
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import AutoshipRunState
from fulfillment.orders.autoship_kept import find_kept, forget_kept, list_keeping_runs, set_kept
from fulfillment.orders.autoship_runs import RUN, get_run
from fulfillment.reads.autoship_rows import read_booked_units, read_single_demand
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from fulfillment.warehouse.queries import list_warehouses
from fulfillment.warehouse.reservations import find_availability, keep_back, lock_availability

SKUS_A_CHUNK = 100
"""Few enough that a single order does not wait for the locks."""

Units = dict[tuple[str, str], int]


def keep_back_for_runs(in_transaction: InTransaction, *, policy: CompanyPolicy) -> int:
    """Every booked run keeps back what it wants and can have now, the one due first before the others.

    Runs that are not booked any more keep nothing. Repeating it follows the stock; returns the units kept.
    """
    booked = in_transaction(partial(_find_booked, policy=policy))
    for run_id in in_transaction(list_keeping_runs):
        if run_id not in booked:
            in_transaction(partial(_release_unless_planned, run_id=run_id))
    if not booked:
        return 0
    single = in_transaction(partial(_usual_single_units, policy=policy))
    kept = 0
    for run_id in booked:
        wanted = in_transaction(partial(read_booked_units, run_id=run_id))
        for skus in _chunks(sorted(wanted)):
            kept += in_transaction(
                partial(_keep, run_id=run_id, wanted={sku: wanted[sku] for sku in skus}, single=single)
            )
    return kept


def release_kept_back(session: Session, *, run_id: uuid.UUID) -> None:
    """The run keeps nothing back any more."""
    kept = find_kept(session, run_id=run_id)
    keep_back(session, deltas={key: -qty for key, qty in kept.items()})
    forget_kept(session, run_id=run_id)


def share_out(
    wanted: Mapping[str, int], *, offers: Mapping[str, Mapping[str, int]]
) -> dict[tuple[str, str], int]:
    """Units by (warehouse, SKU), in proportion to what the warehouses offer of the SKU and none beyond."""
    kept: Units = {}
    for sku, qty in wanted.items():
        halls = sorted(code for code, units in offers.get(sku, {}).items() if units > 0)
        weights = [offers[sku][code] for code in halls]
        shares = split_by_weight(min(qty, sum(weights)), weights) if weights else []
        kept.update({(code, sku): share for code, share in zip(halls, shares, strict=True)})
    return kept


def _find_booked(session: Session, *, policy: CompanyPolicy) -> list[uuid.UUID]:
    until = read_now(session).date() + timedelta(days=policy.autoship_keep_back_days)
    query = (
        sa.select(RUN.c.id)
        .where(RUN.c.state == AutoshipRunState.COLLECTING, RUN.c.due_on <= until)
        .order_by(RUN.c.due_on, RUN.c.id)
    )
    return list(session.connection().execute(query).scalars())


def _release_unless_planned(session: Session, *, run_id: uuid.UUID) -> None:
    """A run that is being planned uses up what it kept, chunk by chunk."""
    if get_run(session, run_id=run_id, lock=True).state is not AutoshipRunState.PLANNING:
        release_kept_back(session, run_id=run_id)


def _usual_single_units(session: Session, *, policy: CompanyPolicy) -> Units:
    usual = read_single_demand(session, look_back_days=policy.autoship_look_back_days, now=read_now(session))
    return usual.units_of(days=policy.autoship_single_days)


def _keep(session: Session, *, run_id: uuid.UUID, wanted: Mapping[str, int], single: Units) -> int:
    run = get_run(session, run_id=run_id, lock=True)
    if run.state is not AutoshipRunState.COLLECTING:
        return 0
    open_halls = {site.code for site in list_warehouses(session) if site.is_active}
    found = find_availability(session, skus=wanted)
    keys = {(code, sku) for code, rows in found.items() for sku in rows}
    rows = lock_availability(session, keys=keys)
    mine = find_kept(session, run_id=run_id, skus=wanted)
    offers: dict[str, dict[str, int]] = {}
    for (code, sku), row in rows.items():
        others = row.kept_back - mine.get((code, sku), 0)
        offer = row.sellable - row.reserved - others - single.get((code, sku), 0)
        if code in open_halls:
            offers.setdefault(sku, {})[code] = offer
    kept = share_out(wanted, offers=offers)
    changed = {key: kept.get(key, 0) for key in {*kept, *mine} if kept.get(key, 0) != mine.get(key, 0)}
    keep_back(session, deltas={key: qty - mine.get(key, 0) for key, qty in changed.items()})
    set_kept(session, run_id=run_id, units=changed)
    return sum(kept.values())


def _chunks(skus: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(skus), SKUS_A_CHUNK):
        yield skus[first : first + SKUS_A_CHUNK]
