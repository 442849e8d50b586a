"""Logs: one JSON object a line, with ids and without people."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from fulfillment.observability import (
    configure_logging,
    get_logger,
    leave_out_personal,
    log_context,
    without_rows,
)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What this process logs during the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("INFO", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def last_line(log: io.StringIO) -> dict[str, object]:
    line: dict[str, object] = json.loads(log.getvalue().splitlines()[-1])
    return line


def test_a_line_carries_the_ids_of_its_context(log: io.StringIO) -> None:
    with log_context(request_id="r-1", job_id="j-1"):
        get_logger("here").info("postage_bought", parcel="P-100001")

    line = last_line(log)

    assert line["event"] == "postage_bought"
    assert (line["request_id"], line["job_id"], line["parcel"]) == ("r-1", "j-1", "P-100001")
    assert line["logger"] == "here"
    assert line["level"] == "info"
    assert str(line["timestamp"]).endswith("Z")


def test_ids_end_with_their_context(log: io.StringIO) -> None:
    with log_context(request_id="r-1"):
        pass
    get_logger("here").info("later")

    assert "request_id" not in last_line(log)


def test_libraries_log_in_the_same_form(log: io.StringIO) -> None:
    logging.getLogger("some.library").warning("gave %s up", "it")

    line = last_line(log)

    assert (line["event"], line["logger"], line["level"]) == ("gave it up", "some.library", "warning")


def test_values_that_tell_about_people_are_left_out(log: io.StringIO) -> None:
    get_logger("here").info(
        "order_accepted", number="O-100001", email="ada@example.net", ship_to={"zip": "90001"}
    )

    line = last_line(log)

    assert line["number"] == "O-100001"
    assert (line["email"], line["ship_to"]) == ("[left out]", "[left out]")


def test_a_traceback_is_logged_without_the_row_the_database_quotes() -> None:
    event = leave_out_personal(
        None,
        "error",
        {
            "event": "job_failed",
            "exception": "UniqueViolation\nDETAIL:  Key (email)=(ada@example.net) already exists.\n",
        },
    )

    assert "ada@example.net" not in event["exception"]
    assert event["exception"].startswith("UniqueViolation")


def test_a_text_without_a_row_is_left_as_it_is() -> None:
    assert without_rows("TimeoutError: the carrier took 30 s") == "TimeoutError: the carrier took 30 s"
