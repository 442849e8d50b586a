"""A plan's moves, scarce rows and waiting lines as files for a spreadsheet; money in minor units."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.reads import tower_routing
from fulfillment.reads.route_plans import read_route_plan
from fulfillment.web.access import allowed
from fulfillment.web.context import read
from fulfillment.web.csv_answer import Cell, csv_answer
from fulfillment.web.pages.control_tower.tower import blueprint
from fulfillment.web.plan_words import tell_move, tell_parts, tell_wait, tell_way_out

MOVES_HEAD = ("order", "from", "to", "saved_minor", "why", "outcome")
SCARCE_HEAD = ("warehouse", "sku", "shelf_class", "used", "available", "worth_of_one_more_minor")
WAITING_HEAD = ("order", "line", "units", "why", "way_out")


@blueprint.get("/routing/<uuid:plan_id>/moves.csv")
@allowed(Permission.READ_REPORTS)
def download_moves(plan_id: uuid.UUID) -> Response:
    """All moves of a plan."""

    def look(session: Session) -> list[Sequence[Cell]]:
        read_route_plan(session, plan_id=plan_id)
        return [
            (
                move.number,
                tell_parts(move.from_parts),
                tell_parts(move.to_parts),
                move.saved_minor,
                tell_move(move.reason, move.detail),
                str(move.outcome),
            )
            for move in tower_routing.every_move(session, plan_id=plan_id)
        ]

    return csv_answer([MOVES_HEAD, *read(look)], name=f"moves-{plan_id}.csv")


@blueprint.get("/routing/<uuid:plan_id>/scarce.csv")
@allowed(Permission.READ_REPORTS)
def download_scarce(plan_id: uuid.UUID) -> Response:
    """What a plan has used up; an empty SKU stands for the warehouse's parcels of the day."""
    report = read(lambda session: read_route_plan(session, plan_id=plan_id)).report
    rows = [
        (
            row["warehouse"],
            row["sku"],
            row["shelf_class"],
            row["used"],
            row["available"],
            round(row["price_minor"]),
        )
        for row in report.get("scarce", [])
    ]
    return csv_answer([SCARCE_HEAD, *rows], name=f"scarce-{plan_id}.csv")


@blueprint.get("/routing/<uuid:plan_id>/waiting.csv")
@allowed(Permission.READ_REPORTS)
def download_waiting(plan_id: uuid.UUID) -> Response:
    """The lines a plan does not send, as far as its report keeps them."""

    def look(session: Session) -> tuple[list[dict[str, Any]], Any]:
        report = read_route_plan(session, plan_id=plan_id).report
        rows = report.get("waiting") or report.get("backlog") or []
        ids = sorted({row["order_id"] for row in rows})
        return rows, tower_routing.find_order_numbers(session, order_ids=ids)

    waiting, numbers = read(look)

    def rows() -> Iterator[Sequence[Cell]]:
        yield WAITING_HEAD
        for row in waiting:
            number = numbers.get(row["order_id"], row["order_id"])
            yield number, row["line"] + 1, row["qty"], tell_wait(row["reason"]), tell_way_out(row)

    return csv_answer(list(rows()), name=f"waiting-{plan_id}.csv")
