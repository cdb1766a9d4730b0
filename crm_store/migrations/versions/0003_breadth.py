"""the rest of the store: variants, shipments, refunds, cases, carts, wishes, loyalty, consents, feedback, data requests.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

from crm_store.db import BigId, JsonDoc, UtcDateTime
from crm_store.migrations.append_only import forbid_changes

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = ("case_events", "consent_events", "tier_changes")


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    op.create_table(
        "caught_mails",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caught_mails")),
    )
    with op.batch_alter_table("caught_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_caught_mails_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_caught_mails_recipient"), ["recipient"], unique=False)
    op.create_table(
        "import_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("counts", JsonDoc, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "attendance",
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_attendance_customer_id_customers")),
        sa.PrimaryKeyConstraint("customer_id", "day", name=op.f("pk_attendance")),
    )
    op.create_table(
        "carts",
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("points_to_use", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("points_to_use >= 0", name=op.f("ck_carts_points_to_use")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_carts_customer_id_customers")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_carts")),
    )
    with op.batch_alter_table("carts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carts_updated_at"), ["updated_at"], unique=False)
    op.create_table(
        "consents",
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("reconfirm_by", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consents_customer_id_customers")),
        sa.PrimaryKeyConstraint("customer_id", "purpose", "channel", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_reconfirm_by"), ["reconfirm_by"], unique=False)
    op.create_table(
        "tier_changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("from_tier", sa.String(length=40), nullable=True),
        sa.Column("to_tier", sa.String(length=40), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('joined', 'upgraded', 'kept', 'downgraded')", name=op.f("ck_tier_changes_kind")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tier_changes_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_changes")),
    )
    with op.batch_alter_table("tier_changes", schema=None) as batch_op:
        batch_op.create_index("ix_tier_changes_customer", ["customer_id", "created_at"], unique=False)
    op.create_table(
        "variants",
        sa.Column("id", sa.String(length=140), nullable=False),
        sa.Column("product_id", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=40), nullable=True),
        sa.Column("size", sa.String(length=40), nullable=True),
        sa.Column("sku", sa.String(length=80), nullable=True),
        sa.Column("price", sa.Integer(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_variants_stock")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_variants_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
    )
    with op.batch_alter_table("variants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_variants_product_id"), ["product_id"], unique=False)
    op.create_table(
        "cart_lines",
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("variant_id", sa.String(length=140), nullable=False),
        sa.Column("product_id", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_lines_quantity")),
        sa.ForeignKeyConstraint(["customer_id"], ["carts.customer_id"], name=op.f("fk_cart_lines_customer_id_carts")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_cart_lines_product_id_products")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_cart_lines_variant_id_variants")),
        sa.PrimaryKeyConstraint("customer_id", "variant_id", name=op.f("pk_cart_lines")),
    )
    with op.batch_alter_table("cart_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cart_lines_product_id"), ["product_id"], unique=False)
    op.create_table(
        "coupon_reservations",
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("terms_id", sa.String(length=40), nullable=False),
        sa.Column("issued_coupon_id", sa.String(length=32), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("reserved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["carts.customer_id"], name=op.f("fk_coupon_reservations_customer_id_carts")
        ),
        sa.ForeignKeyConstraint(
            ["issued_coupon_id"],
            ["issued_coupons.id"],
            name=op.f("fk_coupon_reservations_issued_coupon_id_issued_coupons"),
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["coupon_terms.id"], name=op.f("fk_coupon_reservations_terms_id_coupon_terms")
        ),
        sa.PrimaryKeyConstraint("customer_id", "terms_id", name=op.f("pk_coupon_reservations")),
    )
    op.create_table(
        "product_reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.String(length=80), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("has_photo", sa.Boolean(), nullable=False),
        sa.Column("sentiment", sa.Double(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_product_reviews_rating")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_product_reviews_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_product_reviews_order_id_orders")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_reviews_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_reviews")),
        sa.UniqueConstraint("customer_id", "product_id", "order_id", name=op.f("uq_product_reviews_customer_id")),
    )
    with op.batch_alter_table("product_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_reviews_product_id"), ["product_id"], unique=False)
    op.create_table(
        "referrals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("inviter_id", sa.String(length=32), nullable=False),
        sa.Column("friend_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=True),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("rewarded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('entered', 'rewarded', 'refused')", name=op.f("ck_referrals_state")),
        sa.CheckConstraint("inviter_id <> friend_id", name=op.f("ck_referrals_not_oneself")),
        sa.ForeignKeyConstraint(["friend_id"], ["customers.id"], name=op.f("fk_referrals_friend_id_customers")),
        sa.ForeignKeyConstraint(["inviter_id"], ["customers.id"], name=op.f("fk_referrals_inviter_id_customers")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_referrals_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
        sa.UniqueConstraint("friend_id", name=op.f("uq_referrals_friend_id")),
    )
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.create_index("ix_referrals_inviter", ["inviter_id", "rewarded_at"], unique=False)
    op.create_table(
        "regular_deliveries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("variant_id", sa.String(length=140), nullable=False),
        sa.Column("product_id", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("interval_weeks", sa.Integer(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("notified_for", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("address", JsonDoc, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'ended')", name=op.f("ck_regular_deliveries_state")),
        sa.CheckConstraint("interval_weeks > 0", name=op.f("ck_regular_deliveries_interval_weeks")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_regular_deliveries_quantity")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_regular_deliveries_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_regular_deliveries_product_id_products")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_regular_deliveries_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regular_deliveries")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_regular_deliveries_idempotency_key")),
    )
    with op.batch_alter_table("regular_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_regular_deliveries_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_regular_deliveries_due", ["state", "next_on"], unique=False)
    op.create_table(
        "shipments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("courier", sa.String(length=80), nullable=True),
        sa.Column("tracking_number", sa.String(length=60), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("scans", JsonDoc, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("shipped_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('prepared', 'in_transit', 'delivered', 'lost', 'sent_back')", name=op.f("ck_shipments_state")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_shipments_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
    )
    with op.batch_alter_table("shipments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shipments_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shipments_tracking_number"), ["tracking_number"], unique=False)
    op.create_table(
        "wishlist_items",
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.String(length=80), nullable=False),
        sa.Column("variant_id", sa.String(length=140), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_wishlist_items_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_wishlist_items_product_id_products")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_wishlist_items_variant_id_variants")),
        sa.PrimaryKeyConstraint("customer_id", "product_id", name=op.f("pk_wishlist_items")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=True),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("order_id", sa.String(length=32), nullable=True),
        sa.Column("items", JsonDoc, nullable=False),
        sa.Column("wanted", JsonDoc, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('return', 'exchange', 'complaint', 'repair', 'other')", name=op.f("ck_cases_kind")
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'in_progress', 'resolved', 'refused', 'withdrawn')",
            name=op.f("ck_cases_state"),
        ),
        sa.CheckConstraint("customer_id IS NOT NULL OR conversation_id IS NOT NULL", name=op.f("ck_cases_whose")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_cases_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_cases_customer_id_customers")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_cases_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_cases_idempotency_key")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_cases_customer_opened", ["customer_id", "opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_order_id"), ["order_id"], unique=False)
        batch_op.create_index("ix_cases_state_updated", ["state", "updated_at"], unique=False)
    op.create_table(
        "data_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('export', 'erasure')", name=op.f("ck_data_requests_kind")),
        sa.CheckConstraint("state IN ('open', 'done', 'withdrawn', 'refused')", name=op.f("ck_data_requests_state")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_data_requests_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_data_requests_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
    )
    with op.batch_alter_table("data_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_data_requests_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_data_requests_state_due", ["state", "due_on"], unique=False)
    op.create_table(
        "dialogue_states",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("data", JsonDoc, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_dialogue_states_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_dialogue_states")),
    )
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_one_time_codes_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_one_time_codes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
    )
    with op.batch_alter_table("one_time_codes", schema=None) as batch_op:
        batch_op.create_index("ix_one_time_codes_conversation", ["conversation_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_codes_email"), ["email"], unique=False)
    op.create_table(
        "product_views",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=True),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("product_id", sa.String(length=80), nullable=False),
        sa.Column("viewed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_product_views_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_product_views_customer_id_customers")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_views_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_views")),
    )
    with op.batch_alter_table("product_views", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_views_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_product_views_customer", ["customer_id", "viewed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_product_views_product_id"), ["product_id"], unique=False)
    op.create_table(
        "regular_delivery_runs",
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('ordered', 'skipped', 'missed')", name=op.f("ck_regular_delivery_runs_state")),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["regular_deliveries.id"],
            name=op.f("fk_regular_delivery_runs_delivery_id_regular_deliveries"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_regular_delivery_runs_order_id_orders")),
        sa.PrimaryKeyConstraint("delivery_id", "due_on", name=op.f("pk_regular_delivery_runs")),
    )
    op.create_table(
        "restock_alerts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.String(length=80), nullable=False),
        sa.Column("variant_id", sa.String(length=140), nullable=True),
        sa.Column("target", sa.String(length=140), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("notified_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'notified', 'withdrawn')", name=op.f("ck_restock_alerts_state")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_restock_alerts_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_restock_alerts_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_restock_alerts_product_id_products")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_restock_alerts_variant_id_variants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restock_alerts")),
        sa.UniqueConstraint("customer_id", "target", name=op.f("uq_restock_alerts_customer_id")),
    )
    with op.batch_alter_table("restock_alerts", schema=None) as batch_op:
        batch_op.create_index("ix_restock_alerts_state_target", ["state", "target"], unique=False)
    op.create_table(
        "case_events",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_case_events")),
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("paid_at", UtcDateTime(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('requested', 'approved', 'paid', 'refused')", name=op.f("ck_refunds_state")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_refunds_case_id_cases")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_refunds_customer_id_customers")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refunds_idempotency_key")),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index("ix_refunds_customer", ["customer_id", "requested_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_refunds_order_id"), ["order_id"], unique=False)
    op.create_table(
        "shop_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("body", JsonDoc, nullable=False),
        sa.Column("answer", JsonDoc, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('cancel_order', 'change_address', 'refund', 'exchange')", name=op.f("ck_shop_requests_kind")
        ),
        sa.CheckConstraint("state IN ('pending', 'confirmed', 'refused')", name=op.f("ck_shop_requests_state")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_shop_requests_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_shop_requests_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_shop_requests_customer_id_customers")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_shop_requests_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_requests")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_shop_requests_idempotency_key")),
    )
    with op.batch_alter_table("shop_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shop_requests_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shop_requests_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shop_requests_order_id"), ["order_id"], unique=False)
        batch_op.create_index("ix_shop_requests_state_due", ["state", "due_at"], unique=False)
    op.create_table(
        "consent_events",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_consent_events_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_consent_events_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_events")),
    )
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.create_index("ix_consent_events_customer", ["customer_id", "created_at"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=True),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("product_id", sa.String(length=80), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("sentiment", sa.Double(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('praise', 'suggestion', 'criticism', 'other')", name=op.f("ck_feedback_kind")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_feedback_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_feedback_customer_id_customers")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_feedback_message_id_messages")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_feedback_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_product_id"), ["product_id"], unique=False)
    for table in APPEND_ONLY:
        forbid_changes(table)


def downgrade() -> None:  # noqa: PLR0915
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_product_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_customer_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_created_at"))
        batch_op.drop_index(batch_op.f("ix_feedback_conversation_id"))
    op.drop_table("feedback")
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_events_customer")
    op.drop_table("consent_events")
    with op.batch_alter_table("shop_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_shop_requests_state_due")
        batch_op.drop_index(batch_op.f("ix_shop_requests_order_id"))
        batch_op.drop_index(batch_op.f("ix_shop_requests_customer_id"))
        batch_op.drop_index(batch_op.f("ix_shop_requests_case_id"))
    op.drop_table("shop_requests")
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refunds_order_id"))
        batch_op.drop_index("ix_refunds_customer")
    op.drop_table("refunds")
    op.drop_table("case_events")
    with op.batch_alter_table("restock_alerts", schema=None) as batch_op:
        batch_op.drop_index("ix_restock_alerts_state_target")
    op.drop_table("restock_alerts")
    op.drop_table("regular_delivery_runs")
    with op.batch_alter_table("product_views", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_views_product_id"))
        batch_op.drop_index("ix_product_views_customer")
        batch_op.drop_index(batch_op.f("ix_product_views_conversation_id"))
    op.drop_table("product_views")
    with op.batch_alter_table("one_time_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_codes_email"))
        batch_op.drop_index("ix_one_time_codes_conversation")
    op.drop_table("one_time_codes")
    op.drop_table("dialogue_states")
    with op.batch_alter_table("data_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_data_requests_state_due")
        batch_op.drop_index(batch_op.f("ix_data_requests_customer_id"))
    op.drop_table("data_requests")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_state_updated")
        batch_op.drop_index(batch_op.f("ix_cases_order_id"))
        batch_op.drop_index("ix_cases_customer_opened")
        batch_op.drop_index(batch_op.f("ix_cases_conversation_id"))
    op.drop_table("cases")
    op.drop_table("wishlist_items")
    with op.batch_alter_table("shipments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shipments_tracking_number"))
        batch_op.drop_index(batch_op.f("ix_shipments_order_id"))
    op.drop_table("shipments")
    with op.batch_alter_table("regular_deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_regular_deliveries_due")
        batch_op.drop_index(batch_op.f("ix_regular_deliveries_customer_id"))
    op.drop_table("regular_deliveries")
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.drop_index("ix_referrals_inviter")
    op.drop_table("referrals")
    with op.batch_alter_table("product_reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_reviews_product_id"))
    op.drop_table("product_reviews")
    op.drop_table("coupon_reservations")
    with op.batch_alter_table("cart_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cart_lines_product_id"))
    op.drop_table("cart_lines")
    with op.batch_alter_table("variants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_variants_product_id"))
    op.drop_table("variants")
    with op.batch_alter_table("tier_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_tier_changes_customer")
    op.drop_table("tier_changes")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consents_reconfirm_by"))
    op.drop_table("consents")
    with op.batch_alter_table("carts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_carts_updated_at"))
    op.drop_table("carts")
    op.drop_table("attendance")
    op.drop_table("import_runs")
    with op.batch_alter_table("caught_mails", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_caught_mails_recipient"))
        batch_op.drop_index(batch_op.f("ix_caught_mails_created_at"))
    op.drop_table("caught_mails")
