"""A conversation has a store of its own, beside the person's default store."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "shopify_conversations"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("via", sa.String(length=320), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_conversations_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_conversations"),
        sa.UniqueConstraint("tenant", "subject", "via", name="uq_shopify_conversations_tenant_subject_via"),
    )
    op.create_index("ix_shopify_conversations_installation_id", TABLE, ["installation_id"])
    op.create_index("ix_shopify_conversations_expires_at", TABLE, ["expires_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
