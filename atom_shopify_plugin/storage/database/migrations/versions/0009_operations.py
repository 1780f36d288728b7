"""Writes that Shopify carries out in the background are operations: followed, shown and kept for a week."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)
TABLE = "shopify_operations"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("shop_domain", sa.String(length=255), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("via", sa.String(length=320), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(length=255), nullable=False),
        sa.Column("audit_id", sa.String(length=32), nullable=True),
        sa.Column("call_id", sa.String(length=32), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("expires_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_operations_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_operations"),
    )
    op.create_index("ix_shopify_operations_installation_id_id", TABLE, ["installation_id", "id"])
    op.create_index("ix_shopify_operations_tenant_subject_id", TABLE, ["tenant", "subject", "id"])
    op.create_index("ix_shopify_operations_key_id", TABLE, ["key_id"])
    op.create_index("ix_shopify_operations_expires_at", TABLE, ["expires_at"])
    for name, column, text in (
        ("ix_shopify_operations_open", "updated_at", "finished_at IS NULL"),
        ("ix_shopify_operations_call_id", "call_id", "call_id IS NOT NULL"),
    ):
        condition = sa.text(text)
        op.create_index(name, TABLE, [column], sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_table(TABLE)
