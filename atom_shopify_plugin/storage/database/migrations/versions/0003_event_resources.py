"""What was told of a resource is looked up: by sweeps, and for deliveries that come after one."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_shopify_events_installation_id_resource", "shopify_events", ["installation_id", "resource"])


def downgrade() -> None:
    op.drop_index("ix_shopify_events_installation_id_resource", "shopify_events")
