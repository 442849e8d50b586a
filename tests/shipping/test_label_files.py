"""Label files come from where labels lie, and are labels."""

import io

import pypdfium2  # type: ignore[import-untyped]  # the package carries no types
import pytest
import zxingcpp
from PIL import Image

from fulfillment.core.addresses import Address
from fulfillment.sandbox.server import RunningCourier
from fulfillment.shipping.carriers.errors import CarrierUnavailableError, LabelFileRefusedError
from fulfillment.shipping.carriers.label_files import fetch_label_file
from fulfillment.shipping.carriers.protocol import Bought, LabelFormat, Measures, Purchase, RateRequest
from fulfillment.shipping.carriers.shippo_api import ShippoCarrier
from fulfillment.shipping.tracking_numbers import normalize_scan, numbers_in

DOCK = Address(name="Shipping", street1="1 Dock Rd", city="Columbus", state="OH", zip="43217")
ANN = Address(name="Ann Éxample 王", street1="350 5th Ave", city="New York", state="NY", zip="10001")


def _buy(carrier: ShippoCarrier, service: str, label_format: LabelFormat = LabelFormat.PDF_4X6) -> Purchase:
    quote = carrier.quote(RateRequest(DOCK, ANN, (Measures(900, 250, 200, 100),), reference="P-1"))
    rate = next(rate for rate in quote.rates if rate.service == service)
    outcome = carrier.buy(rate_id=rate.rate_id, metadata="intent-1", label_format=label_format)
    assert isinstance(outcome, Bought)
    return outcome.purchase


@pytest.mark.parametrize("service", ["usps_ground_advantage", "ups_ground", "fedex_home_delivery"])
def test_a_scanner_reads_the_bought_number_off_the_label(carrier: ShippoCarrier, service: str) -> None:
    purchase = _buy(carrier, service)

    file = carrier.fetch_label(purchase.label_url)

    page = pypdfium2.PdfDocument(file.content)[0]
    scanned = [found.text for found in zxingcpp.read_barcodes(page.render(scale=203 / 72).to_pil())]
    assert page.get_size() == (288, 432)
    assert [normalize_scan(text) for text in scanned] == [purchase.tracking_number]
    assert service.partition("_")[0] in {found.carrier for found in numbers_in(scanned[0])}


def test_labels_come_as_pictures_and_for_thermal_printers(carrier: ShippoCarrier) -> None:
    png = carrier.fetch_label(_buy(carrier, "ups_ground", LabelFormat.PNG).label_url)
    zpl = carrier.fetch_label(_buy(carrier, "ups_ground", LabelFormat.ZPL).label_url)

    assert png.media_type == "image/png"
    assert Image.open(io.BytesIO(png.content)).size == (812, 1218)
    assert zpl.media_type == "application/zpl"
    assert zpl.content.startswith(b"^XA")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("label_redirect", "leads elsewhere"),
        ("label_html", "neither PDF, PNG nor ZPL"),
        ("label_huge", "larger than labels are"),
    ],
)
def test_what_is_no_label_is_refused(
    carrier: ShippoCarrier, courier: RunningCourier, fault: str, reason: str
) -> None:
    purchase = _buy(carrier, "ups_ground")
    courier.courier.faults.set({fault: {}})

    with pytest.raises(LabelFileRefusedError, match=reason):
        carrier.fetch_label(purchase.label_url)


def test_a_missing_file_is_fetched_again_later(carrier: ShippoCarrier, courier: RunningCourier) -> None:
    purchase = _buy(carrier, "ups_ground")
    courier.courier.faults.set({"label_missing": {"times": 1}})

    with pytest.raises(CarrierUnavailableError, match="tried again"):
        carrier.fetch_label(purchase.label_url)
    assert carrier.fetch_label(purchase.label_url).media_type == "application/pdf"


@pytest.mark.parametrize(
    "url",
    [
        "https://labels.courier.invalid/1.pdf",
        "http://deliver.goshippo.com/1.pdf",
        "https://deliver.goshippo.com:8443/1.pdf",
        "https://deliver.goshippo.com@evil.example/1.pdf",
        "https://user:word@deliver.goshippo.com/1.pdf",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "https://[::1/1.pdf",
        "http://127.0.0.1:99999/1.pdf",
        "",
    ],
)
def test_an_address_outside_the_list_is_never_called(url: str) -> None:
    with pytest.raises(LabelFileRefusedError):
        fetch_label_file(url, allowed_hosts={"deliver.goshippo.com"}, own_origin="http://127.0.0.1:9000")


def test_a_label_on_a_foreign_host_is_bought_and_not_fetched(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    courier.courier.faults.set({"label_foreign_host": {"times": 1}})
    purchase = _buy(carrier, "ups_ground")

    with pytest.raises(LabelFileRefusedError, match=r"labels\.courier\.invalid"):
        carrier.fetch_label(purchase.label_url)
    assert carrier.read_purchase(purchase.transaction_id).is_live
