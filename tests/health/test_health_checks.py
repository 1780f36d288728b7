"""Health tells the truth: each trouble moves its own check, nothing else, and the check comes back."""

from __future__ import annotations

import base64
import itertools
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.errors import PluginError, StoreNotConnected
from atom_shopify_plugin.health.report import Health
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.versions import supported_until

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

TODAY = date(2026, 11, 25)
DEMO = "demo.myshopify.com"


def health_of(runtime: Runtime, today: date = TODAY) -> Health:
    """Return a Health whose clock makes every result stale at once; a busy machine has time to answer."""
    return Health(runtime.services, clock=itertools.count(step=60.0).__next__, today=lambda: today, seconds=30.0)


def troubled(health: Health) -> dict[str, str]:
    # A write that takes long says how busy this machine is, and nothing of what a test is about.
    checks = [check for check in health.checks() if check.detail != "A small write takes a long time."]
    return {check.name: check.status for check in checks if check.status != "ok"}


def call(runtime: Runtime, principal: Principal, times: int = 1) -> None:
    for _ in range(times):
        with suppress(PluginError):
            runtime.actions.run(Call(principal, "store_get"))


@pytest.fixture
def build(environ: dict[str, str], sandbox: Sandbox) -> Iterator[Callable[..., Runtime]]:
    """Return runtimes with settings of their own."""
    from atom_shopify_plugin.sandbox.adapter import SandboxAdapter

    made: list[Runtime] = []

    def make(**changes: str) -> Runtime:
        values = {**environ, "ATOM_SHOPIFY_TIMEOUT": "1", **changes}
        made.append(
            Runtime(
                Settings.from_environ({name: value for name, value in values.items() if value}),
                adapter=SandboxAdapter(sandbox),
            )
        )
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()


def test_all_is_well_with_a_connected_store(runtime: Runtime, store: Store, principal: Principal) -> None:
    call(runtime, principal)
    checks = {check.name: check for check in health_of(runtime).checks()}
    assert {name: check.status for name, check in checks.items()} == {
        "database": "ok",
        "keys": "ok",
        "credentials": "ok",
        "tokens": "ok",
        "api": "ok",
        "clock": "ok",
        "version": "ok",
        "throttle": "ok",
        "objectives": "ok",
        "webhooks": "ok",
        "stock": "ok",
        "changes": "ok",
        "sync": "ok",
        "jobs": "ok",
    }
    assert checks["tokens"].data["connected"] == 1
    assert checks["api"].data["latency_ms"] >= 0
    assert checks["version"].data["days_left"] == 325
    assert checks["throttle"].data["calls_total"] >= 1


@pytest.mark.parametrize(("ahead", "status"), [(55, "ok"), (-55, "ok"), (70, "degraded"), (-3600, "degraded")])
def test_a_clock_that_is_off_is_told(
    runtime: Runtime, sandbox: Sandbox, store: Store, principal: Principal, ahead: float, status: str
) -> None:
    sandbox.clock.move(-ahead)
    for _ in range(5):
        call(runtime, principal)
    (check,) = (check for check in health_of(runtime).checks() if check.name == "clock")
    assert check.status == status
    assert check.data["ahead_seconds"] == pytest.approx(ahead, abs=3)


