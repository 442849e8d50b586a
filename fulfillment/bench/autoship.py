"""Measure an autoship run: entered, planned, promised and charged on a real PostgreSQL, while others order.

The company is made up and the same for the same seed. Its stock stands in the books as if it had been
received, so that the audit can be asked afterwards. Single orders come all the while from a process of their
own, and what each of them waited is measured there.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import Engine

from fulfillment.bench.autoship_company import BENCH, Demand, build_company, make_demand
from fulfillment.bench.autoship_singles import Waits, placing_singles
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.charge_autoship import ChargedPage, ChargeResult, post_charges
from fulfillment.flows.enter_autoships import enter_due_orders
from fulfillment.flows.promise_autoship import RunOutcome, promise_run
from fulfillment.local.database import prepare_database
from fulfillment.local.home import APP_ROLE, OWNER_ROLE
from fulfillment.local.servers import start_postgres
from fulfillment.orders.autoship_runs import open_run
from fulfillment.orders.kinds import TenderKind
from fulfillment.orders.requests import TenderRequest
from fulfillment.reads.audit import audit_books
from fulfillment.reads.autoship_runs import count_reasons, list_results
from fulfillment.store.engine import make_engine
from fulfillment.store.session import read_only, transactions_on

DATABASE: Final = "bench"
PAGE: Final = 2_000
CHARGE_PAGE: Final = 1_000
DECLINED_EVERY: Final = 20
MEGABYTE: Final = 1_024
"""`ru_maxrss` counts kibibytes on Linux."""

Say = Callable[[str], None]
Migrate = Callable[[str, str], None]
"""Brings the database at this address to the present schema, for the application's role of this name."""


@dataclass(frozen=True)
class AutoshipBench:
    """What to measure; `tightness` is units wanted per unit in stock."""

    orders: int
    warehouses: int
    skus: int
    tightness: float = 0.9
    seed: int = 0
    plan_s: int = 300
    singles_a_second: float = 10.0


@dataclass
class _Clock:
    """How long each phase took, and what single orders waited in it."""

    marks: list[tuple[str, float]] = field(default_factory=list)

    def enter(self, phase: str) -> None:
        """The phase begins now."""
        if not self.marks or self.marks[-1][0] != phase:
            self.marks.append((phase, time.monotonic()))

    def spans(self) -> list[tuple[str, float, float]]:
        """(phase, from, to), the last one open-ended until now."""
        ends = [mark[1] for mark in self.marks[1:]] + [time.monotonic()]
        return [(phase, start, end) for (phase, start), end in zip(self.marks, ends, strict=True)]

    def seconds(self) -> dict[str, float]:
        """Seconds by phase."""
        total: dict[str, float] = {}
        for phase, start, end in self.spans():
            total[phase] = total.get(phase, 0.0) + end - start
        return {phase: round(seconds, 2) for phase, seconds in total.items()}


def run_autoship_bench(options: AutoshipBench, *, migrate: Migrate, say: Say) -> dict[str, Any]:
    """The figures of one run, as plain JSON values."""
    with (
        tempfile.TemporaryDirectory(prefix="autoship-bench-") as folder,
        _database(Path(folder), migrate) as url,
    ):
        engine = make_engine(url, application_name="bench")
        try:
            return _measure(engine, url, options, say)
        finally:
            engine.dispose()


@contextmanager
def _database(folder: Path, migrate: Migrate) -> Iterator[str]:
    with start_postgres(folder) as server:
        prepare_database(server, name=DATABASE)
        migrate(server.url_for(DATABASE, user=OWNER_ROLE), APP_ROLE)
        yield server.url_for(DATABASE, user=APP_ROLE)


