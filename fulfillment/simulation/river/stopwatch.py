"""How long each step of a run takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stopwatch:
    """Seconds by step, and since the beginning."""

    began: float = field(default_factory=time.monotonic)
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return round(time.monotonic() - self.began, 1)

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """The time the block takes is added to the step's."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.steps[step] = self.steps.get(step, 0.0) + time.monotonic() - began

    def told(self) -> dict[str, float]:
        """The steps in the order they were first taken."""
        return {step: round(seconds, 1) for step, seconds in self.steps.items()}
