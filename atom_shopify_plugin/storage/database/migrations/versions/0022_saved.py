"""What people save about a store under a name: terms of supply, reports, campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SAVED = "shopify_saved"


def upgrade() -> None:
    op.create_table(
        SAVED,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_saved_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_saved"),
    )
    op.create_index(
        "ix_shopify_saved_installation_id_kind_folded", SAVED, ["installation_id", "kind", "folded"], unique=True
    )


def downgrade() -> None:
    op.drop_table(SAVED)
