"""Rows of warehouses become warehouses."""

from collections.abc import Sequence

from sqlmodel import Session

from fulfillment.core.addresses import Address, normalize_address
from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.places import locate
from fulfillment.flows.import_work import ImportContext, accepted_record
from fulfillment.imports.classifying import KeptRow
from fulfillment.imports.outcomes import RowFinding, RowOutcome
from fulfillment.imports.rows import WarehouseRow
from fulfillment.imports.runs import RowRecord
from fulfillment.warehouse.setup import NewWarehouse, create_warehouse


def write_warehouses(session: Session, kept: Sequence[KeptRow], context: ImportContext) -> list[RowRecord]:
    """The rows' warehouses stand."""
    return [_write_warehouse(session, row, context) for row in kept]


def _write_warehouse(session: Session, kept: KeptRow, context: ImportContext) -> RowRecord:
    row = kept.row
    assert isinstance(row, WarehouseRow), "a warehouses file has warehouse rows"
    warehouse = _make_warehouse(row)
    try:
        create_warehouse(session, warehouse=warehouse, actor=context.actor)
    except ConflictError as error:
        finding = RowFinding(row.line_no, RowOutcome.IGNORED, "already-there", error.message, kept.group_ref)
        return RowRecord(finding, "warehouse", row.code)
    return accepted_record(
        line_no=row.line_no,
        group_ref=kept.group_ref,
        code="warehouse-created",
        object_kind="warehouse",
        object_ref=row.code,
    )


def _make_warehouse(row: WarehouseRow) -> NewWarehouse:
    address = locate(
        normalize_address(
            Address(
                company=row.name,
                street1=row.street1,
                city=row.city,
                state=row.state,
                zip=row.zip,
                country=row.country,
                latitude=row.latitude,
                longitude=row.longitude,
            )
        )
    )
    if address.latitude is None or address.longitude is None or not row.time_zone:
        raise InvalidInputError(
            f"Warehouse {row.code} needs latitude, longitude and time zone; its ZIP alone does not tell them."
        )
    return NewWarehouse(
        code=row.code,
        name=row.name,
        address=address,
        latitude=address.latitude,
        longitude=address.longitude,
        time_zone=row.time_zone,
        daily_parcel_capacity=row.daily_parcel_capacity,
        handling_minor=row.handling,
        currency=row.currency,
    )
