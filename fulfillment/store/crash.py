"""Places where a test may kill the process, as part of the product's contract with its testers.

`FULFILLMENT_CRASH_AT=<name>` names one place; production mode refuses the setting. The kill is SIGKILL to
the process itself, so that nothing is flushed, closed or handed back, as when the power fails.
"""

import os
import signal

from fulfillment.config import crash_at

EXIT_STATUS = 137


def crash_point(name: str) -> None:
    """The process is gone if `FULFILLMENT_CRASH_AT` says this name; otherwise nothing happens."""
    if crash_at() == name:
        os.kill(os.getpid(), signal.SIGKILL)
        os._exit(EXIT_STATUS)
