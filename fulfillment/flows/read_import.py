"""A file on this machine is read for an import, with the files beside it that its profile needs."""

from pathlib import Path

from fulfillment.core.errors import InvalidInputError
from fulfillment.flows.import_file import ImportedFile
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.profile_files import load_profile
from fulfillment.imports.readers import MAX_FILE_BYTES


def read_input(file: Path, *, kind: FileKind, profile_name: str) -> ImportedFile:
    """The file's bytes, with those of the files beside it that the profile looks things up in.

    Raises:
        InvalidInputError: the file is too large or cannot be read.
    """
    lookups = load_profile(profile_name).mapping_of(kind).lookups
    names = [lookup.file for lookup in lookups if (file.parent / lookup.file).is_file()]
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise InvalidInputError(f"{file} is larger than {MAX_FILE_BYTES} bytes; split it.")
        beside = {name: (file.parent / name).read_bytes() for name in names}
        return ImportedFile(file.name, file.read_bytes(), beside)
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}.") from error
