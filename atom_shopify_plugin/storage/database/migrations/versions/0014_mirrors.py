"""Stores whose data is copied for questions; the copied rows carry the number of their store."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "shopify_mirrors"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_mirrors_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name="pk_shopify_mirrors"),
        sa.UniqueConstraint("installation_id", name="uq_shopify_mirrors_installation_id"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
