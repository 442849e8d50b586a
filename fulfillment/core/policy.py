"""What a company decides once and every deed goes by; the settings make it, the edge hands it in."""

from dataclasses import dataclass
from typing import Final

MOST_SHELF_DAYS: Final = 365
"""No order asks for goods that keep longer than this beyond the product's own minimum."""


@dataclass(frozen=True)
class CompanyPolicy:
    """Figures of the company's own choosing; spans in the unit their name ends with, money in minor units."""

    name: str = "Fulfillment"
    time_zone: str = "America/New_York"
    currency: str = "USD"
    return_policy: str = "ds_default_v1"
    return_authorization_days: int = 30
    refund_second_person_above_minor: int = 10_000
    refund_pay_within_working_days: int = 5
    refund_look_up_s: int = 60
    postage_quiet_s: int = 120
    postage_pending_s: int = 10
    postage_void_poll_s: int = 3_600
    postage_lookups: int = 3
    weight_tolerance_percent: int = 5
    weight_tolerance_g: int = 50
    shelf_days_ordinary: int = 0
    shelf_days_autoship: int = 30
    shelf_days_replacement: int = 0
    wave_max_orders: int = 60
    pick_claim_s: int = 900
    autoship_plan_s: int = 300
    autoship_single_days: int = 3
    autoship_look_back_days: int = 28
    autoship_ship_days: int = 5
    autoship_charge_hours: int = 72
    autoship_late_days: int = 14
    autoship_keep_back_days: int = 7
    notice_sender: str = "no-reply@localhost"
    public_url: str = "http://127.0.0.1:8000"
