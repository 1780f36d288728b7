"""Saved audiences, who was in them when somebody looked last, and whom we gave their tags."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

AUDIENCES, MEMBERS, TAGS = "shopify_audiences", "shopify_audience_members", "shopify_audience_tags"


def upgrade() -> None:
    op.create_table(
        AUDIENCES,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.Column("match", sa.String(length=3), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("tag", sa.String(length=255), nullable=False),
        sa.Column("keep_in_step", sa.SmallInteger(), nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["shopify_installations.id"],
            name="fk_shopify_audiences_installation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_audiences"),
    )
    op.create_index(
        "ix_shopify_audiences_installation_id_folded", AUDIENCES, ["installation_id", "folded"], unique=True
    )
    _of_customers(
        MEMBERS,
        sa.Column("member", sa.SmallInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(f"ix_{MEMBERS}_store_audience_changed_at", MEMBERS, ["store", "audience", "changed_at"])
    _of_customers(TAGS, sa.Column("state", sa.SmallInteger(), nullable=False))
    op.create_index(f"ix_{TAGS}_store_audience_state", TAGS, ["store", "audience", "state"])


def _of_customers(name: str, *columns: sa.Column[int] | sa.Column[datetime]) -> None:
    op.create_table(
        name,
        sa.Column("store", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audience", sa.String(length=32), nullable=False),
        sa.Column("customer", sa.BigInteger(), autoincrement=False, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["store"], ["shopify_mirrors.number"], name=f"fk_{name}_store", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["audience"], [f"{AUDIENCES}.id"], name=f"fk_{name}_audience", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", "audience", "customer", name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in (TAGS, MEMBERS, AUDIENCES):
        op.drop_table(name)
