"""A store may be read-only: nothing is written to it until its owner allows writes again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = "shopify_installations"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("read_only", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column(TABLE, "read_only")
