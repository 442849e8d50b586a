import pytest

from fulfillment.accounts.passwords import check_password, check_pin, hash_secret, is_secret
from fulfillment.core.errors import InvalidInputError


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaa", "password1234", "annlee123456", "x" * 201, "121212121212"]
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidInputError):
        check_password(password, email="annlee@example.com")


def test_a_phrase_of_several_words_is_a_password() -> None:
    check_password("correct horse battery", email="annlee@example.com")


@pytest.mark.parametrize("pin", ["12345", "1234567", "12a456", "111111", "123456", "987654", "١٢٣٤٥٦"])
def test_a_weak_pin_is_refused(pin: str) -> None:
    with pytest.raises(InvalidInputError):
        check_pin(pin)


def test_a_secret_is_kept_as_argon2_and_recognized() -> None:
    hashed = hash_secret("correct horse battery")

    assert hashed.startswith("$argon2id$")
    assert is_secret("correct horse battery", hashed)
    assert not is_secret("correct horse batterz", hashed)


def test_the_same_letters_typed_composed_or_not_are_one_password() -> None:
    assert is_secret("caf\u00e9 correct horse", hash_secret("cafe\u0301 correct horse"))


def test_nobody_has_every_password_wrong() -> None:
    assert not is_secret("nobody at all has this password", None)