def test_a_database_without_its_tables_is_down(build: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = build(ATOM_SHOPIFY_DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}")
    health = health_of(runtime)
    assert troubled(health) == {"database": "down"}
    runtime.storage.upgrade()
    assert troubled(health) == {}


def test_a_database_that_is_away_is_down_and_nothing_else_is(
    build: Callable[..., Runtime], environ: dict[str, str]
) -> None:
    runtime = build()
    health = health_of(runtime)
    assert troubled(health) == {}
    runtime.storage.engine.dispose()
    data_dir = Path(environ["ATOM_SHOPIFY_DATA_DIR"])
    away = data_dir.with_name("away")
    data_dir.rename(away)
    data_dir.write_bytes(b"a file where the folder was")
    assert troubled(health) == {"database": "down"}
    data_dir.unlink()
    away.rename(data_dir)
    assert troubled(health) == {}


def test_the_summary_of_a_database_that_is_away_is_an_answer(
    runtime: Runtime, environ: dict[str, str], store: Store, principal: Principal
) -> None:
    health = health_of(runtime)
    usual = health.summary(principal)
    runtime.storage.engine.dispose()
    data_dir = Path(environ["ATOM_SHOPIFY_DATA_DIR"])
    away = data_dir.with_name("away")
    data_dir.rename(away)
    data_dir.write_bytes(b"a file where the folder was")
    summary = health.summary(principal)
    data_dir.unlink()
    away.rename(data_dir)
    assert (summary["overall_status"], summary["objectives"]) == ("down", None)
    parts = summary["components"]
    assert parts["tokens"].keys() == usual["components"]["tokens"].keys()
    assert (parts["tokens"]["token_status"], parts["connection"]["connection_status"]) == ("unknown", "unknown")
    assert health.summary(principal)["components"]["tokens"]["token_status"] == "active"


def test_missing_credentials_are_named(build: Callable[..., Runtime]) -> None:
    health = health_of(build(SHOPIFY_API_SECRET=""))
    assert troubled(health) == {"credentials": "degraded"}
    (check,) = [check for check in health.checks() if check.name == "credentials"]
    assert "SHOPIFY_API_SECRET" in check.detail


def test_a_store_that_must_be_connected_again_degrades_the_tokens(
    runtime: Runtime, store: Store, sandbox: Sandbox, principal: Principal
) -> None:
    from atom_shopify_plugin.sandbox.accounts import CUSTOM_APP

    health = health_of(runtime)
    assert troubled(health) == {}
    sandbox.account(DEMO).tokens.uninstall(CUSTOM_APP)
    call(runtime, principal)
    assert troubled(health) == {"tokens": "degraded"}
    (check,) = [check for check in health.checks() if check.name == "tokens"]
    assert check.data["reauth_required"] == 1
    assert health.tokens(principal)["token_status"] == "expired"


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 503}, {"kind": "html"}])
def test_trouble_with_shopify_degrades_the_api_until_the_next_good_call(
    build: Callable[..., Runtime], store: Store, sandbox: Sandbox, principal: Principal, fault: dict[str, Any]
) -> None:
    runtime = build()
    health = health_of(runtime)
    sandbox.faults.add({**fault, "times": None})
    call(runtime, principal)
    assert troubled(health) == {"api": "degraded"}
    sandbox.faults.clear()
    call(runtime, principal)
    assert troubled(health) == {}


@pytest.mark.parametrize(
    ("version", "today", "status"),
    [
        ("2026-10", TODAY, None),
        ("2026-10", date(2027, 8, 20), "degraded"),  # less than 60 days left
        ("2026-10", date(2027, 10, 17), "degraded"),
        ("2023-10", TODAY, "degraded"),
        ("unstable", TODAY, "degraded"),
    ],
)
def test_the_age_of_the_api_version_is_told(
    build: Callable[..., Runtime], version: str, today: date, status: str | None
) -> None:
    health = health_of(build(SHOPIFY_API_VERSION=version), today)
    assert troubled(health) == ({} if status is None else {"version": status})


def test_a_version_that_shopify_replaces_is_seen(
    build: Callable[..., Runtime], store: Store, sandbox: Sandbox, principal: Principal
) -> None:
    runtime = build()
    health = health_of(runtime)
    sandbox.versions.retire("2026-10")
    call(runtime, principal)
    (check,) = [check for check in health.checks() if check.status != "ok"]
    assert check.name == "version"
    assert "2027-01" in check.detail


@pytest.mark.parametrize(
    ("version", "day"),
    [
        ("2026-04", date(2027, 4, 16)),
        ("2026-07", date(2027, 7, 16)),
        ("2026-10", date(2027, 10, 16)),
        ("2027-01", date(2028, 1, 16)),
        ("unstable", None),
    ],
)
def test_a_version_is_served_for_a_year_and_a_fortnight(version: str, day: date | None) -> None:
    assert supported_until(version) == day


