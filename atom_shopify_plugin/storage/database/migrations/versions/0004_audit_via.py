"""The audit log has room for who acted for whom: a door, and the subject of the one who acted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("shopify_audit") as table:
        table.alter_column("via", existing_type=sa.String(32), type_=sa.String(320), existing_nullable=False)


def downgrade() -> None:
    op.execute("UPDATE shopify_audit SET via = substr(via, 1, 32)")
    with op.batch_alter_table("shopify_audit") as table:
        table.alter_column("via", existing_type=sa.String(320), type_=sa.String(32), existing_nullable=False)
