"""What gunicorn serves."""

from fulfillment.app import create_app
from fulfillment.config import load_settings
from fulfillment.core.places import load_places
from fulfillment.observability import configure_logging
from fulfillment.runtime import make_runtime

settings = load_settings()
configure_logging(settings.log_level)
load_places()
app = create_app(make_runtime(settings, application_name="fulfillment-web"))
