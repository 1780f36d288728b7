"""Events are numbered in the order in which they became visible, for pages that follow them live."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

FEED = "shopify_feed"
HEAD = "shopify_feed_head"


def upgrade() -> None:
    op.create_table(
        FEED,
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["shopify_events.id"], name="fk_shopify_feed_event_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name="pk_shopify_feed"),
        sa.UniqueConstraint("position", name="uq_shopify_feed_position"),
    )
    op.create_index("ix_shopify_feed_installation_id_position", FEED, ["installation_id", "position"])
    op.create_index("ix_shopify_feed_created_at", FEED, ["created_at"])
    where = sa.text("position IS NULL")
    op.create_index("ix_shopify_feed_unplaced", FEED, ["event_id"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        HEAD,
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shopify_feed_head"),
    )


def downgrade() -> None:
    op.drop_table(HEAD)
    op.drop_table(FEED)
