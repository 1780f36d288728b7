"""Owners invite people into their stores; a flow remembers the other name of the store that it was begun for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("shopify_oauth_states", sa.Column("begun_as", sa.String(length=255), nullable=True))
    op.create_table(
        "shopify_invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_invitations_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_shopify_invitations_token_hash"),
    )
    op.create_index("ix_shopify_invitations_installation_id", "shopify_invitations", ["installation_id"])
    op.create_index("ix_shopify_invitations_expires_at", "shopify_invitations", ["expires_at"])


def downgrade() -> None:
    op.drop_table("shopify_invitations")
    op.drop_column("shopify_oauth_states", "begun_as")
