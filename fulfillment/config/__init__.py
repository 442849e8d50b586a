"""The settings: one list, read once from the environment, refused in words that say what to do.

Every setting is called FULFILLMENT_<NAME>, except the three that hosts already set by their own names:
DATABASE_URL, REDIS_URL and SHIPPO_API_TOKEN.
"""

from fulfillment.config.loading import SettingsError, load_settings
from fulfillment.config.settings import (
    SettingLine,
    Settings,
    crash_at,
    describe_settings,
    settings_page,
    variable_name,
)

__all__ = [
    "SettingLine",
    "Settings",
    "SettingsError",
    "crash_at",
    "describe_settings",
    "load_settings",
    "settings_page",
    "variable_name",
]
