"""The environment is read once and checked."""

from __future__ import annotations

import base64
import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.errors import Misconfigured
from atom_shopify_plugin.settings import Secret, Settings

KEY = base64.b64encode(b"k" * 32).decode()


def test_nothing_has_to_be_set() -> None:
    settings = Settings.from_environ({})
    assert settings.api_version == "2026-10"
    assert settings.database_url.startswith("sqlite:///")
    assert settings.redirect_uri == "http://127.0.0.1:5058/api/auth/shopify/callback"
    assert not settings.has_app


@pytest.mark.parametrize("name", ["SHOPIFY_API_KEY", "SHOPIFY_CLIENT_ID", "SHOPIFY_APP_CLIENT_ID"])
def test_the_names_that_hosts_use_are_understood(name: str) -> None:
    assert Settings.from_environ({name: "abc"}).api_key == "abc"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ATOM_SHOPIFY_ENDPOINT", "http://evil.com:80"),
        ("ATOM_SHOPIFY_ENDPOINT", "http://127.0.0.1.evil.com:80"),
        ("ATOM_SHOPIFY_ENDPOINT", "http://127.0.0.1@evil.com:80"),
        ("ATOM_SHOPIFY_ENDPOINT", "http://127.0.0.1"),
        ("ATOM_SHOPIFY_ENDPOINT", "https://127.0.0.1:443"),
        ("ATOM_SHOPIFY_ENDPOINT", "http://127.0.0.1:99999"),
        ("ATOM_SHOPIFY_ENDPOINT", "http://127.0.0.1:80/path"),
        ("ATOM_SHOPIFY_ENDPOINT", "http://0.0.0.0:80"),
        ("SHOPIFY_API_VERSION", "latest"),
        ("SHOPIFY_API_VERSION", "2026-11"),
        ("ATOM_SHOPIFY_PUBLIC_URL", "atom.example.com"),
        ("ATOM_SHOPIFY_PUBLIC_URL", "javascript:alert(1)"),
        ("ATOM_SHOPIFY_TIMEOUT", "0"),
        ("ATOM_SHOPIFY_TIMEOUT", "nan"),
        ("ATOM_SHOPIFY_TIMEOUT", "soon"),
        ("ATOM_SHOPIFY_ENCRYPTION_KEYS", "k1:short"),
        ("ATOM_SHOPIFY_ENCRYPTION_KEYS", KEY),
        ("ATOM_SHOPIFY_ENCRYPTION_KEYS", f"k1:{KEY},k1:{KEY}"),
    ],
)
def test_a_setting_that_can_not_be_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        Settings.from_environ({name: value})
    assert refused.value.details["setting"] == name
    assert KEY not in refused.value.message


@pytest.mark.parametrize("value", ["http://127.0.0.1:5059", "http://localhost:5059/", "http://[::1]:5059"])
def test_the_endpoint_may_be_on_this_machine(value: str) -> None:
    assert Settings.from_environ({"ATOM_SHOPIFY_ENDPOINT": value}).endpoint == value.rstrip("/")


@given(st.text(min_size=12).filter(lambda text: "*" not in text))
def test_a_secret_shows_itself_to_nobody(value: str) -> None:
    secret = Secret(value)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>9}", repr({"a": secret}), f"{[secret]}"]
    assert all(value not in text for text in shown)
    for leak in (pickle.dumps, json.dumps, copy.copy, hash):
        with pytest.raises(TypeError):
            leak(secret)  # type: ignore[operator]
    with pytest.raises(TypeError):
        _ = secret == Secret(value)
    assert secret.reveal() == value


def test_settings_do_not_show_their_secrets() -> None:
    shown = repr(Settings.from_environ({"SHOPIFY_API_SECRET": "hush-hush", "ATOM_SHOPIFY_ENCRYPTION_KEYS": f"k:{KEY}"}))
    assert "hush-hush" not in shown
    assert KEY not in shown
