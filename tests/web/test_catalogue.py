import re

from fulfillment.web import catalogue, words


def test_every_word_of_the_pages_stands_in_the_catalogue() -> None:
    for language in catalogue.languages():
        kept = catalogue.path_of(language).read_bytes()
        assert kept == catalogue.renewed(language), "run: fulfillment words"


def test_words_of_templates_and_of_code_are_collected() -> None:
    found = catalogue.collect_words()

    assert "Sign in with a badge on a shared scanner" in found
    assert "The password is set. Sign in with it." in found
    assert "With the carrier" in found


def test_a_translation_takes_the_values_of_its_sentence() -> None:
    for message in catalogue.collect_words():
        names = re.findall(r"%\((\w+)\)s", str(message.id))
        assert str(message.id) % dict.fromkeys(names, "x") if names else True


def test_the_source_language_says_what_is_written() -> None:
    assert words._("Sign in") == "Sign in"
