"""Rows of members become members, uplines first."""

from collections.abc import Sequence

from sqlmodel import Session

from fulfillment.core.addresses import Address, normalize_address
from fulfillment.core.places import locate
from fulfillment.distributors.genealogy import order_by_upline
from fulfillment.distributors.membership import NewMember, add_members
from fulfillment.distributors.tables import MemberKind
from fulfillment.flows.import_work import ImportContext, accepted_record
from fulfillment.imports.classifying import KeptRow
from fulfillment.imports.outcomes import RowFinding, RowOutcome
from fulfillment.imports.rows import MemberRow
from fulfillment.imports.runs import RowRecord


def order_members(kept: Sequence[KeptRow]) -> tuple[list[KeptRow], list[RowFinding]]:
    """Uplines before those below them, wherever the file has them; and those who stand above themselves."""
    by_number = {row.row.number: row for row in kept if isinstance(row.row, MemberRow)}
    uplines = {
        number: [name for name in (member.row.sponsor, member.row.enroller) if name]
        for number, member in by_number.items()
        if isinstance(member.row, MemberRow)
    }
    ordered, in_circle = order_by_upline(uplines)
    findings = [
        RowFinding(
            by_number[number].row.line_no,
            RowOutcome.REJECTED,
            "sponsor-circle",
            f"Member {number} stands above itself, or below members who do; correct sponsor or enroller.",
            number,
        )
        for number in in_circle
    ]
    return [by_number[number] for number in ordered], findings


def write_members(session: Session, kept: Sequence[KeptRow], context: ImportContext) -> list[RowRecord]:
    """The rows' people are members."""
    return [_write_member(session, row, context) for row in kept]


def _write_member(session: Session, kept: KeptRow, context: ImportContext) -> RowRecord:
    row = kept.row
    assert isinstance(row, MemberRow), "a distributors file has member rows"
    member = NewMember(
        number=row.number,
        kind=MemberKind(row.kind),
        name=row.name,
        address=_member_address(row),
        joined_on=row.joined_on,
        sponsor_number=row.sponsor or None,
        enroller_number=row.enroller or None,
        market=row.market,
        locale=row.locale,
    )
    if not add_members(session, members=[member], actor=context.actor):
        sentence = f"There is a member {row.number} already; nothing was changed."
        return RowRecord(
            RowFinding(row.line_no, RowOutcome.IGNORED, "already-there", sentence, kept.group_ref),
            "member",
            row.number,
        )
    return accepted_record(
        line_no=row.line_no,
        group_ref=kept.group_ref,
        code="member-joined",
        object_kind="member",
        object_ref=row.number,
    )


def _member_address(row: MemberRow) -> Address:
    return locate(
        normalize_address(
            Address(
                name=row.name,
                street1=row.street1,
                street2=row.street2,
                city=row.city,
                state=row.state,
                zip=row.zip,
                country=row.country,
                phone=row.phone,
                email=row.email,
            )
        )
    )
