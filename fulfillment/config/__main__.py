"""Prints docs/settings.md: `python -m fulfillment.config > docs/settings.md`."""

import sys

from fulfillment.config.settings import settings_page

if __name__ == "__main__":
    sys.stdout.write(settings_page())