def _measure(engine: Engine, url: str, options: AutoshipBench, say: Say) -> dict[str, Any]:
    policy = replace(CompanyPolicy(), autoship_plan_s=options.plan_s, shelf_days_autoship=0)
    in_transaction = transactions_on(engine)
    snapshot = partial(read_only, engine)
    say("making the company")
    demand = make_demand(options.orders, options.warehouses, options.skus, options.tightness, options.seed)
    build_company(in_transaction, demand)
    clock = _Clock()
    with placing_singles(url, demand, per_second=options.singles_a_second) as singles:
        clock.enter("before")
        time.sleep(5)
        clock.enter("enter")
        run_id = _enter(in_transaction, demand, policy, say)
        outcome: RunOutcome = promise_run(
            in_transaction,
            snapshot,
            run_id=run_id,
            actor=BENCH,
            policy=policy,
            seed=options.seed,
            on_progress=lambda progress: _listen(clock, say, progress),
        )
        clock.enter("charge")
        charged = _charge(in_transaction, run_id, policy, say)
        clock.enter("after")
        waits = singles.stop()
    seconds = clock.seconds()
    report = snapshot(partial(audit_books))
    promised_after = seconds.get("reading", 0) + seconds.get("planning", 0) + seconds.get("promising", 0)
    return {
        **asdict(options),
        "lines": demand.lines,
        "seconds": seconds,
        "enter_seconds": seconds["enter"],
        "plan_and_promise_seconds": round(promised_after, 2),
        "promised": outcome.promised,
        "promised_share": round(outcome.promised / options.orders, 4),
        "short": outcome.short,
        "skipped": outcome.skipped,
        "reasons": snapshot(partial(count_reasons, run_id=run_id)),
        "charged": charged,
        "single_orders": _waits_by_phase(waits, clock),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTE,
        "largest_child_peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // MEGABYTE,
        "audit_violations": report.violations,
    }


def _enter(in_transaction: Any, demand: Demand, policy: CompanyPolicy, say: Say) -> Any:  # noqa: ANN401
    due_on = date.today() + timedelta(days=1)  # noqa: DTZ011 - any day to come will do
    run_id, _ = in_transaction(partial(open_run, source="bench", period="bench", due_on=due_on, actor=BENCH))
    rows = demand.due_rows()
    for first in range(0, len(rows), PAGE):
        say(f"entering {first} of {len(rows)}")
        page = in_transaction(
            partial(
                enter_due_orders, run_id=run_id, rows=rows[first : first + PAGE], actor=BENCH, policy=policy
            )
        )
        assert not page.refused, page.refused[:3]
    return run_id


def _listen(clock: _Clock, say: Say, progress: dict[str, Any]) -> None:
    clock.enter(str(progress["step"]))
    say(" ".join(f"{name} {value}" for name, value in progress.items()))


def _charge(
    in_transaction: Any,  # noqa: ANN401 - a transaction runner
    run_id: Any,  # noqa: ANN401 - a UUID
    policy: CompanyPolicy,
    say: Say,
) -> dict[str, int]:
    """What was promised is charged; every twentieth charge is declined."""
    totals = {"paid": 0, "declined": 0}
    after = -1
    while True:
        rows = in_transaction(
            partial(list_results, run_id=run_id, outcome="promised", after_place=after, limit=CHARGE_PAGE)
        )
        if not rows:
            return totals
        after = rows[-1].place
        say(f"charging {totals}")
        page: ChargedPage = in_transaction(
            partial(
                post_charges,
                run_id=run_id,
                results=[_result(row) for row in rows],
                actor=BENCH,
                policy=policy,
            )
        )
        totals["paid"] += page.paid
        totals["declined"] += page.declined


def _result(row: Any) -> ChargeResult:  # noqa: ANN401 - a row
    if row.place % DECLINED_EVERY == 0:
        return ChargeResult(row.subscription, is_paid=False, reason="declined by the bench")
    tender = TenderRequest(TenderKind.CARD, row.total_minor, "bench", f"ch_{row.number}")
    return ChargeResult(row.subscription, is_paid=True, tenders=(tender,))


def _waits_by_phase(waits: Waits, clock: _Clock) -> dict[str, Any]:
    by_phase: dict[str, list[float]] = {}
    for phase, start, end in clock.spans():
        found = [wait for at, wait in waits.placed if start <= at < end]
        by_phase.setdefault(phase, []).extend(found)
    return {
        "placed": len(waits.placed),
        "backordered": waits.backordered,
        **{phase: _figures(found) for phase, found in by_phase.items() if found},
    }


def _figures(waits: Sequence[float]) -> dict[str, float]:
    ordered = sorted(waits)
    return {
        "placed": len(ordered),
        "median_ms": round(1_000 * ordered[len(ordered) // 2], 1),
        "p99_ms": round(1_000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
        "longest_ms": round(1_000 * ordered[-1], 1),
    }
