import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.accounts.badges import issue_badge
from fulfillment.accounts.roles import Role
from fulfillment.flows.pack_order import pack_order
from fulfillment.flows.release_wave import release_wave
from fulfillment.shipping.packing import Contents, GivenParcel
from fulfillment.store.actors import SYSTEM
from tests.flows.bench import POLICY, Hands, column, pack, pick_order
from tests.labels.reading import page_text, scan_page
from tests.warehouse.halls import ANA
from tests.warehouse.orders import order
from tests.web.visitors import Browser


@pytest.fixture
def supervisor(hands: Hands, signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.SUPERVISOR)


def test_a_wave_is_printed_in_walking_order(hands: Hands, supervisor: Browser) -> None:
    def release(session: Session) -> uuid.UUID | None:
        placed = order(session, "1", SOAP=2, TEA=3)
        wave = release_wave(session, warehouse_code="CHI", actor=ANA, fulfillment_order_ids=[placed.part_id])
        return wave.wave_id

    wave_id = hands.runtime.in_transaction(release)

    answer = supervisor.get(f"/papers/pick-lists/{wave_id}.pdf")
    words = page_text(answer.data)

    assert answer.content_type == "application/pdf"
    assert words.index("A-1") < words.index("A-2") < words.index("A-3")
    for shown in ("Soap", "Tea", "Lot T1", "Lot T2", "W-"):
        assert shown in words


def test_a_packing_slip_shows_what_is_in_the_parcel_and_what_follows(
    hands: Hands, supervisor: Browser
) -> None:
    def pack_part(session: Session) -> uuid.UUID:
        placed = pick_order(session, "1", SOAP=3)
        packed = pack_order(
            session,
            fulfillment_order_id=placed.part_id,
            actor=ANA,
            policy=POLICY,
            parcels=[GivenParcel((Contents("SOAP", 2),), carton_code="S")],
        )
        return packed.parcel_ids[0]

    parcel_id = hands.runtime.in_transaction(pack_part)

    priced = page_text(supervisor.get(f"/papers/packing-slips/{parcel_id}.pdf").data)
    gift = page_text(supervisor.get(f"/papers/packing-slips/{parcel_id}.pdf?prices=no").data)

    for shown in ("Eva Long", "Soap", "$10.00", "$20.00", "Goods in this parcel", "As soon as we have it"):
        assert shown in priced, shown
    assert "$" not in gift
    assert "Soap" in gift


def test_a_carriers_label_is_printed_from_our_own_copy(
    hands: Hands, supervisor: Browser, engine: Engine
) -> None:
    hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=1))
    early = supervisor.get(f"/papers/labels/{uuid.UUID(int=1)}")
    hands.work()
    (postage_id,) = column(engine, "SELECT id FROM postage")
    (number,) = column(engine, "SELECT tracking_number FROM parcel")

    label = supervisor.get(f"/papers/labels/{postage_id}")

    assert early.status_code == 404
    assert label.content_type == "application/pdf"
    assert scan_page(label.data) == [("]C1", f"(420)60601({number[:2]}){number[2:]}")]


def test_stickers_are_printed_for_bins_and_articles(hands: Hands, supervisor: Browser) -> None:
    bins = page_text(supervisor.get("/papers/bins.pdf?warehouse=CHI&aisle=A-1").data)
    articles = page_text(supervisor.get("/papers/articles.pdf?sku=SOAP&sku=TEA&copies=2").data)
    with_lot = page_text(supervisor.get("/papers/articles.pdf?sku=TEA&lot=T1").data)

    assert [code for code in ("A-1", "A-2", "A-3") if code in bins] == ["A-1", "A-2", "A-3"]
    assert articles.count("SOAP") == 2
    assert "T1" in with_lot


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/papers/bins.pdf?warehouse=XXX", 404),
        ("/papers/articles.pdf?sku=NONE", 404),
        ("/papers/articles.pdf?sku=TEA&lot=NONE", 404),
        ("/papers/articles.pdf?sku=TEA&copies=99999999", 422),
        ("/papers/articles.pdf?sku=TEA&copies=-1", 422),
        ("/papers/articles.pdf", 422),
        (f"/papers/pick-lists/{uuid.UUID(int=1)}.pdf", 404),
        (f"/papers/packing-slips/{uuid.UUID(int=1)}.pdf", 404),
        (f"/papers/return-slips/{uuid.UUID(int=1)}.pdf", 404),
    ],
)
def test_what_cannot_be_printed_is_said_in_words(path: str, status: int, supervisor: Browser) -> None:
    answer = supervisor.get(path)

    assert answer.status_code == status


def test_a_badge_is_printed_only_with_the_code_just_issued(
    hands: Hands, signed_in: Callable[[Role], Browser], engine: Engine
) -> None:
    admin = signed_in(Role.ADMIN)
    signed_in(Role.WAREHOUSE)
    (user_id,) = column(engine, "SELECT id FROM user_account WHERE role = 'warehouse'")
    code = hands.runtime.in_transaction(
        lambda session: issue_badge(session, actor=SYSTEM, user_id=user_id, pin="582914")
    )

    right = admin.post("/papers/badge.pdf", seen_on="/admin/users/", user_id=str(user_id), badge_code=code)
    wrong = admin.post(
        "/papers/badge.pdf", seen_on="/admin/users/", user_id=str(user_id), badge_code="BADGE-guessed-code"
    )

    assert right.content_type == "application/pdf"
    assert code not in page_text(right.data)
    assert wrong.status_code == 422


def test_customer_service_prints_slips_and_no_labels(
    hands: Hands, signed_in: Callable[[Role], Browser], engine: Engine
) -> None:
    clerk = signed_in(Role.SERVICE)
    packed = hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=1))

    slip = clerk.get(f"/papers/packing-slips/{packed.parcel_ids[0]}.pdf")
    label = clerk.get(f"/papers/labels/{uuid.UUID(int=1)}")

    assert (slip.status_code, label.status_code) == (200, 403)
