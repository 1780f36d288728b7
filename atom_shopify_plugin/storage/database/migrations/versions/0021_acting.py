"""For whom the tags of an audience are given, so that their policies are asked in the background, too."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shopify_audiences", sa.Column("pushed_by", sa.Text(), nullable=True))
