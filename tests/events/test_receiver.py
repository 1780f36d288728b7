"""The receiver: what is let in, what is not, and in which order it is looked at."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from corpus import BODY, POISON, UNUSABLE, spoilt
from eventkit import DEMO, OUTLET, PATH, PREVIOUS, SECRET, Shopify, connect, encoded, headers_of, order
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webhost import SmallHost, data_of, error_of

from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.events.intake import read_delivery
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.webhooks import sign, verify
from atom_shopify_plugin.web import blueprints

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.sandbox.core import Sandbox


def stored(runtime: Runtime) -> int:
    return len(runtime.storage.jobs.list(kind="delivery", limit=250))


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS], ids=["current", "previous"])
@pytest.mark.parametrize("family", ["X-Shopify-", "Shopify-", "x-shopify-"])
def test_a_signed_delivery_is_stored_and_answered_200(
    shopify: Shopify, runtime: Runtime, secret: Secret, family: str
) -> None:
    response = shopify.send(BODY, headers_of(BODY, "orders/create", secret=secret, family=family))
    assert response.status_code == 200
    assert data_of(response) == {"stored": True}
    (row,) = runtime.storage.jobs.list(kind="delivery")
    assert (row.subject, row.shop, row.state, row.has_body) == ("orders/create", "demo.myshopify.com", "pending", True)


@pytest.mark.parametrize("what", list(spoilt(BODY)))
def test_a_wrong_signature_is_answered_401_and_nothing_is_stored(shopify: Shopify, runtime: Runtime, what: str) -> None:
    response = shopify.send(BODY, headers_of(BODY, "orders/create", hmac_sha256=spoilt(BODY)[what]))
    assert response.status_code == 401
    assert error_of(response)["code"] == "WRONG_SIGNATURE"
    assert stored(runtime) == 0


def test_a_signature_that_ends_in_a_newline_is_refused() -> None:
    assert not verify(BODY, sign(BODY, SECRET) + "\n", [SECRET])


def test_no_signature_is_a_wrong_signature(shopify: Shopify) -> None:
    headers = headers_of(BODY, "orders/create")
    del headers["X-Shopify-Hmac-Sha256"]
    assert shopify.send(BODY, headers).status_code == 401
    assert shopify.send(BODY, {"Content-Type": "application/json"}).status_code == 401


@given(st.binary(max_size=200), st.integers(0, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_any_bytes_pass_with_their_signature_and_none_with_one_bit_changed(body: bytes, bit: int) -> None:
    good = base64.b64decode(sign(body, SECRET))
    changed = bytearray(good)
    changed[bit // 8] ^= 1 << bit % 8
    assert verify(body, base64.b64encode(good).decode(), [SECRET])
    assert not verify(body, base64.b64encode(bytes(changed)).decode(), [SECRET])


def test_headers_of_both_families_are_refused_even_when_signed(shopify: Shopify, runtime: Runtime) -> None:
    headers = {**headers_of(BODY, "orders/create"), "Shopify-Topic": "orders/create"}
    assert shopify.send(BODY, headers).status_code == 400
    assert stored(runtime) == 0


@pytest.mark.parametrize("name", ["Hmac-Sha256", "Topic", "Shop-Domain", "Webhook-Id"])
def test_a_comma_in_a_control_header_is_refused_before_the_signature_counts(
    shopify: Shopify, runtime: Runtime, name: str
) -> None:
    headers = headers_of(BODY, "orders/create")
    headers[f"X-Shopify-{name}"] += f",{headers[f'X-Shopify-{name}']}"
    response = shopify.send(BODY, headers)
    assert response.status_code == 400
    assert error_of(response)["details"]["faults"][0]["pointer"] == f"/X-Shopify-{name}"
    assert stored(runtime) == 0


@given(st.dictionaries(st.sampled_from(["X-Shopify-Topic", "Shopify-Topic", "X-Shopify-Name", "Other"]), st.text()))
def test_two_families_never_pass(headers: dict[str, str]) -> None:
    get = {name.lower(): value for name, value in headers.items()}.get
    old, new = {"X-Shopify-Topic", "X-Shopify-Name"} & headers.keys(), {"Shopify-Topic"} & headers.keys()
    if (old and new) or any("," in headers.get(name, "") for name in ("X-Shopify-Topic", "Shopify-Topic")):
        with pytest.raises(InvalidInput):
            read_delivery(get)
    else:
        assert read_delivery(get).topic == next((headers[name] for name in (old | new) if "Topic" in name), "")


def test_what_is_not_json_is_refused_after_the_signature(shopify: Shopify) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml", ""):
        good = {**headers_of(BODY, "orders/create"), "Content-Type": kind}
        assert shopify.send(BODY, good).status_code == 415
        bad = {**headers_of(BODY, "orders/create", secret=Secret("another")), "Content-Type": kind}
        assert shopify.send(BODY, bad).status_code == 401


@pytest.mark.parametrize(
    ("more", "status"),
    UNUSABLE,
    ids=str,
)
def test_a_signed_delivery_that_nobody_can_work_with_is_refused(
    shopify: Shopify, runtime: Runtime, more: dict[str, str], status: int
) -> None:
    options = {"topic": "orders/create", **more}
    topic = options.pop("topic")
    headers = headers_of(BODY, topic, **options)  # type: ignore[arg-type]  # all of them texts
    headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert shopify.send(BODY, headers).status_code == status
    assert stored(runtime) == 0


def test_unsigned_deliveries_look_the_same_whatever_they_name(shopify: Shopify) -> None:
    wrong = Secret("another")
    answers = {
        (response.status_code, error_of(response)["message"])
        for response in (
            shopify.deliver("orders/create", BODY, secret=wrong),
            shopify.deliver("orders/create", BODY, secret=wrong, shop="nobody-has-this.myshopify.com"),
            shopify.deliver("no topic", BODY, secret=wrong),
            shopify.deliver("customers/redact", BODY, secret=wrong),
        )
    }
    assert len(answers) == 1


def test_the_store_s_name_is_one_identity_in_any_case(shopify: Shopify, runtime: Runtime) -> None:
    assert shopify.deliver("orders/create", BODY, shop="DEMO.myshopify.com", webhook_id="a").status_code == 200
    again = shopify.deliver("orders/create", BODY, shop="demo.myshopify.com", webhook_id="a")
    assert data_of(again) == {"stored": False}


def test_a_repeated_delivery_is_answered_and_stored_once(shopify: Shopify, runtime: Runtime) -> None:
    answers = [data_of(shopify.deliver("orders/create", BODY, webhook_id="once"))["stored"] for _ in range(4)]
    assert answers == [True, False, False, False]
    assert stored(runtime) == 1


def test_the_same_webhook_id_counts_for_each_store(
    shopify: Shopify, runtime: Runtime, sandbox: Sandbox, principal: Principal
) -> None:
    connect(runtime, sandbox, principal, OUTLET)
    for shop in ("demo.myshopify.com", "outlet.myshopify.com"):
        body = encoded(order(note=shop))
        assert data_of(shopify.deliver("orders/create", body, shop=shop, webhook_id="same")) == {"stored": True}
    assert stored(runtime) == 2


@pytest.mark.usefixtures("store")
def test_a_body_without_a_length_a_compressed_and_a_huge_one_are_refused(client: FlaskClient, runtime: Runtime) -> None:
    headers = headers_of(BODY, "orders/create")
    chunked = client.post(PATH, headers={**headers, "Transfer-Encoding": "chunked"}, input_stream=None)
    assert chunked.status_code == 411
    packed = client.post(PATH, data=BODY, headers={**headers, "Content-Encoding": "gzip"})
    assert packed.status_code == 415
    huge = client.post(PATH, data=b" " * (8 * 1024 * 1024 + 1), headers=headers)
    assert huge.status_code == 413
    assert stored(runtime) == 0


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE"])
def test_only_post_is_taken(client: FlaskClient, method: str) -> None:
    response = client.open(PATH, method=method)
    assert response.status_code == 405
    assert error_of(response)["code"] == "METHOD_NOT_ALLOWED"


def test_a_merchant_s_own_app_signs_with_its_own_secret(
    environ: dict[str, str], sandbox: Sandbox, principal: Principal, host: SmallHost
) -> None:
    configured = {**environ, "SHOPIFY_API_KEY": "ours", "SHOPIFY_API_SECRET": "the-secret-of-ours"}
    runtime = Runtime(Settings.from_environ(configured), adapter=SandboxAdapter(sandbox))
    app = Flask("own")
    for blueprint in blueprints(runtime, host):
        app.register_blueprint(blueprint)
    shopify = Shopify(app)
    runtime.connections.connect_client_credentials(principal, DEMO, "sandbox-key", SECRET)
    assert shopify.deliver("orders/create", BODY, secret=SECRET).status_code == 200
    (row,) = runtime.storage.jobs.list(kind="delivery")
    assert (row.app, row.shop) == ("sandbox-key", DEMO.name)
    assert shopify.deliver("orders/create", BODY, secret=SECRET, shop=OUTLET.name).status_code == 401
    assert shopify.deliver("orders/create", BODY, secret=Secret("the-secret-of-ours")).status_code == 404
    runtime.close()


@pytest.mark.parametrize(
    "body",
    POISON,
    ids=lambda body: repr(body[:24]),
)
def test_a_poisoned_body_is_stored_answered_200_and_stops_nothing(
    shopify: Shopify, runtime: Runtime, work: Callable[[], int], body: bytes
) -> None:
    assert shopify.deliver("orders/create", body).status_code == 200
    assert shopify.deliver("orders/create", order(5)).status_code == 200
    work()
    last, first = runtime.storage.jobs.list(kind="delivery")
    assert last.state == "done"
    assert first.state in ("done", "quarantined")
    assert "ada" not in first.reason
