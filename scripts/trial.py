"""A sandbox in which a draft is tried: what is there, what is not modelled, and what a write fires."""

from __future__ import annotations

import json
import re
from typing import Any

from draft import Impossible, Json

from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request

__all__ = ["Trial", "number"]

SHOP = "demo.myshopify.com"
PATH = "/admin/api/2026-10/graphql.json"
SUBSCRIBE = """mutation S($topic: WebhookSubscriptionTopic!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: "http://127.0.0.1:9/held-back"}) {
    userErrors { message }
  }
}"""


def number(gid: str) -> int:
    """Return the number in a global id."""
    return int(gid.rpartition("/")[2].partition("?")[0])


class Trial:
    """A new store of the sandbox with its small seed; `scopes` are those of the app."""

    def __init__(self, scopes: frozenset[str]) -> None:
        self._sandbox = Sandbox(size="small")
        self._token = self._sandbox.issue_admin_token(SHOP, scopes=scopes)

    def ask(self, text: str, variables: Json | None = None) -> Json:
        """Send a document and return the answer."""
        body = json.dumps({"query": text, "variables": variables or {}}).encode()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": self._token}
        content = self._sandbox.handle(Request("POST", SHOP, PATH, "", headers, body)).body
        if not isinstance(content, bytes):
            raise TypeError("Only downloads come in pieces.")
        answer: Json = json.loads(content)
        return answer

    def ids(self, kind: str) -> list[str]:
        """Return ids of things of a type in the seed, by the list that Shopify has for it."""
        plural = kind[:1].lower() + re.sub(r"y$", "ie", kind[1:]) + "s"
        answer = self.ask(f"{{ {plural}(first: 20) {{ nodes {{ id }} }} }}")
        nodes = ((answer.get("data") or {}).get(plural) or {}).get("nodes") or []
        return [node["id"] for node in nodes]

    def modelled(self, text: str, members: list[str], variables: Json) -> list[str]:
        """Return those of `members` that the sandbox models; `text` selects them at the place of ``%s``.

        Raise `Impossible` where it refuses the query for another reason.
        """
        kept = list(members)
        while True:
            answer = self.ask(text.replace("%s", "\n".join(kept)), variables)
            errors = answer.get("errors") or []
            if not errors:
                return kept
            error = errors[0] if isinstance(errors, list) else {"message": str(errors)}
            names = [part for part in error.get("path") or () if isinstance(part, str)]
            wrong = [member for member in kept if re.split(r"\W", member)[0] in names[1:]]
            if not wrong:
                raise Impossible(f"The sandbox refuses the query: {error['message']}")
            kept = [member for member in kept if member not in wrong]

    def fired(self, catalog: Catalog, document: str, variables: Json) -> list[str]:
        """Run a mutation and return the keys of the triggers that it fires.

        Raise `Impossible` where it is refused or changes nothing.
        """
        self._sandbox.deliveries.change({"hold": True})
        for topic in sorted({trigger.topic for trigger in catalog.triggers.values()}):
            self.ask(SUBSCRIBE, {"topic": re.sub(r"[/.]", "_", topic).upper()})
        effects = len(self._sandbox.store(SHOP).journal)
        answer = self.ask(document, variables)
        refusals: list[Any] = list(answer.get("errors") or [])
        for payload in (answer.get("data") or {}).values():
            refusals += [one for name in payload or {} if name.endswith("serErrors") for one in payload[name]]
        example = json.dumps({name: value for name, value in variables.items() if name != "idempotency_key"})
        if refusals:
            raise Impossible(f"The sandbox refuses the example {example}: {refusals[0]['message']}")
        if len(self._sandbox.store(SHOP).journal) == effects:
            raise Impossible(f"The example {example} changes nothing in the sandbox.")
        topics = {told.topic for told in self._sandbox.deliveries.listing(store=SHOP)}
        return [key for key, trigger in catalog.triggers.items() if trigger.topic in topics]
