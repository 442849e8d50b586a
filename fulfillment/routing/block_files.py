"""Problems, plans and block tasks as bytes: arrays with the names of their fields, and never a pickle.

What is read comes from a table or a pipe, so that reading it must not be able to run anything. Every field
travels as a NumPy array of its own kind under its dotted name: texts as Unicode, numbers and choices as
arrays without axes, a missing value as an empty name. A field added to a dataclass travels without a change
here, as long as its kind is one of these.
"""

import io
import types
import zipfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from fulfillment.core.errors import InvalidInputError

T = TypeVar("T")
AnyArray = npt.NDArray[Any]
NUMBERS = (bool, int, float, str)


def to_bytes(value: object, *, is_small: bool = False) -> bytes:
    """The dataclass as an .npz file; with `is_small` it is compressed, for a table rather than a pipe."""
    assert is_dataclass(value), "only dataclasses have the names that bytes are read back by"
    arrays: dict[str, AnyArray] = {}
    _flatten(type(value), value, "", arrays)
    file = io.BytesIO()
    save = np.savez_compressed if is_small else np.savez
    save(file, allow_pickle=False, **arrays)
    return file.getvalue()


def from_bytes(kind: type[T], content: bytes) -> T:
    """The dataclass that `to_bytes` wrote, equal field by field.

    Raises:
        InvalidInputError: the bytes are no such file, or lack one of its fields.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        found: T = _build(kind, "", arrays)
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as fault:
        raise InvalidInputError(f"These bytes hold no {kind.__name__}: {fault}.") from fault
    return found


@cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _flatten(kind: Any, value: Any, name: str, arrays: dict[str, AnyArray]) -> None:  # noqa: ANN401 - any field
    """The value stands in `arrays` under names that begin with `name`."""
    kind = _without_none(kind)
    if value is None:
        return
    if is_dataclass(kind):
        assert isinstance(kind, type)
        hints = _hints(kind)
        for field in fields(kind):
            _flatten(hints[field.name], getattr(value, field.name), f"{name}{field.name}.", arrays)
    elif get_origin(kind) is tuple:
        arrays[name] = _texts(value) if get_args(kind)[0] is str else np.array(value)
    else:
        arrays[name] = np.asarray(value.value if isinstance(value, Enum) else value)


def _build(kind: Any, name: str, arrays: Mapping[str, AnyArray]) -> Any:  # noqa: ANN401 - any field
    """The value that stands in `arrays` under names that begin with `name`."""
    is_optional = kind is not (kind := _without_none(kind))
    if is_optional and not any(key.startswith(name) for key in arrays):
        return None
    if is_dataclass(kind):
        assert isinstance(kind, type)
        hints = _hints(kind)
        return kind(
            **{
                field.name: _build(hints[field.name], f"{name}{field.name}.", arrays)
                for field in fields(kind)
            }
        )
    if get_origin(kind) is tuple:
        return tuple(arrays[name].tolist())
    if kind in NUMBERS or (isinstance(kind, type) and issubclass(kind, Enum)):
        return kind(arrays[name].item())
    return arrays[name]


def _texts(values: tuple[str, ...]) -> AnyArray:
    """Texts as an array; NumPy cuts trailing NULs off, which no name of ours may have."""
    if any(value.endswith("\0") for value in values):
        raise InvalidInputError("A name that ends with the character NUL cannot be written.")
    return np.array(values, dtype=np.str_) if values else np.zeros(0, dtype="<U1")


def _without_none(kind: Any) -> Any:  # noqa: ANN401 - any field's annotation
    """The kind itself where the annotation also allows None."""
    if get_origin(kind) in {Union, types.UnionType}:
        [only] = [each for each in get_args(kind) if each is not type(None)]
        return only
    return kind
