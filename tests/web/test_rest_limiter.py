"""How many requests one person may send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask_limiter import Limiter
from limits.storage import Storage as LimitStorage
from webhost import Caller, SmallHost, error_of

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.web import blueprints

Make = Callable[..., Flask]


class AwayStorage(LimitStorage):
    """A place to count in that can't be reached."""

    STORAGE_SCHEME = ["away"]  # noqa: RUF012  # the library reads it like this

    @property
    def base_exceptions(self) -> type[Exception]:
        return ConnectionError

    def incr(self, *_args: Any, **_options: Any) -> int:
        raise ConnectionError

    def get(self, *_args: Any) -> int:
        raise ConnectionError

    def get_expiry(self, *_args: Any) -> float:
        raise ConnectionError

    def check(self) -> bool:
        return False

    def reset(self) -> int | None:
        raise ConnectionError

    def clear(self, *_args: Any) -> None:
        raise ConnectionError


@pytest.fixture
def make(environ: dict[str, str], host: SmallHost) -> Iterator[Make]:
    """Return an application with a limit of 3 requests in an hour, or other settings."""
    runtimes: list[Runtime] = []

    def build(app: Flask | None = None, **changes: str) -> Flask:
        settings = Settings.from_environ({**environ, "ATOM_SHOPIFY_RATE_LIMIT": "3 per hour", **changes})
        runtimes.append(Runtime(settings))
        app = app or Flask("limited_host")
        for blueprint in blueprints(runtimes[-1], host):
            app.register_blueprint(blueprint)
        return app

    yield build
    for runtime in runtimes:
        runtime.close()


def statuses(person: Caller, count: int, path: str = "/api/shopify/stores") -> list[int]:
    return [person.get(path).status_code for _ in range(count)]


def test_more_than_the_limit_is_429_with_the_time_to_wait(make: Make) -> None:
    person = Caller(make(), "ada")
    assert statuses(person, 3) == [200, 200, 200]
    response = person.get("/api/shopify/usage")
    error = error_of(response)
    assert (response.status_code, error["code"], error["retryable"]) == (429, "RATE_LIMITED", True)
    assert 1 <= int(response.headers["Retry-After"]) <= 3600


def test_each_person_has_an_allowance_of_their_own(make: Make) -> None:
    app = make()
    assert statuses(Caller(app, "ada"), 4)[-1] == 429
    assert statuses(Caller(app, "mallory"), 3) == [200, 200, 200]
    # The same name in another tenant is another person.
    assert statuses(Caller(app, "foreign"), 3) == [200, 200, 200]


def test_acting_for_others_uses_the_own_allowance(make: Make) -> None:
    app = make()
    service = Caller(app, "service")
    assert [service.get(f"/api/shopify/stores?user_id=person{n}").status_code for n in range(4)] == [200, 200, 200, 429]


def test_who_is_not_signed_in_uses_up_nobodys_allowance(make: Make) -> None:
    app = make()
    assert statuses(Caller(app, None), 5) == [401] * 5
    assert statuses(Caller(app, "ada"), 3) == [200] * 3


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-User-Id"])
def test_no_header_buys_a_new_allowance(make: Make, header: str) -> None:
    person = Caller(make(), "ada")
    answers = [person.get("/api/shopify/stores", headers={header: f"10.0.0.{n}"}).status_code for n in range(4)]
    assert answers == [200, 200, 200, 429]


def test_liveness_and_the_way_back_from_shopify_are_not_limited(make: Make) -> None:
    person = Caller(make(), "ada")
    assert statuses(person, 5, "/api/shopify/health/live") == [200] * 5
    assert set(statuses(person, 5, "/api/auth/shopify/callback")) == {400}


def test_with_its_storage_away_it_counts_in_memory(make: Make) -> None:
    person = Caller(make(ATOM_SHOPIFY_RATE_LIMIT_STORAGE="away://"), "ada")
    assert statuses(person, 4) == [200, 200, 200, 429]


def test_a_limit_that_can_not_be_read_is_said_and_not_ignored(make: Make) -> None:
    response = Caller(make(ATOM_SHOPIFY_RATE_LIMIT="a few"), "ada").get("/api/shopify/stores")
    error = error_of(response)
    assert (response.status_code, error["code"]) == (500, "CONFIG_ERROR")
    assert error["details"] == {"setting": "ATOM_SHOPIFY_RATE_LIMIT"}


def test_a_host_with_a_limiter_of_its_own_keeps_it_and_we_keep_ours(make: Make) -> None:
    app = Flask("host_with_limiter")
    app.config["RATELIMIT_APPLICATION"] = "5 per hour"
    theirs = Limiter(lambda: "everybody", app=app, storage_uri="memory://")

    @app.get("/theirs")
    def page() -> str:
        return "theirs"

    make(app)
    assert app.extensions["limiter"] == {theirs}
    person = Caller(app, "ada")
    assert statuses(person, 4) == [200, 200, 200, 429]
    # Our refusal counted as the fourth request with them; two more and theirs refuses, too.
    assert [person.get("/theirs").status_code for _ in range(2)] == [200, 429]
