"""Follow the parcel."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE order_number START WITH 100001")
    op.execute("CREATE SEQUENCE fulfillment_order_number START WITH 100001")
    op.execute("CREATE SEQUENCE wave_number START WITH 100001")
    op.execute("CREATE SEQUENCE parcel_number START WITH 100001")
    op.execute("CREATE SEQUENCE handover_number START WITH 100001")
    op.execute("CREATE SEQUENCE receipt_number START WITH 100001")
    op.execute("CREATE SEQUENCE return_number START WITH 100001")
    op.execute("CREATE SEQUENCE refund_number START WITH 100001")
    op.create_table(
        "allowed_edge",
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("object_kind", "from_state", "to_state", name=op.f("pk_allowed_edge")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor_kind", "actor_id", "seq"], unique=False)
    op.create_index("ix_audit_entry_object", "audit_entry", ["object_kind", "object_id", "seq"], unique=False)
    op.create_table(
        "carrier_webhook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_webhook")),
        sa.UniqueConstraint("sha256", name=op.f("uq_carrier_webhook_sha256")),
    )
    op.create_table(
        "carton",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.Column("weight_g", sa.Integer(), nullable=False),
        sa.Column("max_weight_g", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "length_mm > 0 AND width_mm > 0 AND height_mm > 0 AND weight_g >= 0",
            name=op.f("ck_carton_measures"),
        ),
        sa.CheckConstraint("max_weight_g > 0", name=op.f("ck_carton_max_weight")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_carton")),
    )
    op.create_table(
        "clock_setting",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("shift", sa.Interval(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_setting_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_setting")),
    )
    op.create_table(
        "commission_period",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_commission_period_span")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_commission_period")),
    )
    op.create_index(op.f("ix_commission_period_starts_at"), "commission_period", ["starts_at"], unique=False)
    op.create_table(
        "dimensional_divisor",
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("cm3_per_kg", sa.Integer(), nullable=False),
        sa.Column("applies_above_cm3", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "cm3_per_kg > 0 AND applies_above_cm3 >= 0", name=op.f("ck_dimensional_divisor_divisor")
        ),
        sa.PrimaryKeyConstraint("carrier", "valid_from", name=op.f("pk_dimensional_divisor")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("actor_key", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", postgresql.JSON(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status IS NULL) = (body IS NULL)", name=op.f("ck_idempotency_key_answer_complete")
        ),
        sa.PrimaryKeyConstraint("actor_key", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "import_file",
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("file_sha256", name=op.f("pk_import_file")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "orders",
                "products",
                "stock",
                "distributors",
                "warehouses",
                name="file_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("delimiter", sa.Text(), nullable=False),
        sa.Column(
            "unused_columns", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False
        ),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running", "done", name="import_state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'done') = (finished_at IS NOT NULL)", name=op.f("ck_import_run_done_at")
        ),
        sa.CheckConstraint("rows_total >= 0", name=op.f("ck_import_run_rows")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(op.f("ix_import_run_created_at"), "import_run", ["created_at"], unique=False)
    op.create_index("uq_import_run_file", "import_run", ["kind", "profile", "file_sha256"], unique=True)
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("is_once", sa.Boolean(), nullable=False),
        sa.Column("payload", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "dead",
                name="job_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("result", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'running') = (lease_until IS NOT NULL)", name=op.f("ck_job_running_has_lease")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'dead')) = (ended_at IS NOT NULL)", name=op.f("ck_job_ended_has_time")
        ),
        sa.CheckConstraint("NOT is_once OR key IS NOT NULL", name=op.f("ck_job_once_has_key")),
        sa.CheckConstraint("attempts BETWEEN 0 AND max_attempts", name=op.f("ck_job_attempts_in_limit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_dead", "job", ["ended_at"], unique=False, postgresql_where=sa.text("state = 'dead'")
    )
    op.create_index(
        "ix_job_queued",
        "job",
        [sa.literal_column("priority DESC"), "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_job_running", "job", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'running'")
    )
    op.create_index(
        "uq_job_live_key",
        "job",
        ["kind", "key"],
        unique=True,
        postgresql_where=sa.text("key IS NOT NULL AND state IN ('queued', 'running')"),
    )
    op.create_index(
        "uq_job_once_key", "job", ["kind", "key"], unique=True, postgresql_where=sa.text("is_once")
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "distributor",
                "preferred",
                "retail",
                name="member_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("sponsor_id", sa.Uuid(), nullable=True),
        sa.Column("enroller_id", sa.Uuid(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "ended_by",
            sa.Enum(
                "member", "company", name="ended_by", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (ended_by IS NULL)", name=op.f("ck_member_ended_by_someone")
        ),
        sa.CheckConstraint("sponsor_id <> id AND enroller_id <> id", name=op.f("ck_member_not_own_sponsor")),
        sa.ForeignKeyConstraint(["enroller_id"], ["member.id"], name=op.f("fk_member_enroller_id")),
        sa.ForeignKeyConstraint(["sponsor_id"], ["member.id"], name=op.f("fk_member_sponsor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("number", name=op.f("uq_member_number")),
    )
    op.create_index("ix_member_email_search", "member", [sa.literal_column("lower(email)")], unique=False)
    op.create_index(
        "ix_member_name_search", "member", [sa.literal_column("lower(name) text_pattern_ops")], unique=False
    )
    op.create_index(op.f("ix_member_sponsor_id"), "member", ["sponsor_id"], unique=False)
    op.create_table(
        "product",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "goods",
                "sales_aid",
                "kit",
                "service",
                name="product_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("weight_g", sa.Integer(), nullable=False),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("volumes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("is_lot_tracked", sa.Boolean(), nullable=False),
        sa.Column("is_serial_tracked", sa.Boolean(), nullable=False),
        sa.Column("is_supplement", sa.Boolean(), nullable=False),
        sa.Column("min_remaining_days", sa.Integer(), nullable=False),
        sa.Column(
            "hazard_class",
            sa.Enum(
                "3", "2.1", "9", name="hazard_class", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("is_limited_quantity", sa.Boolean(), nullable=False),
        sa.Column("origin_country", sa.Text(), nullable=True),
        sa.Column("tariff_code", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("details", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('kit', 'service') OR weight_g > 0", name=op.f("ck_product_goods_have_weight")
        ),
        sa.CheckConstraint("sku ~ '^[!-~]([ -~]{0,46}[!-~])?$'", name=op.f("ck_product_sku_form")),
        sa.CheckConstraint("min_remaining_days >= 0", name=op.f("ck_product_min_remaining")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_product_price")),
        sa.CheckConstraint(
            "weight_g >= 0 AND length_mm >= 0 AND width_mm >= 0 AND height_mm >= 0",
            name=op.f("ck_product_measures"),
        ),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_product")),
        sa.UniqueConstraint("gtin", name=op.f("uq_product_gtin")),
    )
    op.create_table(
        "rate_card",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_card")),
        sa.UniqueConstraint(
            "carrier", "service", "valid_from", name=op.f("uq_rate_card_carrier_service_valid_from")
        ),
    )
    op.create_table(
        "return_rule",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=True),
        sa.Column("window_months", sa.Integer(), nullable=True),
        sa.Column("window_from", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("is_marketable_only", sa.Boolean(), nullable=False),
        sa.Column("allows_opened", sa.Boolean(), nullable=False),
        sa.Column("refunds_shipping", sa.Boolean(), nullable=False),
        sa.Column("freight_payer", sa.Text(), nullable=False),
        sa.Column("pay_within_days", sa.Integer(), nullable=True),
        sa.Column("pay_calendar", sa.Text(), nullable=False),
        sa.Column("pay_from", sa.Text(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_return_rule_percent")),
        sa.CheckConstraint(
            "window_days IS NULL OR window_months IS NULL", name=op.f("ck_return_rule_window")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_return_rule")),
    )
    op.create_index(op.f("ix_return_rule_pack"), "return_rule", ["pack"], unique=False)
    op.create_index(op.f("ix_return_rule_policy"), "return_rule", ["policy"], unique=False)
    op.create_table(
        "route_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "applied",
                "cancelled",
                "failed",
                name="route_plan_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("cost_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_after_minor", sa.BigInteger(), nullable=False),
        sa.Column("bound_minor", sa.BigInteger(), nullable=False),
        sa.Column("report", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_plan")),
    )
    op.create_index(op.f("ix_route_plan_started_at"), "route_plan", ["started_at"], unique=False)
    op.create_table(
        "sign_in_throttle",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_throttle")),
    )
    op.create_table(
        "state_history",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_state_history")),
    )
    op.create_index(
        "ix_state_history_object", "state_history", ["object_kind", "object_id", "seq"], unique=False
    )
    op.create_table(
        "warehouse",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("daily_parcel_capacity", sa.Integer(), nullable=False),
        sa.Column("cutoff_at", sa.Time(), nullable=False),
        sa.Column("handling_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("daily_parcel_capacity >= 0", name=op.f("ck_warehouse_capacity")),
        sa.CheckConstraint("handling_minor >= 0", name=op.f("ck_warehouse_handling")),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_warehouse_place")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_warehouse")),
    )
    op.create_table(
        "zone_band",
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("zone", sa.Integer(), nullable=False),
        sa.Column("max_km", sa.Integer(), nullable=False),
        sa.Column("transit_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("max_km > 0 AND zone > 0", name=op.f("ck_zone_band_band")),
        sa.PrimaryKeyConstraint("carrier", "country", "zone", name=op.f("pk_zone_band")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("member_number", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_number"], ["member.number"], name=op.f("fk_api_token_member_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_token_secret_hash")),
    )
    op.create_table(
        "availability",
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("sellable", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= reserved AND reserved <= sellable", name=op.f("ck_availability_never_oversold")
        ),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_availability_sku")),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_availability_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("warehouse_code", "sku", name=op.f("pk_availability")),
    )
    op.create_table(
        "customer_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "standard",
                "autoship",
                "enrollment",
                "party",
                "replacement",
                name="order_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "held",
                "accepted",
                "refused",
                "cancelled",
                "closed",
                name="order_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "on_shortage",
            sa.Enum(
                "refuse",
                "backorder",
                "split",
                name="on_shortage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ships_complete", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_role", sa.Text(), nullable=False),
        sa.Column("ship_to", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("hold_code", sa.Text(), nullable=True),
        sa.Column("hold_note", sa.Text(), nullable=True),
        sa.Column("refusal_code", sa.Text(), nullable=True),
        sa.Column("pinned_warehouse_code", sa.Text(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_ship_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("details", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'held') = (hold_code IS NOT NULL)", name=op.f("ck_customer_order_held_with_reason")
        ),
        sa.CheckConstraint(
            "goods_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0",
            name=op.f("ck_customer_order_totals"),
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 9", name=op.f("ck_customer_order_priority")),
        sa.CheckConstraint(
            "total_minor = goods_minor + shipping_minor + tax_minor", name=op.f("ck_customer_order_total")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_customer_order_member_id")),
        sa.ForeignKeyConstraint(
            ["pinned_warehouse_code"],
            ["warehouse.code"],
            name=op.f("fk_customer_order_pinned_warehouse_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_order")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_order_number")),
    )
    op.create_index(
        "ix_customer_order_email_search",
        "customer_order",
        [sa.literal_column("lower(ship_to->>'email')")],
        unique=False,
    )
    op.create_index(op.f("ix_customer_order_member_id"), "customer_order", ["member_id"], unique=False)
    op.create_index(
        "ix_customer_order_name_search",
        "customer_order",
        [sa.literal_column("lower(ship_to->>'name') text_pattern_ops")],
        unique=False,
    )
    op.create_index(op.f("ix_customer_order_source_ref"), "customer_order", ["source_ref"], unique=False)
    op.create_index(
        op.f("ix_customer_order_state_ordered_at"), "customer_order", ["state", "ordered_at"], unique=False
    )
    op.create_index("uq_customer_order_source_ref", "customer_order", ["source", "source_ref"], unique=True)
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("handed_over_on", sa.Date(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parcels", sa.Integer(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_handover_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("number", name=op.f("uq_handover_number")),
    )
    op.create_index(
        op.f("ix_handover_warehouse_code_carrier_handed_over_on"),
        "handover",
        ["warehouse_code", "carrier", "handed_over_on"],
        unique=False,
    )
    op.create_table(
        "import_row",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "held",
                "rejected",
                "ignored",
                name="row_outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("group_ref", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_ref", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_row_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "line_no", name=op.f("pk_import_row")),
    )
    op.create_index(
        op.f("ix_import_row_object_kind_object_ref"),
        "import_row",
        ["object_kind", "object_ref"],
        unique=False,
    )
    op.create_index(
        op.f("ix_import_row_run_id_outcome_code"), "import_row", ["run_id", "outcome", "code"], unique=False
    )
    op.create_table(
        "kit_component",
        sa.Column("kit_sku", sa.Text(), nullable=False),
        sa.Column("component_sku", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.CheckConstraint("kit_sku <> component_sku", name=op.f("ck_kit_component_kit_is_not_its_own_part")),
        sa.CheckConstraint("qty > 0", name=op.f("ck_kit_component_qty")),
        sa.ForeignKeyConstraint(
            ["component_sku"], ["product.sku"], name=op.f("fk_kit_component_component_sku")
        ),
        sa.ForeignKeyConstraint(["kit_sku"], ["product.sku"], name=op.f("fk_kit_component_kit_sku")),
        sa.PrimaryKeyConstraint("kit_sku", "component_sku", name=op.f("pk_kit_component")),
    )
    op.create_table(
        "location",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "supplier",
                "receiving",
                "bin",
                "picked",
                "shipped",
                "customer",
                "returns",
                "quarantine",
                "scrap",
                "adjustment",
                name="location_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("aisle", sa.Text(), nullable=False),
        sa.Column("walk_rank", sa.Integer(), nullable=False),
        sa.Column("is_sellable", sa.Boolean(), nullable=False),
        sa.Column("is_blocked", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "NOT is_sellable OR kind = 'bin'", name=op.f("ck_location_only_bins_are_sellable")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_location_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
    )
    op.create_index("uq_location_barcode", "location", ["barcode"], unique=True)
    op.create_index(
        "uq_location_warehouse_code",
        "location",
        ["warehouse_code", "code"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "lot",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "sellable",
                "held",
                "expired",
                name="lot_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_lot_sku")),
        sa.PrimaryKeyConstraint("sku", "lot", name=op.f("pk_lot")),
    )
    op.create_index(op.f("ix_lot_expires_on"), "lot", ["expires_on"], unique=False)
    op.create_table(
        "product_barcode",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_product_barcode_units")),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_product_barcode_sku")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_product_barcode")),
    )
    op.create_index(op.f("ix_product_barcode_sku"), "product_barcode", ["sku"], unique=False)
    op.create_table(
        "rate_card_row",
        sa.Column("rate_card_id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.Integer(), nullable=False),
        sa.Column("max_weight_g", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "max_weight_g > 0 AND price_minor >= 0 AND zone >= 0", name=op.f("ck_rate_card_row_row")
        ),
        sa.ForeignKeyConstraint(
            ["rate_card_id"], ["rate_card.id"], name=op.f("fk_rate_card_row_rate_card_id")
        ),
        sa.PrimaryKeyConstraint("rate_card_id", "zone", "max_weight_g", name=op.f("pk_rate_card_row")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("supplier_ref", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "expected",
                "receiving",
                "closed",
                "cancelled",
                name="receipt_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_receipt_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("number", name=op.f("uq_receipt_number")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "warehouse",
                "distributor",
                "service",
                "supervisor",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "active",
                "disabled",
                name="user_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("badge_hash", sa.Text(), nullable=True),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("member_number", sa.Text(), nullable=True),
        sa.Column("warehouse_code", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "role <> 'distributor' OR member_number IS NOT NULL",
            name=op.f("ck_user_account_distributor_names_member"),
        ),
        sa.CheckConstraint(
            "state <> 'active' OR password_hash IS NOT NULL", name=op.f("ck_user_account_active_has_password")
        ),
        sa.CheckConstraint(
            "(badge_hash IS NULL) = (pin_hash IS NULL)", name=op.f("ck_user_account_badge_has_pin")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_account_email_is_lower_case")),
        sa.ForeignKeyConstraint(
            ["member_number"], ["member.number"], name=op.f("fk_user_account_member_number")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_user_account_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("badge_hash", name=op.f("uq_user_account_badge_hash")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_index(op.f("ix_user_account_member_number"), "user_account", ["member_number"], unique=False)
    op.create_table(
        "wave",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "released",
                "picking",
                "done",
                "cancelled",
                name="wave_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["warehouse_code"], ["warehouse.code"], name=op.f("fk_wave_warehouse_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint("number", name=op.f("uq_wave_number")),
    )
    op.create_index(op.f("ix_wave_warehouse_code_state"), "wave", ["warehouse_code", "state"], unique=False)
    op.create_table(
        "balance",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("is_outside", sa.Boolean(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.CheckConstraint("claimed <= qty OR claimed = 0", name=op.f("ck_balance_claimed_is_there")),
        sa.CheckConstraint("claimed >= 0", name=op.f("ck_balance_claimed")),
        sa.CheckConstraint("is_outside OR qty >= 0", name=op.f("ck_balance_outside_may_go_negative")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_balance_location_id")),
        sa.ForeignKeyConstraint(["sku", "lot"], ["lot.sku", "lot.lot"], name=op.f("fk_balance_sku_lot")),
        sa.PrimaryKeyConstraint("location_id", "sku", "lot", name=op.f("pk_balance")),
    )
    op.create_index(op.f("ix_balance_sku_lot"), "balance", ["sku", "lot"], unique=False)
    op.create_table(
        "count_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("qty_expected", sa.Integer(), nullable=False),
        sa.Column("qty_counted", sa.Integer(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(qty_counted IS NULL) = (counted_at IS NULL) AND qty_counted >= 0",
            name=op.f("ck_count_task_counted"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_count_task_location_id")),
        sa.ForeignKeyConstraint(["sku", "lot"], ["lot.sku", "lot.lot"], name=op.f("fk_count_task_sku_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_task")),
    )
    op.create_index(
        "uq_count_task_open",
        "count_task",
        ["location_id", "sku", "lot"],
        unique=True,
        postgresql_where=sa.text("counted_at IS NULL"),
    )
    op.create_table(
        "fulfillment_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "promised",
                "backordered",
                "released",
                "picking",
                "packed",
                "shipped",
                "delivered",
                "undelivered",
                "cancelled",
                name="fulfillment_order_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("wave_id", sa.Uuid(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state = 'cancelled' OR (state = 'backordered') = (warehouse_code IS NULL)",
            name=op.f("ck_fulfillment_order_backorders_have_no_warehouse"),
        ),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_fulfillment_order_cost")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_fulfillment_order_order_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["route_plan.id"], name=op.f("fk_fulfillment_order_plan_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_fulfillment_order_warehouse_code")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_fulfillment_order_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillment_order")),
        sa.UniqueConstraint("number", name=op.f("uq_fulfillment_order_number")),
    )
    op.create_index(op.f("ix_fulfillment_order_order_id"), "fulfillment_order", ["order_id"], unique=False)
    op.create_index(
        "ix_fulfillment_order_unreleased",
        "fulfillment_order",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('promised', 'backordered')"),
    )
    op.create_index(
        op.f("ix_fulfillment_order_warehouse_code_state"),
        "fulfillment_order",
        ["warehouse_code", "state"],
        unique=False,
    )
    op.create_index(op.f("ix_fulfillment_order_wave_id"), "fulfillment_order", ["wave_id"], unique=False)
    op.create_table(
        "manifest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("carrier_account", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "made",
                "refused",
                name="manifest_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("manifest_ref", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_manifest_handover_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest")),
        sa.UniqueConstraint(
            "handover_id", "carrier_account", name=op.f("uq_manifest_handover_id_carrier_account")
        ),
    )
    op.create_table(
        "movement",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column("from_location_id", sa.Uuid(), nullable=False),
        sa.Column("to_location_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "receipt",
                "put_away",
                "pick",
                "put_back",
                "ship",
                "deliver",
                "return_receipt",
                "quarantine",
                "restock",
                "scrap",
                "count",
                "adjustment",
                "transfer",
                name="movement_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("posting_key", sa.Text(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("serials", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("from_location_id <> to_location_id", name=op.f("ck_movement_two_places")),
        sa.CheckConstraint("qty > 0", name=op.f("ck_movement_qty")),
        sa.ForeignKeyConstraint(
            ["from_location_id"], ["location.id"], name=op.f("fk_movement_from_location_id")
        ),
        sa.ForeignKeyConstraint(["reverses"], ["movement.number"], name=op.f("fk_movement_reverses")),
        sa.ForeignKeyConstraint(["sku", "lot"], ["lot.sku", "lot.lot"], name=op.f("fk_movement_sku_lot")),
        sa.ForeignKeyConstraint(["to_location_id"], ["location.id"], name=op.f("fk_movement_to_location_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_movement")),
        sa.UniqueConstraint("posting_key", name=op.f("uq_movement_posting_key")),
        sa.UniqueConstraint("reverses", name=op.f("uq_movement_reverses")),
    )
    op.create_index(op.f("ix_movement_from_location_id"), "movement", ["from_location_id"], unique=False)
    op.create_index(op.f("ix_movement_sku_lot"), "movement", ["sku", "lot"], unique=False)
    op.create_index(
        op.f("ix_movement_subject_kind_subject_id"), "movement", ["subject_kind", "subject_id"], unique=False
    )
    op.create_index(op.f("ix_movement_to_location_id"), "movement", ["to_location_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sent",
                "kept",
                "failed",
                name="notice_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_notice_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "event_key", "recipient", "channel", name=op.f("uq_notice_event_key_recipient_channel")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_notice_message_id")),
    )
    op.create_index(op.f("ix_notice_order_id"), "notice", ["order_id"], unique=False)
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "invitation",
                "reset",
                name="link_purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_one_time_link_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_one_time_link_secret_hash")),
    )
    op.create_index(op.f("ix_one_time_link_user_id"), "one_time_link", ["user_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("is_kit", sa.Boolean(), nullable=False),
        sa.Column("kit_line_id", sa.Uuid(), nullable=True),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column("qty_cancelled", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_base_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "tax_by_authority", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False
        ),
        sa.Column("volumes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("disclosures", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "qty > 0 AND qty_cancelled >= 0 AND qty_cancelled <= qty", name=op.f("ck_order_line_qty")
        ),
        sa.CheckConstraint(
            "unit_price_minor >= 0 AND net_paid_minor >= 0 AND tax_minor >= 0 AND tax_base_minor >= 0",
            name=op.f("ck_order_line_money"),
        ),
        sa.ForeignKeyConstraint(["kit_line_id"], ["order_line.id"], name=op.f("fk_order_line_kit_line_id")),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_order_line_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "line_no", name=op.f("uq_order_line_order_id_line_no")),
    )
    op.create_index(op.f("ix_order_line_kit_line_id"), "order_line", ["kit_line_id"], unique=False)
    op.create_index(op.f("ix_order_line_sku"), "order_line", ["sku"], unique=False)
    op.create_table(
        "receipt_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("qty_expected", sa.Integer(), nullable=False),
        sa.Column("qty_received", sa.Integer(), nullable=False),
        sa.CheckConstraint("qty_expected >= 0 AND qty_received >= 0", name=op.f("ck_receipt_line_qty")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_receipt_line_receipt_id")),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_receipt_line_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_line")),
        sa.UniqueConstraint("receipt_id", "sku", "lot", name=op.f("uq_receipt_line_receipt_id_sku_lot")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"], unique=False)
    op.create_table(
        "tender",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("tender_no", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "card",
                "bank_debit",
                "gift_card",
                "store_credit",
                "commission_balance",
                "offline",
                name="tender_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("disputed_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint(
            "captured_minor >= 0 AND refunded_minor >= 0 AND disputed_minor >= 0",
            name=op.f("ck_tender_captured"),
        ),
        sa.CheckConstraint(
            "refunded_minor + disputed_minor <= captured_minor",
            name=op.f("ck_tender_never_refunded_above_captured"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_tender_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender")),
        sa.UniqueConstraint("order_id", "tender_no", name=op.f("uq_tender_order_id_tender_no")),
    )
    op.create_index(
        "uq_tender_provider_ref",
        "tender",
        ["provider", "provider_ref"],
        unique=True,
        postgresql_where=sa.text("provider_ref IS NOT NULL AND provider <> 'offline'"),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "pending",
                "password",
                "badge",
                name="session_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("idle_s", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_user_session_secret_hash")),
    )
    op.create_index(op.f("ix_user_session_expires_at"), "user_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "won",
                "lost",
                name="dispute_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("counted_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "amount_minor > 0 AND counted_minor BETWEEN 0 AND amount_minor", name=op.f("ck_dispute_amount")
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_dispute_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("provider_ref", name=op.f("uq_dispute_provider_ref")),
    )
    op.create_index(op.f("ix_dispute_tender_id"), "dispute", ["tender_id"], unique=False)
    op.create_table(
        "fulfillment_order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fulfillment_order_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column("qty_picked", sa.Integer(), nullable=False),
        sa.Column("qty_packed", sa.Integer(), nullable=False),
        sa.Column("qty_shipped", sa.Integer(), nullable=False),
        sa.CheckConstraint("qty >= 0", name=op.f("ck_fulfillment_order_line_qty")),
        sa.CheckConstraint(
            "qty_shipped BETWEEN 0 AND qty_packed AND qty_packed <= qty_picked AND qty_picked <= qty",
            name=op.f("ck_fulfillment_order_line_steps"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"],
            ["fulfillment_order.id"],
            name=op.f("fk_fulfillment_order_line_fulfillment_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_fulfillment_order_line_order_line_id")
        ),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_fulfillment_order_line_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillment_order_line")),
        sa.UniqueConstraint(
            "fulfillment_order_id",
            "order_line_id",
            name=op.f("uq_fulfillment_order_line_fulfillment_order_id_order_line_id"),
        ),
    )
    op.create_index(
        op.f("ix_fulfillment_order_line_order_line_id"),
        "fulfillment_order_line",
        ["order_line_id"],
        unique=False,
    )
    op.create_index(op.f("ix_fulfillment_order_line_sku"), "fulfillment_order_line", ["sku"], unique=False)
    op.create_table(
        "manifest_document",
        sa.Column("manifest_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_document_manifest_id")
        ),
        sa.PrimaryKeyConstraint("manifest_id", "place", name=op.f("pk_manifest_document")),
    )
    op.create_table(
        "parcel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("fulfillment_order_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("carton_code", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "packed",
                "labeled",
                "shipped",
                "delivered",
                "returning",
                "returned",
                "lost",
                "cancelled",
                name="parcel_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("weight_g", sa.Integer(), nullable=False),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.Column("has_hazard", sa.Boolean(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("tracking_status", sa.Text(), nullable=False),
        sa.Column("tracking_substatus", sa.Text(), nullable=True),
        sa.Column("tracking_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tracking_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("eta_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("handover_id", sa.Uuid(), nullable=True),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "weight_g > 0 AND length_mm > 0 AND width_mm > 0 AND height_mm > 0",
            name=op.f("ck_parcel_measures"),
        ),
        sa.ForeignKeyConstraint(["carton_code"], ["carton.code"], name=op.f("fk_parcel_carton_code")),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"], ["fulfillment_order.id"], name=op.f("fk_parcel_fulfillment_order_id")
        ),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_parcel_handover_id")),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_parcel_order_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_parcel_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
        sa.UniqueConstraint("number", name=op.f("uq_parcel_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_parcel_public_id")),
    )
    op.create_index(
        op.f("ix_parcel_tracking_number_carrier"), "parcel", ["tracking_number", "carrier"], unique=False
    )
    op.create_index(op.f("ix_parcel_fulfillment_order_id"), "parcel", ["fulfillment_order_id"], unique=False)
    op.create_index(op.f("ix_parcel_handover_id"), "parcel", ["handover_id"], unique=False)
    op.create_index(op.f("ix_parcel_order_id"), "parcel", ["order_id"], unique=False)
    op.create_index(op.f("ix_parcel_state"), "parcel", ["state"], unique=False)
    op.create_index(
        "ix_parcel_with_problem",
        "parcel",
        ["id"],
        unique=False,
        postgresql_where=sa.text("problem IS NOT NULL"),
    )
    op.create_table(
        "volume_event",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "credited",
                "reversed",
                name="volume_event_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("unit_no", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("volumes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("period_code", sa.Text(), nullable=False),
        sa.Column("original_period_code", sa.Text(), nullable=False),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credited') = (unit_no = 0) AND unit_no >= 0", name=op.f("ck_volume_event_unit")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_volume_event_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_volume_event_order_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_volume_event_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["original_period_code"],
            ["commission_period.code"],
            name=op.f("fk_volume_event_original_period_code"),
        ),
        sa.ForeignKeyConstraint(
            ["period_code"], ["commission_period.code"], name=op.f("fk_volume_event_period_code")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_volume_event")),
        sa.UniqueConstraint(
            "order_line_id", "kind", "unit_no", name=op.f("uq_volume_event_order_line_id_kind_unit_no")
        ),
    )
    op.create_index(op.f("ix_volume_event_member_id"), "volume_event", ["member_id"], unique=False)
    op.create_index(op.f("ix_volume_event_order_id"), "volume_event", ["order_id"], unique=False)
    op.create_index(op.f("ix_volume_event_period_code"), "volume_event", ["period_code"], unique=False)
    op.create_table(
        "parcel_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parcel_id", sa.Uuid(), nullable=False),
        sa.Column("fulfillment_order_line_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.CheckConstraint("qty > 0", name=op.f("ck_parcel_line_qty")),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_line_id"],
            ["fulfillment_order_line.id"],
            name=op.f("fk_parcel_line_fulfillment_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_parcel_line_order_line_id")
        ),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_parcel_line_parcel_id")),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_parcel_line_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel_line")),
        sa.UniqueConstraint(
            "parcel_id",
            "fulfillment_order_line_id",
            "lot",
            name=op.f("uq_parcel_line_parcel_id_fulfillment_order_line_id_lot"),
        ),
    )
    op.create_index(
        op.f("ix_parcel_line_fulfillment_order_line_id"),
        "parcel_line",
        ["fulfillment_order_line_id"],
        unique=False,
    )
    op.create_index(op.f("ix_parcel_line_order_line_id"), "parcel_line", ["order_line_id"], unique=False)
    op.create_index(op.f("ix_parcel_line_sku_lot"), "parcel_line", ["sku", "lot"], unique=False)
    op.create_table(
        "pick_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wave_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("fulfillment_order_id", sa.Uuid(), nullable=False),
        sa.Column("fulfillment_order_line_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column("qty_picked", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "done",
                "short",
                "cancelled",
                name="pick_task_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_located", sa.Boolean(), nullable=False),
        sa.Column("tote", sa.Text(), nullable=True),
        sa.Column("picker_id", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "qty > 0 AND qty_picked >= 0 AND qty_picked <= qty", name=op.f("ck_pick_task_qty")
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"], ["fulfillment_order.id"], name=op.f("fk_pick_task_fulfillment_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_line_id"],
            ["fulfillment_order_line.id"],
            name=op.f("fk_pick_task_fulfillment_order_line_id"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_pick_task_location_id")),
        sa.ForeignKeyConstraint(["sku", "lot"], ["lot.sku", "lot.lot"], name=op.f("fk_pick_task_sku_lot")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_pick_task_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pick_task")),
        sa.UniqueConstraint("wave_id", "sequence", name=op.f("uq_pick_task_wave_id_sequence")),
    )
    op.create_index(
        op.f("ix_pick_task_fulfillment_order_id"), "pick_task", ["fulfillment_order_id"], unique=False
    )
    op.create_index(
        op.f("ix_pick_task_fulfillment_order_line_id"),
        "pick_task",
        ["fulfillment_order_line_id"],
        unique=False,
    )
    op.create_table(
        "return_authorization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "authorized",
                "in_transit",
                "received",
                "inspected",
                "decided",
                "refunded",
                "replaced",
                "refused",
                "expired",
                "cancelled",
                name="return_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "damaged",
                "defective",
                "wrong_item",
                "not_delivered",
                "recalled",
                "unwanted",
                "leaving",
                "cooling_off",
                name="return_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("returned_parcel_id", sa.Uuid(), nullable=True),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authorized_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pay_by", sa.Date(), nullable=True),
        sa.Column("freight_payer", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("decision", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_return_authorization_member_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_return_authorization_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["returned_parcel_id"], ["parcel.id"], name=op.f("fk_return_authorization_returned_parcel_id")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_return_authorization_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_authorization")),
        sa.UniqueConstraint("number", name=op.f("uq_return_authorization_number")),
        sa.UniqueConstraint("returned_parcel_id", name=op.f("uq_return_authorization_returned_parcel_id")),
    )
    op.create_index(
        op.f("ix_return_authorization_member_id"), "return_authorization", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_return_authorization_order_id"), "return_authorization", ["order_id"], unique=False
    )
    op.create_index(op.f("ix_return_authorization_state"), "return_authorization", ["state"], unique=False)
    op.create_index(
        op.f("ix_return_authorization_tracking_number"),
        "return_authorization",
        ["tracking_number"],
        unique=False,
    )
    op.create_table(
        "tracking_event",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("parcel_id", sa.Uuid(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("substatus", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_tracking_event_parcel_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tracking_event")),
        sa.UniqueConstraint(
            "carrier",
            "tracking_number",
            "event_key",
            name=op.f("uq_tracking_event_carrier_tracking_number_event_key"),
        ),
    )
    op.create_index(op.f("ix_tracking_event_parcel_id"), "tracking_event", ["parcel_id"], unique=False)
    op.create_table(
        "pick_scan",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("pick_task_id", sa.Uuid(), nullable=True),
        sa.Column("wave_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("device_sequence", sa.BigInteger(), nullable=False),
        sa.Column("scanned", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["pick_task_id"], ["pick_task.id"], name=op.f("fk_pick_scan_pick_task_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_pick_scan_wave_id")),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_pick_scan")),
    )
    op.create_index(op.f("ix_pick_scan_pick_task_id"), "pick_scan", ["pick_task_id"], unique=False)
    op.create_index(op.f("ix_pick_scan_wave_id"), "pick_scan", ["wave_id"], unique=False)
    op.create_table(
        "postage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "outbound",
                "return",
                name="postage_purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("parcel_id", sa.Uuid(), nullable=True),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "intended",
                "calling",
                "in_doubt",
                "bought",
                "failed",
                "void_requested",
                "voided",
                "void_refused",
                name="postage_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_surplus", sa.Boolean(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("carrier_account", sa.Text(), nullable=False),
        sa.Column("shipment_ref", sa.Text(), nullable=False),
        sa.Column("rate_ref", sa.Text(), nullable=False),
        sa.Column("quoted_minor", sa.BigInteger(), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("transaction_ref", sa.Text(), nullable=True),
        sa.Column("refund_ref", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("label_url", sa.Text(), nullable=True),
        sa.Column("lookups", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settle_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bought_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(purpose = 'outbound') = (return_id IS NULL)", name=op.f("ck_postage_belongs")),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_postage_parcel_id")),
        sa.ForeignKeyConstraint(
            ["return_id"], ["return_authorization.id"], name=op.f("fk_postage_return_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postage")),
        sa.UniqueConstraint("transaction_ref", name=op.f("uq_postage_transaction_ref")),
    )
    op.create_index(
        op.f("ix_postage_carrier_tracking_number"), "postage", ["carrier", "tracking_number"], unique=False
    )
    op.create_index(op.f("ix_postage_parcel_id"), "postage", ["parcel_id"], unique=False)
    op.create_index(op.f("ix_postage_rate_ref"), "postage", ["rate_ref"], unique=False)
    op.create_index(op.f("ix_postage_return_id"), "postage", ["return_id"], unique=False)
    op.create_index(
        "ix_postage_unsettled",
        "postage",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('intended', 'calling', 'in_doubt', 'void_requested')"),
    )
    op.create_index(
        "uq_postage_one_live_per_parcel",
        "postage",
        ["parcel_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("state IN ('intended', 'calling', 'in_doubt', 'bought') AND NOT is_surplus"),
    )
    op.create_index(
        "uq_postage_one_live_per_return",
        "postage",
        ["return_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('intended', 'calling', 'in_doubt', 'bought') AND NOT is_surplus"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column(
            "cause",
            sa.Enum(
                "return",
                "cancellation",
                "undelivered",
                "goodwill",
                "found",
                name="refund_cause",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "rejected",
                "sent",
                "unknown",
                "paid",
                "failed",
                name="refund_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("set_off_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("needs_second_person", sa.Boolean(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "amount_minor = goods_minor + tax_minor + shipping_minor - set_off_minor",
            name=op.f("ck_refund_sums"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_refund_order_id")),
        sa.ForeignKeyConstraint(["return_id"], ["return_authorization.id"], name=op.f("fk_refund_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("number", name=op.f("uq_refund_number")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    op.create_index(op.f("ix_refund_return_id"), "refund", ["return_id"], unique=False)
    op.create_index(op.f("ix_refund_state"), "refund", ["state"], unique=False)
    op.create_table(
        "return_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("qty_requested", sa.Integer(), nullable=False),
        sa.Column("qty_received", sa.Integer(), nullable=False),
        sa.Column("qty_inspected", sa.Integer(), nullable=False),
        sa.Column("qty_refunded", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "qty_inspected >= 0 AND qty_inspected <= qty_received", name=op.f("ck_return_line_inspected")
        ),
        sa.CheckConstraint(
            "qty_refunded >= 0 AND qty_refunded <= qty_received", name=op.f("ck_return_line_refunded")
        ),
        sa.CheckConstraint(
            "qty_requested > 0 AND qty_received >= 0 AND qty_received <= qty_requested",
            name=op.f("ck_return_line_qty"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_return_line_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["return_authorization.id"], name=op.f("fk_return_line_return_id")
        ),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_return_line_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint(
            "return_id", "order_line_id", name=op.f("uq_return_line_return_id_order_line_id")
        ),
    )
    op.create_index(op.f("ix_return_line_order_line_id"), "return_line", ["order_line_id"], unique=False)
    op.create_table(
        "inspection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("return_line_id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "sealed",
                "opened",
                "damaged",
                "expired",
                "wrong_goods",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "disposition",
            sa.Enum(
                "restock",
                "quarantine",
                "scrap",
                name="disposition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("inspected_by", sa.Text(), nullable=False),
        sa.Column("inspected_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("qty > 0", name=op.f("ck_inspection_qty")),
        sa.ForeignKeyConstraint(
            ["return_line_id"], ["return_line.id"], name=op.f("fk_inspection_return_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    op.create_index(op.f("ix_inspection_return_line_id"), "inspection", ["return_line_id"], unique=False)
    op.create_table(
        "postage_document",
        sa.Column("postage_id", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["postage_id"], ["postage.id"], name=op.f("fk_postage_document_postage_id")),
        sa.PrimaryKeyConstraint("postage_id", name=op.f("pk_postage_document")),
    )
    op.create_table(
        "refund_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("return_line_id", sa.Uuid(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("rules", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("goods_minor >= 0 AND tax_minor >= 0", name=op.f("ck_refund_line_money")),
        sa.CheckConstraint("units > 0", name=op.f("ck_refund_line_units")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_refund_line_order_line_id")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_refund_line_refund_id")),
        sa.ForeignKeyConstraint(
            ["return_line_id"], ["return_line.id"], name=op.f("fk_refund_line_return_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_line")),
        sa.UniqueConstraint(
            "refund_id",
            "order_line_id",
            "percent",
            name=op.f("uq_refund_line_refund_id_order_line_id_percent"),
        ),
    )
    op.create_index(op.f("ix_refund_line_order_line_id"), "refund_line", ["order_line_id"], unique=False)
    op.create_table(
        "refund_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sent",
                "unknown",
                "paid",
                "failed",
                name="refund_part_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lookups", sa.Integer(), nullable=False),
        sa.Column("needs_person", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_part_amount")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_refund_part_refund_id")),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_refund_part_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_part")),
        sa.UniqueConstraint("refund_id", "tender_id", name=op.f("uq_refund_part_refund_id_tender_id")),
    )
    op.create_index(op.f("ix_refund_part_tender_id"), "refund_part", ["tender_id"], unique=False)
    op.create_table(
        "return_receipt_scan",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("return_line_id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("qty > 0", name=op.f("ck_return_receipt_scan_qty")),
        sa.ForeignKeyConstraint(
            ["return_line_id"], ["return_line.id"], name=op.f("fk_return_receipt_scan_return_line_id")
        ),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_return_receipt_scan")),
    )
    op.create_index(
        op.f("ix_return_receipt_scan_return_line_id"), "return_receipt_scan", ["return_line_id"], unique=False
    )
    op.create_table(
        "quality_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column(
            "disposition",
            sa.Enum(
                "restock",
                "quarantine",
                "scrap",
                name="disposition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("qty > 0", name=op.f("ck_quality_decision_qty")),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspection.id"], name=op.f("fk_quality_decision_inspection_id")
        ),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_quality_decision_sku")),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_quality_decision_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_decision")),
    )
    op.create_index(
        op.f("ix_quality_decision_inspection_id"), "quality_decision", ["inspection_id"], unique=False
    )
    op.create_index(op.f("ix_quality_decision_sku_lot"), "quality_decision", ["sku", "lot"], unique=False)
