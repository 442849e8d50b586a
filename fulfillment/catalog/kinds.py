"""The kinds that products are told apart by."""

from enum import StrEnum


class ProductKind(StrEnum):
    """What a product is to the warehouse: a kit has parts but no stock, a service has no weight."""

    GOODS = "goods"
    SALES_AID = "sales_aid"
    KIT = "kit"
    SERVICE = "service"


class HazardClass(StrEnum):
    """Hazard classes a direct seller meets (49 CFR 173): perfume is class 3, an aerosol class 2."""

    FLAMMABLE_LIQUID = "3"
    AEROSOL = "2.1"
    LITHIUM = "9"
