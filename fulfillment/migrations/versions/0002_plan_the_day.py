"""Plan the day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "route_block",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("task", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["route_plan.id"], name=op.f("fk_route_block_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_route_block")),
    )
    op.create_table(
        "row_price",
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("shelf_class", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_row_price_price")),
        sa.ForeignKeyConstraint(["plan_id"], ["route_plan.id"], name=op.f("fk_row_price_plan_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_row_price_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("warehouse_code", "sku", "shelf_class", name=op.f("pk_row_price")),
    )
    op.create_table(
        "route_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "proposed",
                "applied",
                "skipped",
                name="route_move_outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("from_parts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("to_parts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("saved_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_route_move_order_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["route_plan.id"], name=op.f("fk_route_move_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_move")),
        sa.UniqueConstraint("plan_id", "order_id", name=op.f("uq_route_move_plan_id_order_id")),
    )
    op.create_index(op.f("ix_route_move_order_id"), "route_move", ["order_id"], unique=False)
    json = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    for column in (
        sa.Column("is_trial", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("changes", json, server_default="[]", nullable=False),
        sa.Column("progress", json, server_default="{}", nullable=False),
    ):
        op.add_column("route_plan", column)
        op.alter_column("route_plan", column.name, server_default=None)
    for name in ("stop_asked_at", "beat_at"):
        op.add_column("route_plan", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_route_plan_running",
        "route_plan",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.drop_constraint(op.f("ck_route_plan_route_plan_state"), "route_plan")
    op.create_check_constraint(
        op.f("ck_route_plan_route_plan_state"),
        "route_plan",
        "state IN ('running', 'applied', 'cancelled', 'failed', 'tried')",
    )
    op.add_column("availability", sa.Column("kept_back", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("availability", "kept_back", server_default=None)
    op.create_check_constraint(op.f("ck_availability_kept_back"), "availability", "kept_back >= 0")
    op.create_table(
        "zone_pair",
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("origin_area", sa.Text(), nullable=False),
        sa.Column("destination_area", sa.Text(), nullable=False),
        sa.Column("zone", sa.Integer(), nullable=False),
        sa.CheckConstraint("zone > 0", name=op.f("ck_zone_pair_zone")),
        sa.PrimaryKeyConstraint(
            "carrier", "country", "origin_area", "destination_area", name=op.f("pk_zone_pair")
        ),
    )
    op.create_index(
        op.f("ix_zone_pair_origin_area_destination_area"), "zone_pair", ["origin_area", "destination_area"]
    )
    op.drop_constraint(op.f("ck_import_run_file_kind"), "import_run")
    op.create_check_constraint(
        op.f("ck_import_run_file_kind"),
        "import_run",
        "kind IN ('orders', 'products', 'stock', 'distributors', 'warehouses', 'zones')",
    )
    op.execute("CREATE SEQUENCE autoship_run_number START WITH 100001")
    op.create_table(
        "autoship_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "collecting",
                "planning",
                "promised",
                "charging",
                "closed",
                "cancelled",
                name="autoship_run_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("plans", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("charge_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("progress", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("report", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autoship_run")),
        sa.UniqueConstraint("number", name=op.f("uq_autoship_run_number")),
    )
    op.create_index(op.f("ix_autoship_run_source_period"), "autoship_run", ["source", "period"], unique=False)
    op.create_index(op.f("ix_autoship_run_state"), "autoship_run", ["state"], unique=False)
    op.create_table(
        "autoship_chunk",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("plan_no", sa.Integer(), nullable=False),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("orders", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("promised", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["autoship_run.id"], name=op.f("fk_autoship_chunk_run_id")),
        sa.PrimaryKeyConstraint("run_id", "plan_no", "round_no", "number", name=op.f("pk_autoship_chunk")),
    )
    op.create_table(
        "autoship_kept",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.CheckConstraint("qty >= 0", name=op.f("ck_autoship_kept_qty")),
        sa.ForeignKeyConstraint(["run_id"], ["autoship_run.id"], name=op.f("fk_autoship_kept_run_id")),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_autoship_kept_sku")),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_autoship_kept_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("run_id", "warehouse_code", "sku", name=op.f("pk_autoship_kept")),
    )
    op.create_index(
        op.f("ix_autoship_kept_warehouse_code_sku"), "autoship_kept", ["warehouse_code", "sku"], unique=False
    )
    op.create_table(
        "autoship_order",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("subscribed_on", sa.Date(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "waiting",
                "promised",
                "short",
                "paid",
                "declined",
                "given_back",
                "lapsed",
                "cancelled",
                name="due_outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("skus", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("place >= 0", name=op.f("ck_autoship_order_place")),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_autoship_order_order_id")),
        sa.ForeignKeyConstraint(["run_id"], ["autoship_run.id"], name=op.f("fk_autoship_order_run_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_autoship_order")),
        sa.UniqueConstraint("run_id", "place", name=op.f("uq_autoship_order_run_id_place")),
    )
    op.create_index(
        op.f("ix_autoship_order_run_id_outcome"), "autoship_order", ["run_id", "outcome"], unique=False
    )
    op.create_index(
        "uq_autoship_order_key",
        "autoship_order",
        ["source", "subscription", "period"],
        unique=True,
        postgresql_where=sa.text("outcome <> 'cancelled'"),
    )
    op.create_table(
        "shipping_ban",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column(
            "hazard_class",
            sa.Enum(
                "3", "2.1", "9", name="hazard_class", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("to_military", sa.Boolean(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_shipping_ban_reason")),
        sa.CheckConstraint(
            "num_nonnulls(sku, hazard_class, category) <= 1",
            name=op.f("ck_shipping_ban_names_one_kind_of_goods"),
        ),
        sa.CheckConstraint(
            "state IS NULL OR country IS NOT NULL", name=op.f("ck_shipping_ban_state_has_country")
        ),
        sa.CheckConstraint(
            "to_military OR num_nonnulls(sku, hazard_class, category, country, warehouse_code) > 0",
            name=op.f("ck_shipping_ban_says_something"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name=op.f("fk_shipping_ban_sku")),
        sa.ForeignKeyConstraint(
            ["warehouse_code"], ["warehouse.code"], name=op.f("fk_shipping_ban_warehouse_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_ban")),
    )
    op.add_column("customer_order", sa.Column("shelf_days", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("customer_order", "shelf_days", server_default=None)
    op.create_check_constraint(
        op.f("ck_customer_order_shelf_days"), "customer_order", "shelf_days BETWEEN 0 AND 365"
    )
