"""A scripted Shopify, and the client's parts pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted import ScriptedShopify, Time

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle import Throttle
from atom_shopify_plugin.shopify.transport import Transport

DOCUMENTS = """
query ThingGet($id: ID!) { thing: product(id: $id) { id title priceRangeV2 { minVariantPrice { amount } } } }
query ThingList($first: Int!, $query: String) { products(first: $first, query: $query) { nodes { id } } }
mutation ThingCreate($title: String!) {
  productCreate(product: {title: $title}) { product { id } userErrors { field message } }
}
mutation ThingSet($input: InventorySetQuantitiesInput!, $idempotency_key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $idempotency_key) { userErrors { field message code } }
}
query ThingValue { shop { metafield(namespace: "a", key: "b") { id jsonValue } } }
"""


@pytest.fixture
def shopify() -> Iterator[ScriptedShopify]:
    server = ScriptedShopify()
    yield server
    server.close()


@pytest.fixture
def elsewhere() -> Iterator[ScriptedShopify]:
    """Another host, which nobody may ever ask."""
    server = ScriptedShopify()
    yield server
    server.close()
    assert server.requests == []


@pytest.fixture
def transport(shopify: ScriptedShopify) -> Iterator[Transport]:
    transport = Transport(shopify.endpoint, max_bytes=1024 * 1024)
    yield transport
    transport.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, and its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "certificate.pem"
    path.write_bytes(secret + made.public_bytes(pem))
    return path


@pytest.fixture
def shop() -> ShopDomain:
    return ShopDomain("demo.myshopify.com")


@pytest.fixture
def token() -> Secret:
    return Secret("shpat_canary")


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    (tmp_path / "things.graphql").write_text(DOCUMENTS)
    return Documents.load(tmp_path)


@pytest.fixture
def moments() -> Time:
    return Time()


@pytest.fixture
def throttle(moments: Time) -> Throttle:
    return Throttle(clock=moments, wait=moments.wait)


@pytest.fixture
def client(transport: Transport, throttle: Throttle, moments: Time) -> Client:
    """A client whose pauses take no time and are always as long as they may be."""
    return Client(
        transport, throttle, version="2026-10", timeout=30, clock=moments, sleep=moments.sleep, jitter=lambda: 1.0
    )
