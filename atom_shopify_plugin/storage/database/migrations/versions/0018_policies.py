"""What the owner of a store lets somebody do, what was taken of limits, and approvals beyond them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STORES = "shopify_installations.id"


def upgrade() -> None:
    op.create_table(
        "shopify_policies",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("via", sa.String(length=32), nullable=False),
        sa.Column("tool", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("calls", sa.BigInteger(), nullable=True),
        sa.Column("approve", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], [STORES], name="fk_shopify_policies_installation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_policies"),
        sa.UniqueConstraint(
            "installation_id", "tenant", "subject", "via", "tool", "kind",
            name="uq_shopify_policies_rule",
        ),
    )
    op.create_table(
        "shopify_policy_usage",
        sa.Column("policy_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], [STORES], name="fk_shopify_policy_usage_installation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("policy_id", "subject", "day", name="pk_shopify_policy_usage"),
    )
    op.create_index("ix_shopify_policy_usage_installation_id", "shopify_policy_usage", ["installation_id"])
    op.create_table(
        "shopify_approvals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("audit_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], [STORES], name="fk_shopify_approvals_installation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_approvals"),
    )
    op.create_index("ix_shopify_approvals_expires_at", "shopify_approvals", ["expires_at"])
    op.create_index("ix_shopify_approvals_installation_id_state", "shopify_approvals", ["installation_id", "state"])


def downgrade() -> None:
    op.drop_table("shopify_approvals")
    op.drop_table("shopify_policy_usage")
    op.drop_table("shopify_policies")
