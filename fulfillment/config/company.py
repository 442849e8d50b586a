"""The settings that are the company's own choice, and the policy they make."""

from typing import Any
from zoneinfo import available_timezones

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from fulfillment.core.policy import MOST_SHELF_DAYS, CompanyPolicy

STANDARD = CompanyPolicy()


class CompanySettings(BaseSettings):
    """One field for each figure of `CompanyPolicy`, with its standard value."""

    company_name: str = Field(STANDARD.name, description="name on papers, pages and messages")
    company_time_zone: str = Field(
        STANDARD.time_zone, description="time zone of the company's days, such as America/New_York"
    )
    company_currency: str = Field(
        STANDARD.currency, pattern=r"^[A-Z]{3}$", description="currency of the company's books (ISO 4217)"
    )
    return_policy: str = Field(STANDARD.return_policy, description="name of the return rules that apply")
    return_authorization_days: int = Field(
        STANDARD.return_authorization_days, ge=1, description="days an authorized return stays open"
    )
    refund_second_person_above_minor: int = Field(
        STANDARD.refund_second_person_above_minor,
        ge=0,
        description="refunds above this amount, in minor units, need a second person",
    )
    refund_pay_within_working_days: int = Field(
        STANDARD.refund_pay_within_working_days,
        ge=0,
        description="working days in which a decided refund is paid, where no rule says otherwise",
    )
    refund_look_up_s: int = Field(
        STANDARD.refund_look_up_s,
        ge=1,
        description="seconds before the first look at a refund in doubt; later ones wait longer",
    )
    postage_quiet_s: int = Field(
        STANDARD.postage_quiet_s,
        ge=0,
        description="seconds to wait before asking the courier what became of a purchase in doubt",
    )
    postage_pending_s: int = Field(
        STANDARD.postage_pending_s,
        ge=0,
        description="seconds between two looks at a purchase the courier has not finished",
    )
    postage_void_poll_s: int = Field(
        STANDARD.postage_void_poll_s, ge=1, description="seconds between two looks at a requested void"
    )
    postage_lookups: int = Field(
        STANDARD.postage_lookups,
        ge=1,
        description="look-ups without a trace after which postage in doubt counts as not bought",
    )
    weight_tolerance_percent: int = Field(
        STANDARD.weight_tolerance_percent,
        ge=0,
        le=100,
        description="percent a parcel's weight may differ from its contents' without being confirmed",
    )
    weight_tolerance_g: int = Field(
        STANDARD.weight_tolerance_g, ge=0, description="grams it may always differ by"
    )
    shelf_days_ordinary: int = Field(
        STANDARD.shelf_days_ordinary,
        ge=0,
        le=MOST_SHELF_DAYS,
        description="days goods must keep beyond the product's own minimum when an ordinary order leaves",
    )
    shelf_days_autoship: int = Field(
        STANDARD.shelf_days_autoship,
        ge=0,
        le=MOST_SHELF_DAYS,
        description="the same for an autoship order, which lasts until the next one",
    )
    shelf_days_replacement: int = Field(
        STANDARD.shelf_days_replacement, ge=0, le=MOST_SHELF_DAYS, description="the same for a replacement"
    )
    wave_max_orders: int = Field(STANDARD.wave_max_orders, ge=1, description="most orders in one wave")
    pick_claim_s: int = Field(
        STANDARD.pick_claim_s, ge=1, description="seconds a picker keeps a task without scanning"
    )
    autoship_plan_s: int = Field(
        STANDARD.autoship_plan_s, ge=1, description="seconds the planner looks for a plan of an autoship run"
    )
    autoship_single_days: int = Field(
        STANDARD.autoship_single_days,
        ge=0,
        description="days of usual single orders whose stock an autoship run leaves alone",
    )
    autoship_look_back_days: int = Field(
        STANDARD.autoship_look_back_days,
        ge=1,
        description="days of past single orders from which the usual ones are counted",
    )
    autoship_ship_days: int = Field(
        STANDARD.autoship_ship_days, ge=1, description="days over which the parcels of an autoship run leave"
    )
    autoship_charge_hours: int = Field(
        STANDARD.autoship_charge_hours,
        ge=1,
        description="hours after which a promised autoship that was not charged is given back",
    )
    autoship_late_days: int = Field(
        STANDARD.autoship_late_days,
        ge=0,
        description="days after that in which a late payment still revives it",
    )
    autoship_keep_back_days: int = Field(
        STANDARD.autoship_keep_back_days,
        ge=0,
        description="days before its due day from which stock is kept back for a booked autoship run",
    )

    @field_validator("company_time_zone")
    @classmethod
    def _require_known_zone(cls, value: str) -> str:
        """A zone of the IANA list, because a misspelled one would fail only at the first cut-off."""
        if value not in available_timezones():
            raise ValueError("is not a time zone; write it like America/New_York")
        return value

    def _company_figures(self) -> dict[str, Any]:
        """The figures by their names in `CompanyPolicy`."""
        figures = self.model_dump(include=set(CompanySettings.model_fields))
        return {name.removeprefix("company_"): value for name, value in figures.items()}
