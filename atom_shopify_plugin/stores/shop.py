"""One connected store, as the service functions see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from atom_shopify_plugin.errors import Misconfigured, Rejected
from atom_shopify_plugin.shopify.bulk_documents import bulk_query
from atom_shopify_plugin.shopify.client import user_errors
from atom_shopify_plugin.shopify.effects import Effects
from atom_shopify_plugin.shopify.filestore import File, FileStore
from atom_shopify_plugin.shopify.whole import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.settings import Secret
    from atom_shopify_plugin.shopify.client import Client, Result
    from atom_shopify_plugin.shopify.documents import Document, Documents
    from atom_shopify_plugin.shopify.domain import ShopDomain
    from atom_shopify_plugin.shopify.selection import Nested
    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.stores.connections import Connections

__all__ = ["KeptHere", "Shop"]


class KeptHere(Exception):  # it is no error: it ends a dry run
    """A handler would now write to ATOM's own database."""


class Shop:
    """Runs the documents of one call against one store with its token; renews a refused token once.

    `idempotency_key` is the key that documents with ``@idempotent`` send; it stays the same over retries. `effects`
    says what the mutations of this call did, or may have done. `getters` are, by Shopify's type, the actions that read
    one thing: a nested list that is cut names the one that gives it whole. `told` is what a handler has found out that
    a person should know before saying yes: previews put it into words, and show its ``changes`` if there are any. Of a
    read, ``all_orders`` says that orders of more than 60 days ago are in the answer.
    `catch` is called with each mutation before it is sent, and with the names of those that will follow it; what it
    raises ends the call. `may_write` is called before each mutation and raises where the store may not be changed; one
    that changes nothing (`HARMLESS`) is no mutation here. `writer` is the person for whom a write is made.
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
        catch: Callable[[Document, Mapping[str, Any], Sequence[str]], None] | None = None,
        may_write: Callable[[], None] | None = None,
        writer: Principal | None = None,
    ) -> None:
        self.store = store
        self.effects = Effects()
        self.told: dict[str, Any] = {}
        self._connections = connections
        self._client = client
        self._documents = documents
        self.idempotency_key = idempotency_key
        self._urgent = urgent
        self._getters = getters
        self._catch = catch
        self._may_write = may_write
        self.writer = writer

    @property
    def domain(self) -> ShopDomain:
        return self.store.shop

    @property
    def storage(self) -> Storage:
        """What is stored here, of this store and others."""
        return self._connections.storage

    @property
    def zone(self) -> ZoneInfo:
        """The store's time zone; where it is not stored, the store is asked once.

        Raises `Misconfigured` where this machine does not know it.
        """
        found = _zone(self.store.timezone)
        if found is None:
            about = self.execute("ConnectedShop")["shop"]
            self._connections.described(self.store, about)
            found = _zone(str(about["iana_timezone"]))
        if found is None:
            raise Misconfigured(
                f"This machine has no data for the time zone of {self.domain}: install tzdata. "
                "Until then, filter by moments with an offset, such as 2026-10-31T08:00:00Z, instead of days."
            )
        return found

    def execute(
        self, operation: str, variables: Mapping[str, Any] | None = None, *, then: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Run the document named `operation` and return its data in snake_case, nested lists as `whole.settle` says.

        `then` names the mutations that the handler will run after this one, which is what a dry run tells of them.
        Raises `Rejected` when the answer holds user errors, and whatever `Client.execute` raises. An `OutcomeUnknown`
        means that the document may have run; after any other error it certainly did not.
        """
        document = self._documents.get(operation)
        result = self.send(document, variables, then=then)
        if document.nested:
            settle(document, result.data, variables or {}, partial(self._page, document), self._getters)
        return result.data

    def bulk_query(self, operation: str, *, without: Collection[str] = (), search: str | None = None) -> str:
        """Return the bulk query that reads all pages of the document named `operation`; see `bulk_documents`."""
        tree = self._documents.get(operation).tree
        if tree is None:
            raise Misconfigured(f"{operation} can't be read by a bulk operation.")
        return bulk_query(tree, without=without, search=search)

    @property
    def api_version(self) -> str:
        """The version of the API that is asked for."""
        return self._client.version

    def answer(self, operation: str, variables: Mapping[str, Any] | None = None) -> Result:
        """Run the document named `operation` and return its result with its cost and the version that served it."""
        return self.send(self._documents.get(operation), variables)

    def send(
        self, document: Document, variables: Mapping[str, Any] | None = None, *, then: Sequence[str] = ()
    ) -> Result:
        """Run a document and return its result as it came; `then` and what is raised are those of `execute`."""
        if self._catch is not None and document.kind == "mutation":
            self._catch(document, variables or {}, then)
        if document.kind == "mutation":
            self.require_writable()
        result = self._send(document, variables or {})
        if errors := user_errors(result.data):
            refusal = _refusal(errors)
            raise self.effects.unknown(refusal) if self.effects.in_doubt else refusal
        return result

    def require_writable(self) -> None:
        """Raise `ReadOnly` where the store may not be changed now."""
        if self._may_write is not None:
            self._may_write()

    def _page(self, document: Document, nested: Nested, kind: str, variables: Mapping[str, Any]) -> Any:
        more = self._documents.more(document, nested, kind)
        known = {name: value for name, value in variables.items() if name in more.variables}
        return self._send(more, known).data["node"]

    def _send(self, document: Document, variables: Mapping[str, Any]) -> Result:
        token = self._connections.token(self.store)

        def renewed() -> Secret:
            return self._connections.token_refused(self.store, token.version).access

        return self._client.execute(
            self.store.shop,
            token.access,
            document,
            variables,
            idempotency_key=self.idempotency_key if document.idempotent else None,
            urgent=self._urgent,
            effects=self.effects,
            renew=renewed,
        )

    def root(self, operation: str, variables: Mapping[str, Any] | None = None, *, then: Sequence[str] = ()) -> Any:
        """Run `operation` and return the value of its only root field, None where Shopify has no such resource."""
        data = self.execute(operation, variables, then=then)
        (value,) = data.values()
        return value

    def upload(self, operation: str, resource: str, file: File) -> Mapping[str, Any]:
        """Send a file to Shopify's file storage and return the staged target, with the names that mutations take.

        `operation` names the document that makes staged targets, `resource` what the file is for, such as ``IMAGE``. A
        dry run only asks for the target. Raises `UpstreamError` and what `execute` raises.
        """
        staged = {
            "filename": file.name,
            "mimeType": file.media_type,
            "resource": resource,
            "httpMethod": "POST",
            "fileSize": str(len(file.content)),
        }
        target: Mapping[str, Any] = self.root(operation, {"input": [staged]})["staged_targets"][0]
        if self._catch is None:
            self.files.upload(target, file)
        return target

    def keep_here(self) -> None:
        """Say that the handler now writes to ATOM's own database, and not to the store: a dry run ends here."""
        if self._catch is not None:
            raise KeptHere

    def announce(self, operation: str, variables: Mapping[str, Any], *, then: Sequence[str] = ()) -> None:
        """Name the first mutation that will be sent, which ends a dry run before what only prepares it is done."""
        if self._catch is not None:
            self._catch(self._documents.get(operation), variables, then)

    @property
    def files(self) -> FileStore:
        """Shopify's file storage."""
        return FileStore(self._client.transport, self._client.sleep)

    def pause(self, seconds: float) -> None:
        """Wait before the store is asked again."""
        self._client.sleep(seconds)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        return None


def _refusal(errors: Sequence[Mapping[str, Any]]) -> Rejected:
    first = str(errors[0].get("message") or "The input was refused.")
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return Rejected(f"Shopify refused: {first}{more}", details={"user_errors": [dict(error) for error in errors]})
