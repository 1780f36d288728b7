"""The copied catalogue of mirrored stores, and how far the copy of each is."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MIRRORS = "shopify_mirrors.number"


def upgrade() -> None:
    op.create_table(
        "shopify_products_cache",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("product_type", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("product_data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_products_cache_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "product_id", name="pk_shopify_products_cache"),
    )
    op.create_index("ix_shopify_products_cache_store_updated_at", "shopify_products_cache", ["store", "updated_at"])
    op.create_table(
        "shopify_variants",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("variant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("compare_at_price", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("inventory_item_id", sa.BigInteger(), nullable=True),
        sa.Column("tracked", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("variant_data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_variants_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "variant_id", name="pk_shopify_variants"),
    )
    op.create_index("ix_shopify_variants_store_inventory_item_id", "shopify_variants", ["store", "inventory_item_id"])
    op.create_index("ix_shopify_variants_store_product_id", "shopify_variants", ["store", "product_id"])
    op.create_index("ix_shopify_variants_store_sku", "shopify_variants", ["store", "sku"])
    op.create_table(
        "shopify_locations",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("active", sa.SmallInteger(), nullable=False),
        sa.Column("fulfills_online_orders", sa.SmallInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_locations_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "location_id", name="pk_shopify_locations"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shopify_stock",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("inventory_item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=True),
        sa.Column("on_hand", sa.BigInteger(), nullable=True),
        sa.Column("committed", sa.BigInteger(), nullable=True),
        sa.Column("incoming", sa.BigInteger(), nullable=True),
        sa.Column("reserved", sa.BigInteger(), nullable=True),
        sa.Column("damaged", sa.BigInteger(), nullable=True),
        sa.Column("safety_stock", sa.BigInteger(), nullable=True),
        sa.Column("quality_control", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.SmallInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_stock_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "inventory_item_id", "location_id", name="pk_shopify_stock"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shopify_stock_store_location_id", "shopify_stock", ["store", "location_id"])
    op.create_table(
        "shopify_discounts",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("discount_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("discount_data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_discounts_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "discount_id", name="pk_shopify_discounts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shopify_discount_codes",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("discount_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_discount_codes_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "code_id", name="pk_shopify_discount_codes"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shopify_discount_codes_store_code", "shopify_discount_codes", ["store", "code"])
    op.create_index("ix_shopify_discount_codes_store_discount_id", "shopify_discount_codes", ["store", "discount_id"])
    op.create_table(
        "shopify_sync_streams",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("task", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("run", sa.String(length=32), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.String(length=64), nullable=True),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("lines_done", sa.BigInteger(), nullable=False),
        sa.Column("roots_done", sa.BigInteger(), nullable=False),
        sa.Column("lines_expected", sa.BigInteger(), nullable=True),
        sa.Column("roots_expected", sa.BigInteger(), nullable=True),
        sa.Column("orphans", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("differing", sa.BigInteger(), nullable=False),
        sa.Column("read_up_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earliest", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drift", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_sync_streams_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "stream", name="pk_shopify_sync_streams"),
    )
    op.create_table(
        "shopify_sync_changed",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_sync_changed_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "stream", "id", name="pk_shopify_sync_changed"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shopify_sync_lines",
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.SmallInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["store"], [MIRRORS], name="fk_shopify_sync_lines_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "parent", "place", name="pk_shopify_sync_lines"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("shopify_sync_lines")
    op.drop_table("shopify_sync_changed")
    op.drop_table("shopify_sync_streams")
    op.drop_table("shopify_discount_codes")
    op.drop_table("shopify_discounts")
    op.drop_table("shopify_stock")
    op.drop_table("shopify_locations")
    op.drop_table("shopify_variants")
    op.drop_table("shopify_products_cache")
