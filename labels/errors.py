"""What can go wrong at the printer."""


class LabelError(ValueError):
    """A paper cannot be made from what was given; the sentence says why."""


class UnprintableCodeError(LabelError):
    """The symbology cannot carry this code, or not in the room it has on the paper."""


class FontsMissingError(LabelError):
    """The font files that the install places in `labels/fonts/` are not there."""
