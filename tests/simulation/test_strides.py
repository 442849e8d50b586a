"""An order file cut into its days."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fulfillment.core.errors import InvalidInputError
from fulfillment.flows.import_file import ImportedFile
from fulfillment.simulation.river.strides import Stride, cut_by_days, write_beside

HEADER = "order_ref,sku,qty,unit_price,ordered_at,name"
ROWS = (
    "A,TEA,1,5.00,2026-03-02 09:00:00,Ann",
    "B,TEA,1,5.00,2026-03-04 08:00:00,Ben",
    "A,OIL,1,5.00,2026-03-02 09:00:00,Ann",
    ",TEA,1,5.00,,nobody's",
    'C,TEA,1,5.00,2026-03-09 23:30:00,"Cho\nLee"',
    "",
    "D,TEA,1,5.00,2026-03-09 10:00:00,Zoë",
)


def file_of(*rows: str, encoding: str = "utf-8") -> ImportedFile:
    return ImportedFile("orders.csv", "\n".join((HEADER, *rows)).encode(encoding), {"zips.csv": b"a,b\n"})


def texts(strides: list[Stride]) -> list[str]:
    return [stride.file.content.decode() for stride in strides]


def test_every_row_is_in_the_day_of_its_order_as_it_stands_in_the_file() -> None:
    strides = cut_by_days(file_of(*ROWS), profile_name="generic", days=1)

    assert [stride.first_day for stride in strides] == [
        date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 9)
    ]  # fmt: skip
    assert texts(strides) == [
        f"{HEADER}\n{ROWS[0]}\n{ROWS[2]}\n{ROWS[3]}\n",
        f"{HEADER}\n{ROWS[1]}\n",
        f"{HEADER}\n{ROWS[4]}\n{ROWS[5]}\n{ROWS[6]}\n",
    ]
    assert strides[2].last_order_at == datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert [stride.name for stride in strides] == ["2026-03-02", "2026-03-04", "2026-03-09"]


def test_several_days_go_together_counted_from_the_first() -> None:
    strides = cut_by_days(file_of(*ROWS), profile_name="generic", days=7)

    assert [stride.first_day for stride in strides] == [date(2026, 3, 2), date(2026, 3, 9)]
    assert texts(strides)[0].count("\n") == 5


def test_another_encoding_becomes_text_that_is_read_alike() -> None:
    [stride] = cut_by_days(file_of(ROWS[6], encoding="latin-1"), profile_name="generic", days=1)

    assert "Zoë" in stride.file.content.decode()


def test_a_file_without_dates_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="says of no order when it came in; run it whole"):
        cut_by_days(file_of("A,TEA,1,5.00,,Ann"), profile_name="generic", days=1)


def test_a_stride_is_written_with_the_files_beside_it(tmp_path: Path) -> None:
    [stride] = cut_by_days(file_of(ROWS[0]), profile_name="generic", days=1)

    path = write_beside(tmp_path / "orders", stride.file)

    assert path.read_text() == f"{HEADER}\n{ROWS[0]}\n"
    assert (tmp_path / "orders" / "zips.csv").read_bytes() == b"a,b\n"
