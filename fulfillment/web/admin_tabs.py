"""The parts of the administration, for the tabs on each of its pages."""

from typing import Final

from fulfillment.accounts.roles import Permission
from fulfillment.web.words import N_

ADMIN_TABS: Final = (
    ("admin_users.list_users", Permission.WRITE_ACCOUNTS, N_("Users")),
    ("admin_tokens.list_tokens", Permission.WRITE_ACCOUNTS, N_("API tokens")),
    ("admin_bans.list_all", Permission.WRITE_CATALOG, N_("Shipping bans")),
    ("admin_jobs.list_jobs", Permission.READ_JOBS, N_("Jobs")),
    ("admin_audit.list_deeds", Permission.READ_AUDIT, N_("Audit trail")),
    ("admin_settings.show", Permission.READ_SETTINGS, N_("Settings")),
)
