"""Structured logs: one JSON object a line, with the ids of request and job, and nothing about people."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Names of values that tell about a person. They are blanked wherever they turn up, as a net under the rule
# that nobody logs them in the first place.
PERSONAL = frozenset(
    {
        "address",
        "authorization",
        "body",
        "buyer",
        "cookie",
        "email",
        "first_name",
        "last_name",
        "name",
        "password",
        "payload",
        "phone",
        "pin",
        "recipient",
        "secret",
        "ship_to",
        "street1",
        "street2",
        "token",
        "zip",
    }
)
BLANK = "[left out]"
# PostgreSQL repeats the offending row in the detail of its errors.
DATABASE_DETAIL = re.compile(r"(DETAIL|CONTEXT):.*(\n(?!\S*(Traceback|Error|\[SQL)).*)*")

Logger = structlog.stdlib.BoundLogger


def get_logger(name: str) -> Logger:
    """A logger whose lines carry the name of their module."""
    logger: Logger = structlog.stdlib.get_logger(name)
    return logger


def configure_logging(level: str, *, stream: TextIO | None = None) -> None:
    """Everything this process logs, also by its libraries, goes to standard error as JSON lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        leave_out_personal,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # One line per queue operation says nothing that our own lines do not say better.
    logging.getLogger("rq").setLevel(logging.WARNING)


@contextmanager
def log_context(**ids: str) -> Iterator[None]:
    """Every line logged inside carries these ids, such as `request_id` or `job_id`."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def leave_out_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The event without values whose names tell about a person."""
    for key in event.keys() & PERSONAL:
        event[key] = BLANK
    if "exception" in event:
        event["exception"] = without_rows(str(event["exception"]))
    return event


def without_rows(text: str) -> str:
    """The text of an error without the table row that PostgreSQL quotes in it."""
    return DATABASE_DETAIL.sub(rf"\1: {BLANK}", text)
