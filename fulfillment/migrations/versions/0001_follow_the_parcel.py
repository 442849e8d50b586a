"""Follow the parcel: every table of the first version."""

from alembic import op

from fulfillment.schema import METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    METADATA.create_all(op.get_bind())
