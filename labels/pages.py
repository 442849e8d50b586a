"""Documents of several pages: a letterhead, sections that flow, a foot with the page number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from reportlab.pdfgen.canvas import Canvas

from labels.barcodes import draw_code
from labels.geometry import INCH, Box, Paper
from labels.pdf import make_pdf
from labels.text import Style, clean, draw_line, draw_lines, fitting_size, shrunk, text_width
from labels.words import Gettext

MARGIN = 0.5 * INCH
FIRST_HEAD_HEIGHT = 64.0
FACTS_HEIGHT = 34.0
NEXT_HEAD_HEIGHT = 24.0
FOOT_HEIGHT = 20.0
CODE_WIDTH = 220.0
CODE_HEIGHT = 38.0
FACT_LABEL = Style(7, is_bold=True, gray=0.4)
FACT_VALUE = Style(10)
SMALL = Style(7.5, gray=0.35)
COMPANY = Style(10, gray=0.25)
CODE_TEXT = Style(11, is_bold=True)
SMALLEST_CODE_TEXT = 6.0


@dataclass(frozen=True, slots=True)
class Block:
    """Something as wide as the page that is never split: its height and what draws it in its box."""

    height: float
    draw: Callable[[Canvas, Box], None]


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks that follow one another; `head` stands above the first, and again on top of each next page."""

    rows: Sequence[Block]
    head: Block | None = None


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The top of the first page: `code`, unless empty, as barcode and text; `facts` as (label, value)."""

    company: str
    title: str
    code: str
    facts: tuple[tuple[str, str], ...]


def print_pages(
    letterhead: Letterhead, sections: Sequence[Section], *, paper: Paper, gettext: Gettext
) -> bytes:
    """Return the PDF of `sections` under `letterhead`, as many pages as they need."""
    body = paper.page.inset(MARGIN)
    first = body.height - FIRST_HEAD_HEIGHT - FACTS_HEIGHT - FOOT_HEIGHT
    pages = lay_out(sections, first_height=first, next_height=body.height - NEXT_HEAD_HEIGHT - FOOT_HEIGHT)
    drawings = [
        partial(
            _draw_page,
            letterhead=letterhead,
            blocks=blocks,
            body=body,
            number=number,
            of=len(pages),
            gettext=gettext,
        )
        for number, blocks in enumerate(pages, start=1)
    ]
    page = paper.page
    return make_pdf(
        drawings, width=page.width, height=page.height, title=f"{letterhead.title} {letterhead.code}"
    )


def lay_out(sections: Sequence[Section], *, first_height: float, next_height: float) -> list[list[Block]]:
    """Share the blocks out over pages; a block higher than a page has a page to itself."""
    pages: list[list[Block]] = [[]]
    room = first_height
    for section in sections:
        head = [] if section.head is None else [section.head]
        for place, row in enumerate(section.rows):
            opening = [*head, row] if place == 0 else [row]
            if sum(block.height for block in opening) > room and pages[-1]:
                pages.append([])
                room = next_height
                opening = [*head, row]
            pages[-1].extend(opening)
            room -= sum(block.height for block in opening)
    return pages


def _draw_page(
    canvas: Canvas,
    *,
    letterhead: Letterhead,
    blocks: Sequence[Block],
    body: Box,
    number: int,
    of: int,
    gettext: Gettext,
) -> None:
    below = (
        _draw_first_head(canvas, letterhead, body)
        if number == 1
        else _draw_next_head(canvas, letterhead, body)
    )
    for block in blocks:
        block.draw(canvas, below.from_top(block.height))
        below = below.below(block.height)
    page_of = gettext("Page %(number)d of %(pages)d") % {"number": number, "pages": of}
    half = body.from_left(body.width / 2)
    draw_line(canvas, half, body.bottom + 2, f"{letterhead.title} {letterhead.code}", SMALL)
    draw_line(canvas, body.right_of(body.width / 2), body.bottom + 2, page_of, SMALL, align="right")


def _draw_first_head(canvas: Canvas, letterhead: Letterhead, body: Box) -> Box:
    head = body.from_top(FIRST_HEAD_HEIGHT)
    names = head.from_left(head.width - CODE_WIDTH - 12)
    size = fitting_size(letterhead.title, width=names.width, largest=24, smallest=14, is_bold=True)
    rest = draw_lines(canvas, names, (letterhead.title,), Style(size, is_bold=True))
    draw_lines(canvas, rest.below(2), (letterhead.company,), COMPANY)
    code = head.right_of(head.width - CODE_WIDTH)
    if letterhead.code:
        taken = draw_code(canvas, letterhead.code, code.from_top(CODE_HEIGHT), align="right")
        # A long code becomes a small square symbol; its text then needs more room than the bars.
        needed = text_width(clean(letterhead.code), CODE_TEXT)
        under = code.below(CODE_HEIGHT + 1).right_of(code.width - min(CODE_WIDTH, max(taken, needed)))
        style = shrunk(letterhead.code, CODE_TEXT, width=under.width, smallest=SMALLEST_CODE_TEXT)
        draw_lines(canvas, under, (letterhead.code,), style, align="center")
    _draw_facts(canvas, letterhead.facts, body.below(FIRST_HEAD_HEIGHT).from_top(FACTS_HEIGHT))
    return body.below(FIRST_HEAD_HEIGHT + FACTS_HEIGHT)


def _draw_facts(canvas: Canvas, facts: Sequence[tuple[str, str]], box: Box) -> None:
    canvas.setFillGray(0.94)
    canvas.rect(box.left, box.bottom + 4, box.width, box.height - 4, stroke=0, fill=1)
    widths = _shared_widths([_needed_width(label, value) for label, value in facts], box.width)
    for (label, value), width in zip(facts, widths, strict=True):
        cell = box.from_left(width).inset(6, 0).below(3)
        rest = draw_lines(canvas, cell, (label,), FACT_LABEL)
        draw_lines(canvas, rest, (value,), FACT_VALUE)
        box = box.right_of(width)


def _needed_width(label: str, value: str) -> float:
    return max(text_width(clean(label), FACT_LABEL), text_width(clean(value), FACT_VALUE)) + 13


def _shared_widths(needed: Sequence[float], width: float) -> list[float]:
    # The shortest are served first, so that only those above a fair share are cut: a long company name
    # must not squeeze the order number away.
    widths = [0.0] * len(needed)
    left = width
    for served, place in enumerate(sorted(range(len(needed)), key=needed.__getitem__)):
        widths[place] = min(needed[place], left / (len(needed) - served))
        left -= widths[place]
    return [taken + left / len(needed) for taken in widths]


def _draw_next_head(canvas: Canvas, letterhead: Letterhead, body: Box) -> Box:
    head = body.from_top(NEXT_HEAD_HEIGHT)
    half = head.width / 2
    draw_lines(canvas, head.from_left(half), (letterhead.title,), CODE_TEXT)
    draw_lines(canvas, head.right_of(half), (letterhead.code,), CODE_TEXT, align="right")
    return body.below(NEXT_HEAD_HEIGHT)
