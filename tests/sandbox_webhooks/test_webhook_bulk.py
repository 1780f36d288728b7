"""The webhook bulk_operations/finish."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hookshop import DEMO

TOPIC = "BULK_OPERATIONS_FINISH"
RUN = "mutation ($query: String!) { bulkOperationRunQuery(query: $query) { bulkOperation { id } } }"
CANCEL = "mutation ($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }"
PRODUCTS = "{ products { edges { node { id title } } } }"


@pytest.fixture
def run(shop, receiver, sandbox):
    """Subscribe; return a function that runs a bulk query to its end and gives its id and what was delivered."""
    shop.subscribe(TOPIC, receiver.url)

    def run(query: str = PRODUCTS, *, cancel: bool = False):
        sandbox.bulk.change({"hold": cancel})
        gid = shop.graphql(RUN, query=query)["bulkOperationRunQuery"]["bulkOperation"]["id"]
        if cancel:
            shop.graphql(CANCEL, id=gid)
            sandbox.bulk.change({"hold": False})
        assert sandbox.bulk.settle(20)
        shop.settle()
        return gid, receiver.of("bulk_operations/finish")

    return run


def test_the_end_is_told_with_a_signature_and_without_an_address(run, sandbox):
    gid, (delivery,) = run()
    node = sandbox.store(DEMO).get(gid)
    secret = sandbox.app.secrets[0].encode()
    signature = base64.b64encode(hmac.new(secret, delivery.body, hashlib.sha256).digest()).decode()
    assert delivery.headers["X-Shopify-Hmac-Sha256"] == signature
    told = delivery.json
    offset = told["completed_at"][-6:]
    assert offset in ("+01:00", "+02:00")
    assert told == {
        "admin_graphql_api_id": gid,
        "completed_at": told["completed_at"],
        "created_at": told["created_at"],
        "error_code": None,
        "status": "completed",
        "type": "query",
    }
    assert node["completedAt"] is not None


def test_a_failure_is_told_with_its_code(run, sandbox):
    sandbox.faults.add({"kind": "bulk_fails", "error_code": "TIMEOUT"})
    _, (delivery,) = run()
    told = delivery.json
    assert (told["status"], told["error_code"], told["completed_at"]) == ("failed", "timeout", None)


def test_a_cancellation_is_told_once_it_is_done(run):
    gid, (delivery,) = run(cancel=True)
    assert (delivery.json["admin_graphql_api_id"], delivery.json["status"]) == (gid, "canceled")


def test_a_webhook_that_is_lost(run, sandbox):
    sandbox.faults.add({"kind": "bulk_finish_lost"})
    assert run()[1] == []
    assert len(run()[1]) == 1


def test_a_filter_chooses_what_is_told(shop, receiver, run):
    for gid in shop.subscriptions():
        shop.graphql(
            "mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId } }", id=gid
        )
    shop.subscribe(TOPIC, receiver.url, filter="status:failed")
    assert run()[1] == []
    shop.sandbox.faults.add({"kind": "bulk_fails"})
    assert len(run()[1]) == 1
