import io
from datetime import UTC, datetime

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # the package carries no types

from fulfillment.core.errors import InvalidInputError
from fulfillment.imports.readers import read_table


def make_workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"remove_timezone": True}) as workbook:
        sheet = workbook.add_worksheet("Orders")
        day = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["order_ref", "qty", "unit_price", "ordered_at", "ships_complete"])
        sheet.write_row(1, 0, ["1001", 2, 9.5])
        sheet.write_datetime(1, 3, datetime(2026, 3, 1, 8, 30, tzinfo=UTC), day)
        sheet.write_boolean(1, 4, True)
        sheet.write_row(3, 0, [1002, 17850.0, 3])
        workbook.add_worksheet("Other").write(0, 0, "sku")
    return content.getvalue()


def test_cells_become_text_and_rows_keep_their_numbers() -> None:
    table = read_table(make_workbook())

    assert table.encoding == "xlsx"
    assert [(row.line_no, row.cells) for row in table.rows] == [
        (2, ("1001", "2", "9.5", "2026-03-01 08:30:00", "true")),
        (3, ("", "", "", "", "")),
        (4, ("1002", "17850", "3", "", "")),
    ]


def test_a_sheet_is_found_by_name_or_refused_with_the_names_there_are() -> None:
    with pytest.raises(InvalidInputError, match="it has Orders, Other"):
        read_table(make_workbook(), sheet="Invoices")
    assert read_table(make_workbook(), sheet="Other").header == ("sku",)


def test_a_damaged_workbook_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="XLSX"):
        read_table(make_workbook()[:-40])
