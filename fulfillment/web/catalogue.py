"""The catalogue of all words: collected from the sources, kept in one `.po` file for each language.

`fulfillment words` brings the files up to date; words already translated keep their translation.
"""

import io
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from fulfillment.web.words import TRANSLATIONS

SOURCES: Final = Path(__file__).parent
SOURCE_LANGUAGE: Final = "en"
METHODS: Final = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS: Final = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS: Final[dict[str, tuple[int, ...] | None]] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
}


def collect_words() -> Catalog:
    """Every word the pages say, as a catalogue without translations."""
    found = Catalog(project="Fulfillment", charset="utf-8", fuzzy=False)
    for _file, _line, message, comments, context in extract_from_dir(
        SOURCES, METHODS, OPTIONS, keywords=KEYWORDS
    ):
        found.add(message, None, [], auto_comments=comments, context=context)
    return found


def languages() -> list[str]:
    """The languages there is a catalogue for, the source language always among them."""
    return sorted({SOURCE_LANGUAGE, *(path.parts[-3] for path in TRANSLATIONS.glob("*/LC_MESSAGES/*.po"))})


def path_of(language: str) -> Path:
    """Where a language's catalogue stands."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def renewed(language: str) -> bytes:
    """A language's catalogue with all words of today and the translations it has, as its file should be."""
    path = path_of(language)
    known = Catalog(locale=language)
    if path.is_file():
        with path.open("rb") as text:
            known = read_po(text, locale=language)
    known.update(collect_words(), no_fuzzy_matching=True, update_header_comment=False)
    known.obsolete.clear()
    # The header's dates would change at every run; a file that says the same should be the same.
    written = io.BytesIO()
    write_po(written, known, no_location=True, omit_header=True, sort_output=True, width=110)
    header = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {language}\\n"\n'
    plural = f'"Plural-Forms: {known.plural_forms}\\n"\n\n'
    return (header + plural).encode() + written.getvalue().lstrip(b"\n")
