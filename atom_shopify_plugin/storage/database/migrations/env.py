"""What Alembic runs around the migrations; the connection and its transaction come from `database.schema`."""

from alembic import context

from atom_shopify_plugin.storage.database.base import Base
from atom_shopify_plugin.storage.database.schema import VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=lambda name, type_, _parents: type_ != "table" or str(name).startswith("shopify_"),
)
with context.begin_transaction():
    context.run_migrations()
