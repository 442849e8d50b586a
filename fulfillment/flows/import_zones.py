"""Rows of a carrier's zone chart become the zones that the planner reads."""

from collections.abc import Sequence

from sqlmodel import Session

from fulfillment.flows.ask_route import ask_route
from fulfillment.flows.import_work import ImportContext, accepted_record
from fulfillment.imports.classifying import KeptRow
from fulfillment.imports.rows import ZoneRow
from fulfillment.imports.runs import RowRecord
from fulfillment.shipping.zone_charts import ChartedZone, save_chart


def write_zones(session: Session, kept: Sequence[KeptRow], context: ImportContext) -> list[RowRecord]:
    """The rows' zones stand in their carriers' charts."""
    save_chart(session, zones=[_zone(row) for row in kept], actor=context.actor)
    ask_route(session, trigger="rates_changed")
    return [
        accepted_record(
            line_no=row.row.line_no,
            group_ref=row.group_ref,
            code="zone-charted",
            object_kind="zone",
            object_ref=row.group_ref,
        )
        for row in kept
    ]


def _zone(kept: KeptRow) -> ChartedZone:
    row = kept.row
    assert isinstance(row, ZoneRow), "a zones file has zone rows"
    return ChartedZone(row.carrier, row.country, row.origin, row.destination, row.zone)
