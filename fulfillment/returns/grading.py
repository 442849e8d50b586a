"""Where inspected goods may go: the rule that keeps a returned supplement off the shelf."""

from fulfillment.returns.kinds import Disposition, Grade


def allowed_dispositions(*, grade: Grade, is_supplement: bool) -> frozenset[Disposition]:
    """What an inspector may choose for goods of this grade.

    A returned dietary supplement is quarantined until a qualified person has decided, whatever its grade
    (21 CFR 111.510, .515); nothing opened, damaged, expired or foreign is sold again.
    """
    if is_supplement:
        return frozenset({Disposition.QUARANTINE, Disposition.SCRAP})
    if grade is Grade.SEALED:
        return frozenset(Disposition)
    return frozenset({Disposition.QUARANTINE, Disposition.SCRAP})
