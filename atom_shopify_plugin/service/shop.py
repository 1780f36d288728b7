"""One connected store, as the service functions see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import OutcomeUnknown, Rejected, UpstreamError
from atom_shopify_plugin.shopify.client import TokenRefused, user_errors
from atom_shopify_plugin.shopify.whole import settle

if TYPE_CHECKING:
    from atom_shopify_plugin.service.connections import Connections
    from atom_shopify_plugin.settings import Secret
    from atom_shopify_plugin.shopify.client import Client, Result
    from atom_shopify_plugin.shopify.documents import Document, Documents
    from atom_shopify_plugin.shopify.domain import ShopDomain
    from atom_shopify_plugin.shopify.selection import Nested
    from atom_shopify_plugin.storage import Store

__all__ = ["Shop"]


class Shop:
    """Runs documents against one store with its token; refreshes a refused token once.

    `idempotency_key` is the key that documents with ``@idempotent`` send; it stays the same over retries. `touched`
    says whether a mutation may have had an effect on the store. `getters` are, by Shopify's type, the actions that
    read one thing: a nested list that is cut names the one that gives it whole.
    """

    def __init__(
        self,
        store: Store,
        connections: Connections,
        client: Client,
        documents: Documents,
        *,
        idempotency_key: str | None = None,
        urgent: bool = True,
        getters: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.store = store
        self._connections = connections
        self._client = client
        self._documents = documents
        self._idempotency_key = idempotency_key
        self._urgent = urgent
        self._getters = getters
        self.touched = False

    @property
    def domain(self) -> ShopDomain:
        return self.store.shop

    def execute(self, operation: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run the document named `operation` and return its data in snake_case, nested lists as `whole.settle` says.

        Raises `Rejected` when the answer holds user errors, and whatever `Client.execute` raises.
        """
        document = self._documents.get(operation)
        try:
            result = self._send(document, variables or {})
        except OutcomeUnknown:
            self.touched = True
            raise
        except UpstreamError:
            # The client says OutcomeUnknown wherever a mutation may have run, save where Shopify runs it once per key.
            self.touched = self.touched or document.idempotent
            raise
        _refuse_user_errors(user_errors(result.data))
        self.touched = self.touched or document.kind == "mutation"
        if document.nested:
            settle(document, result.data, variables or {}, partial(self._page, document), self._getters)
        return result.data

    def _page(self, document: Document, nested: Nested, kind: str, variables: Mapping[str, Any]) -> Any:
        more = self._documents.more(document, nested, kind)
        known = {name: value for name, value in variables.items() if name in more.variables}
        return self._send(more, known).data["node"]

    def _send(self, document: Document, variables: Mapping[str, Any]) -> Result:
        token = self._connections.token(self.store)
        try:
            return self._send_with(token.access, document, variables)
        except TokenRefused:
            token = self._connections.token_refused(self.store, token.version)
            return self._send_with(token.access, document, variables)

    def _send_with(self, token: Secret, document: Document, variables: Mapping[str, Any]) -> Result:
        key = self._idempotency_key if document.idempotent else None
        return self._client.execute(
            self.store.shop, token, document, variables, idempotency_key=key, urgent=self._urgent
        )

    def root(self, operation: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Run `operation` and return the value of its only root field, None where Shopify knows no such thing."""
        data = self.execute(operation, variables)
        (value,) = data.values()
        return value


def _refuse_user_errors(errors: Sequence[Mapping[str, Any]]) -> None:
    if errors:
        first = str(errors[0].get("message") or "The input was refused.")
        more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        raise Rejected(f"Shopify refused: {first}{more}", details={"user_errors": [dict(error) for error in errors]})