def test_objectives_that_were_missed_are_named_once_there_were_enough_calls(runtime: Runtime) -> None:
    health = health_of(runtime)
    for _ in range(5):
        runtime.storage.usage.record("rest", "x", False, 2.0)
    assert troubled(health) == {}
    for _ in range(20):
        runtime.storage.usage.record("rest", "x", False, 2.0)
    (check,) = [check for check in health.checks() if check.status != "ok"]
    assert (check.name, check.status) == ("objectives", "degraded")
    assert "response_time_p95_ms" in check.detail
    assert "availability" in check.detail


def test_objectives_are_measured_over_an_hour_and_a_day(runtime: Runtime) -> None:
    usage = runtime.storage.usage
    for number in range(100):
        usage.record("rest", "x", number != 0, 0.01)
        usage.record("action", "x", True, 0.01)
        usage.record("oauth", "connect", number >= 2, 0.2)
    found = health_of(runtime).summary()["objectives"]
    for window in (found["hour"], found["day"]):
        assert window["response_time_p95_ms"] <= 20
        assert window["error_rate"] == 0
        assert window["oauth_success"] == 0.98
        assert window["availability"] == 0.99
        assert window["inventory_accuracy"] is None
        assert window["requests"] == 100
        assert window["met"] == {
            "response_time_p95_ms": True,
            "error_rate": True,
            "oauth_success": False,
            "availability": False,
            "inventory_accuracy": None,
        }
    assert found["goals"]["availability"] == 0.999


def test_what_was_not_measured_is_not_known(runtime: Runtime) -> None:
    objectives = health_of(runtime).summary()["objectives"]
    assert objectives["hour"]["met"] == dict.fromkeys(objectives["goals"])


def test_a_result_is_good_for_five_seconds(runtime: Runtime) -> None:
    now = [0.0]
    health = Health(runtime.services, clock=lambda: now[0], today=lambda: TODAY, seconds=30.0)
    reporters = health.reporters()
    first = reporters["tokens"]()
    now[0] = 4.9
    assert reporters["tokens"]() is first
    now[0] = 5.1
    assert reporters["tokens"]() is not first


def test_reporters_have_the_names_of_the_checks_and_hold_no_store(runtime: Runtime, store: Store) -> None:
    health = health_of(runtime)
    reporters = health.reporters()
    assert list(reporters) == [check.name for check in health.checks()]
    for name, report in reporters.items():
        check = report()
        assert check.name == name
        assert "demo" not in repr(check)
        assert "shpat" not in repr(check)


def test_a_database_that_accepts_and_never_answers_is_reported_within_the_second(build: Callable[..., Runtime]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        runtime = build(
            ATOM_SHOPIFY_DATABASE_URL=f"postgresql+psycopg://atom@127.0.0.1:{port}/atom",
            ATOM_SHOPIFY_ENCRYPTION_KEYS="one:" + base64.b64encode(bytes(32)).decode(),
        )
        check = Health(runtime.services).reporters()["database"]()
        assert (check.status, check.detail) == ("down", "There was no answer within 1 s.")


def test_tokens_of_nobody_are_not_configured(runtime: Runtime, stranger: Principal) -> None:
    found = health_of(runtime).tokens(stranger)
    assert (found["token_status"], found["has_tokens"], found["shop_domain"]) == ("not_configured", False, None)
    assert found["connect_url"]


def test_tokens_of_an_owner_name_the_store(runtime: Runtime, store: Store, principal: Principal) -> None:
    found = health_of(runtime).tokens(principal)
    assert (found["token_status"], found["has_tokens"], found["shop_domain"]) == ("active", True, DEMO)
    assert found["user_id"] == "ada"
    assert [entry["shop_domain"] for entry in found["stores"]] == [DEMO]


def test_the_connection_is_tried_for_real(runtime: Runtime, store: Store, principal: Principal) -> None:
    found = health_of(runtime).connection(principal)
    assert found["shop_domain"] == DEMO
    assert found["shop_name"]
    assert found["api_response_time"] >= 0


def test_without_a_store_there_is_no_connection(runtime: Runtime, stranger: Principal) -> None:
    with pytest.raises(StoreNotConnected):
        health_of(runtime).connection(stranger)
