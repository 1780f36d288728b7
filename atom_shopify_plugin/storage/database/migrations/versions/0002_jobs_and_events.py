"""Jobs, data keys of stores, events, watermarks, subscriptions, stock levels and cursors."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def of_installation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["installation_id"],
        ["shopify_installations.id"],
        name=f"fk_{table}_installation_id",
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "shopify_data_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("shop_domain", sa.String(length=255), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_data_keys"),
        sa.UniqueConstraint("app", "shop_domain", name="uq_shopify_data_keys_app_shop_domain"),
    )
    op.create_index("ix_shopify_data_keys_key_id", "shopify_data_keys", ["key_id"])
    op.create_table(
        "shopify_jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("dedupe", sa.String(length=255), nullable=False),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("shop_domain", sa.String(length=255), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("data_key_id", sa.String(length=32), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("available_at", moment, nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_jobs"),
        sa.UniqueConstraint("kind", "dedupe", name="uq_shopify_jobs_kind_dedupe"),
        sa.ForeignKeyConstraint(["data_key_id"], ["shopify_data_keys.id"], name="fk_shopify_jobs_data_key_id"),
    )
    partial("ix_shopify_jobs_ready", "shopify_jobs", ["available_at"], "state IN ('pending', 'running')")
    partial(
        "ix_shopify_jobs_trouble",
        "shopify_jobs",
        ["state", "installation_id"],
        "state IN ('dead', 'quarantined', 'parked')",
    )
    partial("ix_shopify_jobs_finished_at", "shopify_jobs", ["finished_at"], "finished_at IS NOT NULL")
    partial("ix_shopify_jobs_bodies", "shopify_jobs", ["finished_at"], "finished_at IS NOT NULL AND body IS NOT NULL")
    partial("ix_shopify_jobs_digest", "shopify_jobs", ["digest"], "digest IS NOT NULL")
    op.create_index("ix_shopify_jobs_installation_id_id", "shopify_jobs", ["installation_id", "id"])
    op.create_index("ix_shopify_jobs_data_key_id", "shopify_jobs", ["data_key_id"])
    op.create_table(
        "shopify_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("trigger_key", sa.String(length=128), nullable=False),
        sa.Column("dedupe_key", sa.String(length=255), nullable=False),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("shop_domain", sa.String(length=255), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("data_key_id", sa.String(length=32), nullable=True),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.String(length=255), nullable=True),
        sa.Column("resource_updated_at", moment, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("emitted_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_events"),
        sa.UniqueConstraint("trigger_key", "dedupe_key", name="uq_shopify_events_trigger_key_dedupe_key"),
        sa.ForeignKeyConstraint(["data_key_id"], ["shopify_data_keys.id"], name="fk_shopify_events_data_key_id"),
    )
    partial("ix_shopify_events_pending", "shopify_events", ["created_at"], "state = 'pending'")
    op.create_index("ix_shopify_events_installation_id_id", "shopify_events", ["installation_id", "id"])
    op.create_index("ix_shopify_events_data_key_id", "shopify_events", ["data_key_id"])
    op.create_table(
        "shopify_watermarks",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("resource", sa.String(length=255), nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "resource", name="pk_shopify_watermarks"),
        of_installation("shopify_watermarks"),
    )
    op.create_table(
        "shopify_subscriptions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("filter", sa.String(length=1000), nullable=False),
        sa.Column("include_fields", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("remote_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_subscriptions"),
        sa.UniqueConstraint(
            "installation_id", "topic", "filter", name="uq_shopify_subscriptions_installation_id_topic_filter"
        ),
        of_installation("shopify_subscriptions"),
    )
    op.create_table(
        "shopify_inventory_levels",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("inventory_item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.PrimaryKeyConstraint(
            "installation_id", "inventory_item_id", "location_id", name="pk_shopify_inventory_levels"
        ),
        of_installation("shopify_inventory_levels"),
    )
    op.create_table(
        "shopify_sync_cursors",
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("stream", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("updated_at_min", moment, nullable=True),
        sa.Column("last_run", moment, nullable=True),
        sa.Column("drift", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "stream", name="pk_shopify_sync_cursors"),
        of_installation("shopify_sync_cursors"),
    )


def downgrade() -> None:
    for table in (
        "shopify_sync_cursors",
        "shopify_inventory_levels",
        "shopify_subscriptions",
        "shopify_watermarks",
        "shopify_events",
        "shopify_jobs",
        "shopify_data_keys",
    ):
        op.drop_table(table)
