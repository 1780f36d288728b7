"""Computed triggers remember what they have seen of each thing, and when they look at it again."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLE = "shopify_trigger_states"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("subscription", sa.String(length=96), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_trigger_states_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("installation_id", "subscription", "subject", name="pk_shopify_trigger_states"),
    )
    op.create_index("ix_shopify_trigger_states_due_at", TABLE, ["due_at"])
    op.create_index("ix_shopify_trigger_states_expires_at", TABLE, ["expires_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
