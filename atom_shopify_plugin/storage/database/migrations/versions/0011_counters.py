"""The metrics of all processes are summed in one table."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "shopify_counters"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("labels", sa.String(length=400), nullable=False),
        sa.Column("shop", sa.String(length=255), nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", "shop", "bucket", name="pk_shopify_counters"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
