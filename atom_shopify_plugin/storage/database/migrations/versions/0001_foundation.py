"""Stores, tokens, memberships, and what is remembered of calls."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "shopify_audit",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("via", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=True),
        sa.Column("shop_domain", sa.String(length=255), nullable=True),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("effect", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=True),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_audit"),
    )
    op.create_index("ix_shopify_audit_installation_id_id", "shopify_audit", ["installation_id", "id"])
    op.create_index("ix_shopify_audit_key_id", "shopify_audit", ["key_id"])
    op.create_index("ix_shopify_audit_tenant_subject_id", "shopify_audit", ["tenant", "subject", "id"])
    op.create_table(
        "shopify_installations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("shop_domain", sa.String(length=255), nullable=False),
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attention", sa.String(length=32), nullable=False),
        sa.Column("token_kind", sa.String(length=24), nullable=False),
        sa.Column("granted_scopes", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("secret_version", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=True),
        sa.Column("installed_at", moment, nullable=False),
        sa.Column("uninstalled_at", moment, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_installations"),
        sa.UniqueConstraint("app", "shop_domain", name="uq_shopify_installations_app_shop_domain"),
    )
    op.create_index("ix_shopify_installations_key_id", "shopify_installations", ["key_id"])
    op.create_index("ix_shopify_installations_shop_domain", "shopify_installations", ["shop_domain"])
    op.create_table(
        "shopify_oauth_states",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("shop_domain", sa.String(length=255), nullable=False),
        sa.Column("return_to", sa.String(length=32), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("consumed_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_oauth_states"),
    )
    op.create_index("ix_shopify_oauth_states_expires_at", "shopify_oauth_states", ["expires_at"])
    op.create_table(
        "shopify_usage",
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("slot", moment, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("store_id", sa.String(length=32), nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("period", "slot", "kind", "key", "store_id", "bucket", name="pk_shopify_usage"),
    )
    op.create_table(
        "shopify_confirmations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_confirmations_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_confirmations"),
    )
    op.create_index("ix_shopify_confirmations_expires_at", "shopify_confirmations", ["expires_at"])
    op.create_table(
        "shopify_idempotency",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("lease_until", moment, nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_idempotency_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_idempotency"),
        sa.UniqueConstraint("installation_id", "key_hash", name="uq_shopify_idempotency_installation_id_key_hash"),
    )
    op.create_index("ix_shopify_idempotency_expires_at", "shopify_idempotency", ["expires_at"])
    op.create_index("ix_shopify_idempotency_key_id", "shopify_idempotency", ["key_id"])
    op.create_table(
        "shopify_memberships",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("shop_domain", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_memberships_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_memberships"),
        sa.UniqueConstraint(
            "tenant", "subject", "shop_domain", name="uq_shopify_memberships_tenant_subject_shop_domain"
        ),
    )
    op.create_index("ix_shopify_memberships_installation_id", "shopify_memberships", ["installation_id"])
    op.create_table(
        "shopify_oauth_tokens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("shop_domain", sa.String(length=255), nullable=False),
        sa.Column("shop_id", sa.String(length=64), nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", moment, nullable=True),
        sa.Column("refresh_expires_at", moment, nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("lease_owner", sa.String(length=32), nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_oauth_tokens_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_oauth_tokens"),
        sa.UniqueConstraint("installation_id", name="uq_shopify_oauth_tokens_installation_id"),
    )
    op.create_index("ix_shopify_oauth_tokens_key_id", "shopify_oauth_tokens", ["key_id"])
    op.create_index("ix_shopify_oauth_tokens_refresh_expires_at", "shopify_oauth_tokens", ["refresh_expires_at"])


def downgrade() -> None:
    op.drop_table("shopify_oauth_tokens")
    op.drop_table("shopify_memberships")
    op.drop_table("shopify_idempotency")
    op.drop_table("shopify_confirmations")
    op.drop_table("shopify_usage")
    op.drop_table("shopify_oauth_states")
    op.drop_table("shopify_installations")
    op.drop_table("shopify_audit")
