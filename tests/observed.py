"""A host that has done everything which is counted, and what Prometheus reads of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eventkit import order
from house import House
from prometheus_client.parser import text_string_to_metric_families

DEMO = "demo.myshopify.com"
_SERVICE = {"type": "service_action", "service": "shopify"}


@dataclass(frozen=True)
class Scrape:
    """The answer of `GET /metrics`."""

    text: str

    def samples(self, name: str) -> list[Any]:
        """Return the samples of a name as it stands in the text, such as ``…_total`` or ``…_bucket``."""
        families = text_string_to_metric_families(self.text)
        return [sample for family in families for sample in family.samples if sample.name == name]

    def names(self) -> dict[str, set[str]]:
        """Return the names of all samples with the labels that they carry."""
        found: dict[str, set[str]] = {}
        for family in text_string_to_metric_families(self.text):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
        return found

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of the samples that carry these labels."""
        chosen = [one for one in self.samples(name) if labels.items() <= one.labels.items()]
        return float(sum(one.value for one in chosen))


def scraped(house: House) -> Scrape:
    """Scrape a host from its own machine."""
    status, text = house.server.get("/metrics")
    assert status == 200, text
    return Scrape(text)


def used(house: House) -> None:
    """Connect a store, read and write, be refused, take deliveries in, run workflows, and renew a token."""
    ada = house.person("ada")
    house.connect(ada, DEMO)
    assert ada.get("/api/shopify/products").status_code == 200
    assert ada.get("/api/shopify/products?limit=0").status_code == 400
    assert ada.post("/api/chat", json={"message": "list products"}).status_code == 200
    assert ada.post("/api/auth/shopify/refresh").status_code == 200
    assert house.deliver("orders/create", order(4711), webhook_id="first").status_code == 200
    assert house.deliver("orders/create", order(4711), webhook_id="first").status_code == 200
    assert house.deliver("orders/create", b"{}", hmac_sha256="bm9uc2Vuc2U=").status_code == 401
    _run(ada, "reads", {"id": "read", **_SERVICE, "action": "store_get", "parameters": {}})
    _run(ada, "fails", {"id": "read", **_SERVICE, "action": "product_get", "parameters": {"id": 1}})
    _run(ada, "asks", {"id": "ask", "type": "approval", "message": "Go on?"})


def _run(person: Any, name: str, step: dict[str, Any]) -> None:
    made = person.post("/api/workflows/definitions", json={"id": name, "name": name.title(), "steps": [step]})
    assert made.status_code == 200, made.data
    ran = person.post("/api/workflows/execute", json={"workflow_id": name, "wait": 20})
    assert ran.status_code in (200, 202), ran.data
