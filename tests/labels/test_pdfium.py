from concurrent.futures import ThreadPoolExecutor

import pytest

from labels.carrier_label import render_carrier_labels
from labels.errors import LabelError
from labels.pdfium import count_pages, merge_pdfs
from labels.pick_list import render_pick_list
from labels.raster import render_png
from tests.labels.reading import page_sizes, scan_page
from tests.labels.samples import carrier_label, pick_list

LABEL = render_carrier_labels([carrier_label()])
PICKS = render_pick_list(pick_list(count=20))


def test_pages_keep_their_order_size_and_bars() -> None:
    merged = merge_pdfs([LABEL, PICKS, LABEL])

    assert page_sizes(merged) == [(288.0, 432.0), (612.0, 792.0), (612.0, 792.0), (288.0, 432.0)]
    assert count_pages(merged) == 4
    assert scan_page(merged, 3) == [("]C1", "(420)62704(94)00100000000000000008")]


def test_a_file_that_is_no_pdf_is_named_by_its_place() -> None:
    with pytest.raises(LabelError, match="File 2 of 3 is not a PDF"):
        merge_pdfs([LABEL, b"^XA^XZ", LABEL])
    with pytest.raises(LabelError, match="no file to merge"):
        merge_pdfs([])
    with pytest.raises(LabelError, match="not a PDF"):
        count_pages(b"")


def test_threads_that_render_at_once_get_what_one_gets() -> None:
    alone = render_png(LABEL)

    with ThreadPoolExecutor(4) as threads:
        together = list(
            threads.map(lambda _: render_png(render_carrier_labels([carrier_label()])), range(16))
        )

    assert together == [alone] * 16
