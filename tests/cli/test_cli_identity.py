"""As whom the command line acts, the tokens of the host, and what the doctor finds in settings."""

from __future__ import annotations

import json

import pytest

from atom_shopify_plugin.host.app import create_app


def findings(answer):
    return json.loads(answer.stdout)["findings"]


def test_one_person_acts_by_default_and_gets_the_tokens(shell):
    assert json.loads(shell("whoami", "--json").stdout) == {"subject": "local", "source": "the default", "stores": []}
    shell("token", "create")
    (token,) = json.loads(shell("token", "list", "--json").stdout)
    assert (token["subject"], token["kind"]) == ("local", "bearer")


def test_the_setting_and_the_option_choose_another_person(shell):
    ada = {"ATOM_SHOPIFY_OPERATOR_SUBJECT": "ada"}
    assert json.loads(shell("whoami", "--json", **ada).stdout)["subject"] == "ada"
    chosen = json.loads(shell("--as", "bob", "whoami", "--json", **ada).stdout)
    assert (chosen["subject"], chosen["source"]) == ("bob", "--as")


@pytest.mark.parametrize("name", ["", " ", "a\x1b[2J", "x" * 201, "a\nb"])
def test_nobody_has_such_a_name(shell, name):
    answer = shell("--as", name, "whoami")
    assert answer.exit_code == 2
    assert "\x1b" not in answer.stderr


def test_the_person_may_be_named_behind_the_command_too(shell):
    assert json.loads(shell("whoami", "--json", "--as", "bob").stdout)["subject"] == "bob"
    assert json.loads(shell("token", "--as", "bob", "create", "--json").stdout)["subject"] == "bob"
    assert shell("whoami", "--as").exit_code == 2
    assert shell("chat", "--", "--as", "bob").exit_code == 1  # words of a question


def test_a_token_of_somebody_else_says_how_to_act_as_them(shell):
    answer = shell("token", "create", "--subject", "ada")
    assert answer.exit_code == 0
    assert "--as ada" in answer.stderr
    assert shell("token", "create").stderr == ""


def test_somebody_without_a_store_is_told_who_they_are_and_how_to_choose(shell):
    answer = shell("call", "product_search")
    assert answer.exit_code == 1
    assert "whoami" in answer.stderr
    assert "--as" in answer.stderr


def test_a_revoked_token_lets_nobody_in(shell, tmp_path):
    kept, lost = (shell("token", "create", "--subject", name).stdout.strip() for name in ("ada", "bob"))
    ids = {each["subject"]: each["id"] for each in json.loads(shell("token", "list", "--json").stdout)}
    assert kept not in shell("token", "list").stdout
    answer = shell("token", "revoke", ids["bob"], "--json")
    assert (answer.exit_code, json.loads(answer.stdout)) == (0, {"revoked": 1})
    host = create_app({"ATOM_HOST_DATA_DIR": str(tmp_path / "data")})
    try:
        client = host.test_client()
        for token, status in ((kept, 200), (lost, 401)):
            got = client.get("/api/workflows/definitions", headers={"Authorization": f"Bearer {token}"})
            assert got.status_code == status
    finally:
        host.extensions["atom_host"].close()


def test_all_tokens_of_a_person_end_together(shell):
    for words in ([], [], ["--link"]):
        shell("token", "create", "--subject", "bob", *words)
    shell("token", "create", "--subject", "ada")
    assert shell("token", "revoke", "--subject", "bob").stdout == "3 tokens are ended.\n"
    assert [each["subject"] for each in json.loads(shell("token", "list", "--json").stdout)] == ["ada"]


def test_an_unknown_token_is_named_and_nothing_ends(shell):
    shell("token", "create")
    (token,) = json.loads(shell("token", "list", "--json").stdout)
    answer = shell("token", "revoke", token["id"], "0123456789abcdef")
    assert answer.exit_code == 1
    assert "0123456789abcdef" in answer.stderr
    assert len(json.loads(shell("token", "list", "--json").stdout)) == 1
    assert shell("token", "revoke").exit_code == 2


@pytest.mark.parametrize(
    ("settings", "name", "state", "word"),
    [
        ({}, "credentials", "warn", "SHOPIFY_API_KEY"),
        ({"SHOPIFY_API_KEY": "abc"}, "credentials", "fail", "SHOPIFY_API_SECRET"),
        ({"SHOPIFY_APIKEY": "abc"}, "unknown setting", "warn", "Did you mean SHOPIFY_API_KEY?"),
        ({"ATOM_HOST_DATADIR": "x"}, "unknown setting", "warn", "Did you mean ATOM_HOST_DATA_DIR?"),
        ({"SHOPIFY_SCOPES": "read_product,read_orders"}, "scope", "warn", "Did you mean read_products?"),
        ({"SHOPIFY_SCOPES": ","}, "scope", "fail", "SHOPIFY_SCOPES"),
        ({"ATOM_SHOPIFY_PUBLIC_URL": "http://shop.example.com"}, "public address", "fail", "https"),
        ({}, "public address", "warn", "ATOM_SHOPIFY_PUBLIC_URL"),
        (
            {
                "ATOM_SHOPIFY_PUBLIC_URL": "https://a.example.com",
                "SHOPIFY_REDIRECT_URI": "https://b.example.com/callback",
            },
            "redirect address",
            "warn",
            "b.example.com",
        ),
    ],
)
def test_the_doctor_finds_settings_that_can_not_work(shell, settings, name, state, word):
    found = [one for one in findings(shell("doctor", "--json", **settings)) if one["name"] == name]
    assert [one["state"] for one in found] == [state]
    assert word in f"{found[0]['detail']} {found[0]['remedy']}"


def test_the_doctor_looks_at_credentials_first_and_contradicts_nothing(shell):
    shell("db", "upgrade")
    found = findings(shell("doctor", "--json"))
    assert found[0]["name"] == "credentials"
    # Without an app, Shopify's page can't be the way to connect.
    (stores,) = [one for one in found if one["name"] == "stores"]
    assert "authorize" not in stores["remedy"]
    full = {
        "SHOPIFY_API_KEY": "k",
        "SHOPIFY_API_SECRET": "s",
        "ATOM_SHOPIFY_PUBLIC_URL": "https://atom.example.com",
    }
    fine = findings(shell("doctor", "--json", **full))
    assert {one["state"] for one in fine if one["name"] != "stores"} == {"ok"}


def test_the_doctors_colours_reach_a_terminal(shell):
    from click.testing import CliRunner

    from atom_shopify_plugin.cli import main

    answer = CliRunner().invoke(main, ["doctor"], color=True)
    assert "\\u001b" not in answer.stdout
    assert "\x1b[33mwarn" in answer.stdout


def test_a_token_may_be_made_for_looking_alone(shell):
    shell("token", "create", "--read-only", "--scope", "atom:operator")
    (token,) = json.loads(shell("token", "list", "--json").stdout)
    assert token["scopes"] == ["atom:operator", "atom:read_only"]
