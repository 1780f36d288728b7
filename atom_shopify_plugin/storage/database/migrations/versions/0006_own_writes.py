"""What runs of workflows wrote, so that the events which follow can name them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "shopify_own_writes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("resource", sa.String(length=255), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("resource_updated_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_own_writes"),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_own_writes_installation_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_shopify_own_writes_installation_id_resource_started_at",
        "shopify_own_writes",
        ["installation_id", "resource", "started_at"],
    )
    op.create_index("ix_shopify_own_writes_started_at", "shopify_own_writes", ["started_at"])


def downgrade() -> None:
    op.drop_table("shopify_own_writes")
