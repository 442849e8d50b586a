import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.core.errors import InvalidInputError
from fulfillment.imports.readers import MAX_CELL_LENGTH, read_table

ROWS = "sku,name\nA,Café\nB,Tea\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (ROWS.encode(), "utf-8"),
        (codecs.BOM_UTF8 + ROWS.encode(), "utf-8"),
        (ROWS.encode("utf-16"), "utf-16"),
        (ROWS.encode("latin-1"), "latin-1"),
        (ROWS.replace("Tea", "“Tea”").encode("cp1252"), "cp1252"),
    ],
)
def test_the_bytes_tell_the_encoding(content: bytes, encoding: str) -> None:
    table = read_table(content)

    assert table.encoding == encoding
    assert table.header == ("sku", "name")
    assert table.rows[0].cells == ("A", "Café")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(sign: str) -> None:
    table = read_table(f'sku{sign}"a,b;c"\nA{sign}x\n'.encode())

    assert table.delimiter == sign
    assert table.header == ("sku", "a,b;c")


def test_line_numbers_are_those_of_the_file_even_behind_cells_with_line_breaks() -> None:
    table = read_table(b'sku,name\nA,"two\nlines"\nB,one\n\nC,last\n')

    assert [(row.line_no, row.cells) for row in table.rows] == [
        (2, ("A", "two\nlines")),
        (4, ("B", "one")),
        (5, ("", "")),
        (6, ("C", "last")),
    ]


def test_a_row_of_another_width_is_a_fault_of_that_row_only() -> None:
    table = read_table(b"sku,name\nA\nB,x,y\nC,x,,\n")

    assert [row.fault and row.fault[0] for row in table.rows] == ["wrong-width", "wrong-width", None]
    assert table.rows[2].cells == ("C", "x")


def test_a_quote_that_was_never_closed_and_a_nul_are_faults() -> None:
    table = read_table(b'sku,name\nA,\x00\nB,"' + b"x" * (MAX_CELL_LENGTH + 1) + b"\n")

    assert [row.fault and row.fault[0] for row in table.rows] == ["nul-character", "cell-too-long"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"sku,sku\nA,B\n", "more than once"),
        (b"PK\x03\x04 not a workbook", "XLSX"),
    ],
)
def test_a_file_that_cannot_be_read_gets_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read_table(content)


def test_a_profile_s_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="not text in utf-8"):
        read_table(ROWS.encode("latin-1"), encoding="utf-8")


@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_refusal(content: bytes) -> None:
    try:
        table = read_table(content)
    except InvalidInputError:
        return

    lines = [row.line_no for row in table.rows]
    assert lines == sorted(set(lines))
    assert all(row.fault or len(row.cells) == len(table.header) for row in table.rows)
