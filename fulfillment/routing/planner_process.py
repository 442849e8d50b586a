"""The planner as a process of its own: `apart` starts it, and it ends with the one who started it.

It leads its process group, so that its worker processes go with it. It knows only the task in its pipe.
"""

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from fulfillment.routing.block_files import from_bytes, to_bytes
from fulfillment.routing.blocks import BLOCK, BlockTask, solve_block
from fulfillment.routing.crew import LocalCrew
from fulfillment.routing.pipe import Better, Letter, Message, PlannerTask, Wire
from fulfillment.routing.plan import Assignment, Plan, Prices, Progress
from fulfillment.routing.planner import plan
from fulfillment.routing.run import MOST_TOGETHER
from fulfillment.routing.spreading import SpreadCrew


def main(descriptor: int) -> None:
    """The task that comes through the pipe is planned, and everything found is said at once."""
    wire = Wire(Connection(descriptor))
    heard: SimpleQueue[Message] = SimpleQueue()
    threading.Thread(target=listen, args=(wire, heard), daemon=True).start()
    letter, values, content = heard.get()
    if letter is Letter.BLOCK:
        help_out(from_bytes(BlockTask, content), float(values["seconds"]), wire)
    else:
        work(from_bytes(PlannerTask, content), wire, heard)
    wire.close()


def help_out(task: BlockTask, seconds: float, wire: Wire) -> None:
    """One block of another planner's problem is solved."""
    wire.say(Letter.BEGUN)
    better = solve_block(task, seconds)
    wire.say(Letter.SOLVED, b"" if better is None else to_bytes(better, is_small=True))


def work(task: PlannerTask, wire: Wire, heard: "SimpleQueue[Message]") -> None:
    """The task is planned, and the caller hears of every step."""

    def tell(progress: Progress) -> None:
        wire.say(
            Letter.PROGRESS,
            stage=progress.stage,
            seconds=progress.seconds,
            cost_minor=progress.cost_minor,
            bound_minor=progress.bound_minor,
        )

    def show(assignment: Assignment, prices: Prices) -> None:
        wire.say(Letter.BETTER, to_bytes(Better(assignment, prices)))

    wire.say(Letter.BEGUN)
    with LocalCrew(task.workers) as local:
        best = plan(
            task.problem,
            time_limit_s=task.time_limit_s,
            seed=task.seed,
            workers=task.workers,
            start=None if task.start is None else task.start.start(),
            on_progress=tell,
            on_better=show,
            crew=SpreadCrew(wire, heard, local, task.spread) if task.spread > 1 else local,
            most_together=min(MOST_TOGETHER, task.spread_from) if task.spread > 1 else MOST_TOGETHER,
            block=min(BLOCK, max(1, task.spread_from // 2)) if task.spread > 1 else BLOCK,
        )
    show(best.assignment, best.prices)
    wire.say(Letter.DONE, **_proof(best))


def _proof(best: Plan) -> dict[str, Any]:
    """What of the plan is neither its assignment nor its prices, nor follows from them."""
    return {
        "bound_minor": best.bound_minor,
        "stage": best.stage.value,
        "first_plan_seconds": best.first_plan_seconds,
        "orders_priced": best.orders_priced,
        "history": best.history,
    }


def listen(wire: Wire, heard: "SimpleQueue[Message]") -> None:
    """What the caller says is there to be read; once the caller is gone, so is the whole process group."""
    try:
        while message := wire.hear():
            heard.put(message)
    except EOFError:
        os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
