import pytest

from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.profile_files import list_profiles, load_profile, parse_profile
from tests.imports.files import mapping_from

MINIMUM = """
[stock.fields]
warehouse = { column = "w" }
sku = { column = "s" }
qty = { column = "q" }
"""


RULE = """
[[stock.rules]]
code = "x"
sentence = "x"
outcome = "ignored"
when = [{ field = "sku", equals = "1" }]
"""


def test_the_profiles_are_shipped_and_can_be_read() -> None:
    assert list_profiles() == ["exigo", "generic", "olist", "shopify", "uci", "usps"]
    for name in set(list_profiles()) - {"usps"}:
        assert FileKind.ORDERS in load_profile(name).mappings
    assert set(load_profile("usps").mappings) == {FileKind.ZONES}


def test_generic_maps_every_kind_of_file() -> None:
    assert set(load_profile("generic").mappings) == set(FileKind)


@pytest.mark.parametrize("name", ["nothing", "../generic", "generic.toml", ""])
def test_an_unknown_profile_is_refused_with_the_names_there_are(name: str) -> None:
    with pytest.raises(NotFoundError, match="choose one of exigo, generic"):
        load_profile(name)


def test_a_kind_the_profile_does_not_map_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no mapping for distributors"):
        load_profile("olist").mapping_of(FileKind.DISTRIBUTORS)


def test_the_least_a_profile_can_say_is_enough() -> None:
    mapping = mapping_from(MINIMUM, FileKind.STOCK)

    assert [entry.name for entry in mapping.fields] == ["warehouse", "sku", "qty"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[stock", "not TOML"),
        ("[stok.fields]", "stok is not known"),
        ('[stock.fields]\nsku = { column = "s" }', "does not map qty, warehouse"),
        (MINIMUM + 'price = { column = "p" }', "no such field"),
        (MINIMUM + 'lot = { colour = "l" }', "colour is not known"),
        (MINIMUM + 'lot = { column = "l", constant = "x" }', "give one of column"),
        ('[stock]\ntime_zone = "Mars"\n' + MINIMUM, "'Mars' is not known"),
        (MINIMUM + '[[stock.rules]]\ncode = "x"', "give code, sentence, when"),
        (
            MINIMUM + RULE.replace("ignored", "lost"),
            "'lost' is not known",
        ),
        (
            MINIMUM + RULE.replace('equals = "1"', 'matches = "("'),
            "regular expression",
        ),
        (
            MINIMUM + '[[stock.lookups]]\nfile = "../secrets.csv"\nkey = "k"\ncolumns = []',
            "bare name",
        ),
    ],
)  # fmt: skip
def test_a_profile_that_says_something_unknown_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        parse_profile(text, name="test")
