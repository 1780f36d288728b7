"""What the repositories share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.models import Base

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.core import Storage

__all__ = ["Repository", "aad", "changed", "insert", "text"]


class Repository:
    """A group of statements over one table; each public method is one transaction."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage


def insert(session: Session, model: type[Base]) -> Any:
    """Return the INSERT of the session's database, the one that knows ON CONFLICT."""
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(model)


def changed(session: Session, statement: Any) -> int:
    """Run an UPDATE or DELETE on rows that nobody holds as objects, and return how many it touched."""
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)


def aad(app: str, shop: str, field: str, row_id: str, version: int) -> str:
    """Return the associated data of a secret: the place and the version that its ciphertext belongs to."""
    return f"v1|{app}|{shop}|{field}|{row_id}|{version}"


def text(value: object, limit: int) -> str:
    """Return a text from outside as every database takes it: no NUL, no lone surrogate, at most `limit` characters."""
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()[:limit]
