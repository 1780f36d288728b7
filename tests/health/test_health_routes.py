"""Health over HTTP, in the shapes of ATOM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from webhost import Caller, data_of, error_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

HEALTH = "/api/shopify/health"
WORDS = {"healthy", "degraded", "unhealthy"}


def test_health_has_the_members_that_atom_reads(ada: Caller) -> None:
    response = ada.get(HEALTH)
    body = response.json
    assert body is not None
    assert body["service"] == "shopify"
    assert body["status"] in WORDS
    assert body["timestamp"]
    assert {"database", "oauth_config", "service"} <= set(body["checks"])
    for check in body["checks"].values():
        assert check["status"] in WORDS
        assert check["message"]
    assert data_of(response)["checks"] == body["checks"]


def test_tokens_have_the_members_that_atom_reads(ada: Caller) -> None:
    body = ada.get(f"{HEALTH}/tokens?user_id=ada").json
    assert body is not None
    assert body["success"] is True
    assert {
        "user_id",
        "has_tokens",
        "token_status",
        "shop_domain",
        "shop_id",
        "last_refreshed",
        "expires_at",
        "message",
    } <= set(body["token_health"])
    assert datetime.now(UTC) - datetime.fromisoformat(body["token_health"]["last_refreshed"]) < timedelta(minutes=10)


def test_a_stranger_is_told_of_no_token(mallory: Caller, ada: Caller) -> None:
    health = data_of(mallory.get(f"{HEALTH}/tokens"))["token_health"]
    assert (health["token_status"], health["shop_domain"], health["stores"]) == ("not_configured", None, [])


def test_the_connection_of_an_owner_is_connected(ada: Caller) -> None:
    body = ada.get(f"{HEALTH}/connection").json
    assert body is not None
    assert body["connection_status"] == "connected"
    assert set(body["test_result"]) == {"shop_name", "shop_domain", "api_response_time"}


def test_the_connection_of_a_stranger_is_unauthenticated(mallory: Caller) -> None:
    response = mallory.get(f"{HEALTH}/connection")
    assert response.status_code == 401
    assert response.json is not None
    assert response.json["connection_status"] == "unauthenticated"
    assert response.json["error"]["code"] == "STORE_NOT_CONNECTED"


def test_a_connection_that_fails_says_so(ada: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "html", "times": None})
    response = ada.get(f"{HEALTH}/connection")
    assert response.status_code == 502
    assert response.json is not None
    assert (response.json["ok"], response.json["connection_status"]) == (False, "failed")


def test_the_summary_has_the_members_that_atom_reads(ada: Caller) -> None:
    body = ada.get(f"{HEALTH}/summary").json
    assert body is not None
    assert body["overall_status"] in WORDS
    assert set(body["components"]) == {"overall", "tokens", "connection"}
    assert body["components"]["connection"]["connection_status"] == "connected"
    assert set(body["objectives"]) == {"hour", "day", "goals"}


def test_the_summary_is_an_answer_while_the_database_is_away(
    ada: Caller, runtime: Runtime, environ: dict[str, str]
) -> None:
    runtime.storage.engine.dispose()
    data_dir = Path(environ["ATOM_SHOPIFY_DATA_DIR"])
    away = data_dir.with_name("away")
    data_dir.rename(away)
    data_dir.write_bytes(b"a file where the folder was")
    response = ada.get(f"{HEALTH}/summary")
    data_dir.unlink()
    away.rename(data_dir)
    body = data_of(response)
    assert (response.status_code, body["overall_status"]) == (200, "unhealthy")
    assert body["components"]["tokens"]["token_status"] == "unknown"


def test_the_summary_of_a_stranger_has_no_connection(mallory: Caller, ada: Caller) -> None:
    components = data_of(mallory.get(f"{HEALTH}/summary"))["components"]
    assert components["connection"]["connection_status"] == "unauthenticated"
    assert components["tokens"]["token_status"] == "not_configured"


def test_live_says_nothing_but_pass(client: FlaskClient) -> None:
    assert data_of(client.get(f"{HEALTH}/live")) == {"status": "pass"}


def test_another_store_of_nobody_is_404(ada: Caller) -> None:
    for path in ("tokens", "connection"):
        response = ada.get(f"{HEALTH}/{path}?shop=nobody.myshopify.com")
        assert (response.status_code, error_of(response)["code"]) == (404, "NOT_FOUND")
