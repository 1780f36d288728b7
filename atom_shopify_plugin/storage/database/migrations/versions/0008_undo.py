"""A write may undo another one; each entry of the audit log is undone once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shopify_audit", sa.Column("undoes", sa.String(length=32), nullable=True))
    op.add_column("shopify_audit", sa.Column("undone_by", sa.String(length=32), nullable=True))
    there = sa.text("undoes IS NOT NULL")
    op.create_index(
        "ix_shopify_audit_undoes", "shopify_audit", ["undoes"], sqlite_where=there, postgresql_where=there
    )


def downgrade() -> None:
    op.drop_index("ix_shopify_audit_undoes", "shopify_audit")
    op.drop_column("shopify_audit", "undone_by")
    op.drop_column("shopify_audit", "undoes")
