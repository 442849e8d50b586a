"""What gunicorn serves."""

from fulfillment.app import create_app
from fulfillment.config import load_settings
from fulfillment.observability import configure_logging
from fulfillment.runtime import make_runtime

settings = load_settings()
configure_logging(settings.log_level)
app = create_app(make_runtime(settings, application_name="fulfillment-web"))
