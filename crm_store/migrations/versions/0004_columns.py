"""what orders, customers and coupon terms gain; couriers and tracking numbers move to shipments.

Plain ALTERs, which both databases know: batch mode would copy tables that others refer to.

Revision: 0004, after 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT_JSON = {"sqlite": "JSON", "postgresql": "JSONB"}
_MOMENT = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE"}
_MOVED = ("courier", "tracking_number", "expected_on")


def _add(table: str, *columns: str) -> None:
    for column in columns:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _drop(table: str, *columns: str) -> None:
    for column in columns:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def upgrade() -> None:
    json_doc, moment = (kinds[op.get_bind().dialect.name] for kinds in (_TEXT_JSON, _MOMENT))
    _add("coupon_terms", f"excluded {json_doc} NOT NULL DEFAULT '{{}}'", "stackable BOOLEAN NOT NULL DEFAULT FALSE")
    _add(
        "customers", "gender VARCHAR(10)", "skin_type VARCHAR(20)", f"sizes {json_doc} NOT NULL DEFAULT '{{}}'",
        f"address {json_doc} NOT NULL DEFAULT '{{}}'", "referral_code VARCHAR(20)", "tier_next VARCHAR(40)",
        "tier_until DATE", f"erased_at {moment}",
    )  # fmt: skip
    op.create_index("ix_customers_referral_code", "customers", ["referral_code"], unique=True)
    op.create_index("ix_customers_tier_until", "customers", ["tier_until"])
    _add(
        "orders", "shipping_fee INTEGER NOT NULL DEFAULT 0", "discount INTEGER NOT NULL DEFAULT 0",
        "points_used INTEGER NOT NULL DEFAULT 0", "source VARCHAR(20) NOT NULL DEFAULT 'shop'",
        f"confirmed_at {moment}", f"cancelled_at {moment}",
    )  # fmt: skip
    _add(
        "order_lines",
        "variant_id VARCHAR(140) CONSTRAINT fk_order_lines_variant_id_variants REFERENCES variants (id)",
        "returned INTEGER NOT NULL DEFAULT 0 CONSTRAINT ck_order_lines_returned "
        "CHECK (returned >= 0 AND returned <= quantity)",
    )
    # Every product has a variant from now on; the plain one carries the product's id.
    op.execute(
        "INSERT INTO variants (id, product_id, position, stock, active, updated_at) "
        "SELECT id, id, 0, stock, active, updated_at FROM products"
    )
    op.execute(
        "INSERT INTO shipments (id, order_id, state, courier, tracking_number, expected_on, scans, created_at, shipped_at, "
        "delivered_at) SELECT id, id, CASE WHEN delivered_at IS NULL THEN 'in_transit' ELSE 'delivered' END, courier, "
        "tracking_number, expected_on, '[]', shipped_at, shipped_at, delivered_at FROM orders WHERE shipped_at IS NOT NULL"
    )
    _drop("orders", *_MOVED)


def downgrade() -> None:
    _add("orders", "courier VARCHAR(80)", "tracking_number VARCHAR(60)", "expected_on DATE")
    for column in _MOVED:
        op.execute(f"UPDATE orders SET {column} = (SELECT {column} FROM shipments WHERE order_id = orders.id LIMIT 1)")
    _drop("order_lines", "variant_id", "returned")
    _drop("orders", "shipping_fee", "discount", "points_used", "source", "confirmed_at", "cancelled_at")
    op.drop_index("ix_customers_tier_until", "customers")
    op.drop_index("ix_customers_referral_code", "customers")
    _drop(
        "customers", "gender", "skin_type", "sizes", "address", "referral_code", "tier_next", "tier_until", "erased_at"
    )
    _drop("coupon_terms", "excluded", "stackable")
