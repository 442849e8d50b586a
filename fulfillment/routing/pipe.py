"""What the caller and the planner's own process say to each other: a letter, then a name or bytes."""

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from fulfillment.routing.arrays import IntArray
from fulfillment.routing.plan import Assignment, Prices, ScarceRow
from fulfillment.routing.problem import Problem
from fulfillment.routing.starting import Start

NO_SKU = ""


class Letter(StrEnum):
    """What kind of message follows."""

    TASK = "t"
    """To the planner: the whole problem."""
    BEGUN = "b"
    PROGRESS = "p"
    BETTER = "+"
    DONE = "."
    BLOCK = "k"
    """To a helper's process: a block to solve. From the planner: a block of a wave that others may solve."""
    NEXT = "n"
    """From the planner: a block nobody works on is wanted. To it: this one, or none."""
    SOLVED = "s"
    """Both ways: a block's answer; no bytes where nothing better was found."""
    OVER = "o"
    """From the planner: the wave is over, and later answers are of no use. Each wave has a number, because a
    message may cross with this one."""


@dataclass(frozen=True, eq=False)
class StartColumns:
    """A `Start` as columns."""

    order_ids: tuple[str, ...]  # [line]
    line: IntArray  # [line]
    warehouses: tuple[str, ...]  # [line]
    scarce_warehouses: tuple[str, ...]  # [row]
    scarce_skus: tuple[str, ...]  # [row] NO_SKU for a warehouse's parcels
    scarce_class: IntArray  # [row]
    scarce_minor: IntArray  # [row]

    @classmethod
    def of(cls, start: Start) -> "StartColumns":
        """The columns of this start."""
        places = list(start.warehouse_of.items())
        return cls(
            order_ids=tuple(order_id for (order_id, _), _ in places),
            line=np.array([line for (_, line), _ in places], dtype=np.int64),
            warehouses=tuple(code for _, code in places),
            scarce_warehouses=tuple(row.warehouse for row in start.scarce),
            scarce_skus=tuple(row.sku or NO_SKU for row in start.scarce),
            scarce_class=np.array([row.shelf_class for row in start.scarce], dtype=np.int64),
            scarce_minor=np.array([round(row.price_minor) for row in start.scarce], dtype=np.int64),
        )

    def start(self) -> Start:
        """The start of these columns; what the scarce rows held is not needed where a plan begins."""
        places = zip(self.order_ids, self.line.tolist(), self.warehouses, strict=True)
        rows = zip(
            self.scarce_warehouses,
            self.scarce_skus,
            self.scarce_class.tolist(),
            self.scarce_minor.tolist(),
            strict=True,
        )
        return Start(
            warehouse_of={(order_id, line): code for order_id, line, code in places},
            scarce=tuple(
                ScarceRow(code, sku or None, level, float(minor), used=0, available=0)
                for code, sku, level, minor in rows
            ),
        )


@dataclass(frozen=True, eq=False)
class PlannerTask:
    """Everything the planner's process is told."""

    problem: Problem
    start: StartColumns | None
    time_limit_s: float
    seed: int
    workers: int
    spread: int
    spread_from: int


@dataclass(frozen=True, eq=False)
class Better:
    """A plan better than all before, with the prices known then."""

    assignment: Assignment
    prices: Prices


Message = tuple[Letter, dict[str, Any], bytes]
"""A letter with its values and, where there are any, its bytes."""


class Wire:
    """One end of the pipe, which never waits for the other: a thread writes and a thread reads.

    A process that was stopped in the middle of a message would otherwise keep the other one waiting for ever.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.outgoing: SimpleQueue[tuple[bytes, bytes] | None] = SimpleQueue()
        self.incoming: SimpleQueue[Message | None] = SimpleQueue()
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._write, self._read)]
        for thread in self.threads:
            thread.start()

    def say(self, letter: Letter, content: bytes = b"", **values: Any) -> None:  # noqa: ANN401 - any JSON
        """The other end will hear this, if it still listens."""
        self.outgoing.put((letter.encode() + json.dumps(values).encode(), content))

    def hear(self, timeout_s: float | None = None) -> Message | None:
        """The next message; None where none came in time.

        Raises:
            EOFError: the other end is gone, and everything it said has been heard.
        """
        try:
            message = self.incoming.get(timeout=timeout_s)
        except Empty:
            return None
        if message is None:
            self.incoming.put(None)
            raise EOFError
        return message

    def close(self) -> None:
        """Everything said has been sent, or the other end is gone."""
        self.outgoing.put(None)
        self.threads[0].join()

    def _write(self) -> None:
        with suppress(OSError):
            while (message := self.outgoing.get()) is not None:
                for content in message:
                    self.connection.send_bytes(content)

    def _read(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                head, content = self.connection.recv_bytes(), self.connection.recv_bytes()
                self.incoming.put((Letter(head[:1].decode()), json.loads(head[1:]), content))
        self.incoming.put(None)
