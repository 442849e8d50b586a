"""Our words in Shippo's request objects; the SDK's component module comes in as an argument.

Everything goes out as text where Shippo wants text: the SDK checks nothing and sends numbers unchanged.
"""

from datetime import UTC, datetime
from typing import Any, Final

from fulfillment.core.addresses import Address
from fulfillment.core.errors import InvalidInputError
from fulfillment.core.money import decimal_text
from fulfillment.shipping.carriers.protocol import (
    MAX_METADATA_LENGTH,
    MAX_REFERENCE_LENGTH,
    LabelFormat,
    ManifestRequest,
    Measures,
    RateRequest,
)

_ADDRESS_FIELDS: Final = (
    "name",
    "company",
    "street1",
    "street2",
    "city",
    "state",
    "zip",
    "country",
    "phone",
    "email",
)


def build_shipment(components: Any, request: RateRequest) -> Any:  # noqa: ANN401 - the SDK carries no types
    """A shipment with everything inline, so that one call gives all offers.

    Raises:
        InvalidInputError: the metadata or the reference is too long, or there is no box.
    """
    if len(request.metadata) > MAX_METADATA_LENGTH or len(request.reference) > MAX_REFERENCE_LENGTH:
        raise InvalidInputError(
            f"A shipment's metadata has at most {MAX_METADATA_LENGTH} characters, its reference at most"
            f" {MAX_REFERENCE_LENGTH}."
        )
    if not request.boxes:
        raise InvalidInputError("A shipment has at least one box.")
    return components.ShipmentCreateRequest(
        address_from=build_address(components, request.sender),
        address_to=build_address(components, request.recipient),
        address_return=build_address(components, request.return_to) if request.return_to else None,
        parcels=[_build_box(components, box) for box in request.boxes],
        extra=_build_extra(components, request),
        metadata=request.metadata or None,
        shipment_date=_instant(request.ship_at) if request.ship_at else None,
        async_=False,
    )


def build_address(components: Any, address: Address, *, validate: bool = False) -> Any:  # noqa: ANN401 - untyped
    """An address; what is empty is left out."""
    given = {name: getattr(address, name) or None for name in _ADDRESS_FIELDS}
    return components.AddressCreateRequest(**given, validate=True if validate else None)


def build_purchase(components: Any, *, rate_id: str, metadata: str, label_format: LabelFormat) -> Any:  # noqa: ANN401 - untyped
    """The order that costs money; synchronous, because Shippo's default of this one call is not."""
    return components.TransactionCreateRequest(
        rate=rate_id,
        metadata=metadata,
        label_file_type=components.LabelFileTypeEnum(label_format.value),
        async_=False,
    )


def build_manifest(components: Any, request: ManifestRequest) -> Any:  # noqa: ANN401 - untyped
    """A manifest of named transactions: without names Shippo would close out all of the account's."""
    return components.ManifestCreateRequest(
        carrier_account=request.carrier_account,
        shipment_date=_instant(request.ship_at),
        address_from=build_address(components, request.sender),
        transactions=list(request.transaction_ids),
        async_=False,
    )


def _build_box(components: Any, box: Measures) -> Any:  # noqa: ANN401 - untyped
    return components.ParcelCreateRequest(
        length=str(box.length_mm),
        width=str(box.width_mm),
        height=str(box.height_mm),
        distance_unit=components.DistanceUnitEnum.MM,
        weight=str(box.weight_g),
        mass_unit=components.WeightUnitEnum.G,
    )


def _build_extra(components: Any, request: RateRequest) -> Any:  # noqa: ANN401 - untyped
    extra: dict[str, Any] = {}
    if request.reference:
        extra["reference_1"] = request.reference
    if request.is_return:
        extra["is_return"] = True
    if request.has_hazard:
        extra["dangerous_goods"] = components.DangerousGoodsObject(contains=True)
    if request.signature:
        extra["signature_confirmation"] = components.SignatureConfirmation(request.signature)
    if request.insured:
        extra["insurance"] = components.Insurance(
            amount=decimal_text(request.insured.minor, request.insured.currency),
            currency=request.insured.currency,
            content="merchandise",
        )
    return components.ShipmentExtra(**extra) if extra else None


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
