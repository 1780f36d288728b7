"""A conversation of the chat remembers for half an hour what it was about and what waits for an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = "shopify_chat_states"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("via", sa.String(length=320), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=32), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_chat_states_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_chat_states"),
        sa.UniqueConstraint("tenant", "subject", "via", name="uq_shopify_chat_states_tenant_subject_via"),
    )
    op.create_index("ix_shopify_chat_states_installation_id", TABLE, ["installation_id"])
    op.create_index("ix_shopify_chat_states_key_id", TABLE, ["key_id"])
    op.create_index("ix_shopify_chat_states_expires_at", TABLE, ["expires_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
