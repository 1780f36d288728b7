"""The command line without a store: help, errors, exit codes, database, keys and tokens."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest
from cli_commands import GROUPS, LEAVES

from atom_shopify_plugin.cli import main
from atom_shopify_plugin.host.app import create_app


@pytest.mark.parametrize("words", [*GROUPS, *LEAVES], ids=lambda words: " ".join(words) or "atom-shopify")
def test_every_command_explains_itself_and_gives_examples(shell, words):
    answer = shell(*words, "--help")
    assert answer.exit_code == 0
    assert "Usage:" in answer.stdout
    assert "Example" in answer.stdout or words in GROUPS


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_a_wrong_option_is_a_usage_error(shell, words):
    answer = shell(*words, "--no-such-option")
    assert answer.exit_code == 2
    assert "No such option" in answer.stderr


def test_the_exit_codes_are_documented(shell):
    assert "Exit codes: 0" in shell("--help").stdout


def test_the_version_is_told(shell):
    assert shell("--version").stdout.startswith("atom-shopify, version ")


def test_the_program_needs_no_heavy_module_to_answer_help():
    heavy = ("graphql", "sqlalchemy", "alembic", "flask", "requests", "faker", "jwt", "prometheus_client")
    code = f"import sys, atom_shopify_plugin.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_actions_can_be_listed_and_filtered(shell):
    everything = json.loads(shell("actions", "list", "--json").stdout)
    assert {"product_create", "order_cancel"} <= {action["key"] for action in everything}
    destructive = json.loads(shell("actions", "list", "--effect", "destructive", "--json").stdout)
    assert {action["effect"] for action in destructive} == {"destructive"}
    orders = json.loads(shell("actions", "list", "cancel", "--domain", "orders", "--json").stdout)
    assert [action["key"] for action in orders] == ["order_cancel"]
    assert "product_create" in shell("actions", "list").stdout
    assert shell("actions", "list", "no such words").stdout == ""


def test_an_action_is_shown_by_key_and_alias(shell):
    shown = shell("actions", "show", "product_create")
    assert shown.exit_code == 0
    assert "title" in shown.stdout
    assert "atom-shopify call product_create --input" in shown.stdout
    by_alias = json.loads(shell("actions", "show", "create_product", "--json").stdout)
    assert by_alias["key"] == "product_create"
    assert by_alias["input"]["required"] == ["title"]


def test_an_unknown_action_is_one_clear_line(shell):
    answer = shell("call", "product_make")
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("error: There is no action of that name.")
    assert answer.stderr.count("\n") == 1


def test_with_json_an_error_is_json_too(shell):
    answer = shell("actions", "show", "product_make", "--json")
    assert answer.exit_code == 1
    body = json.loads(answer.stdout)
    assert body["ok"] is False
    assert body["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "source", ["{", "[]", "7", "NaN", "@missing.json", "@.", '{"a":' * 5000], ids=lambda source: source[:20]
)
def test_an_input_that_is_no_json_object_is_a_usage_error(shell, source):
    answer = shell("call", "product_get", "--input", source)
    assert answer.exit_code == 2
    assert "Traceback" not in answer.stderr
    assert "--input" in answer.stderr


def test_without_a_store_the_error_says_how_to_connect_one(shell):
    answer = shell("call", "product_search")
    assert answer.exit_code == 1
    assert answer.stderr.count("http://127.0.0.1:5058/shopify") == 1


def test_a_wrong_setting_is_one_clear_line(shell):
    answer = shell("stores", "list", SHOPIFY_API_VERSION="soon")
    assert answer.exit_code == 1
    assert answer.stderr == "error: SHOPIFY_API_VERSION must look like 2026-10.\n"


def test_a_foreign_shop_domain_is_refused(shell):
    answer = shell("call", "store_get", "--shop", "evil.example.com")
    assert answer.exit_code == 1
    assert "myshopify.com" in answer.stderr


def test_the_database_is_made_and_its_revision_told(shell):
    fresh = shell("db", "current", "--json")
    assert (fresh.exit_code, json.loads(fresh.stdout)["current"]) == (1, None)
    first = json.loads(shell("db", "upgrade", "--json").stdout)
    assert first["before"] is None
    again = json.loads(shell("db", "upgrade", "--json").stdout)
    assert again["before"] == again["after"] == first["after"]
    current = shell("db", "current", "--json")
    assert (current.exit_code, json.loads(current.stdout)["up_to_date"]) == (0, True)
    assert shell("db", "cleanup").exit_code == 0


def test_a_generated_key_can_be_used(shell):
    key = shell("keys", "generate").stdout.strip()
    assert shell("db", "upgrade", ATOM_SHOPIFY_ENCRYPTION_KEYS=key).exit_code == 0
    rotated = json.loads(shell("keys", "rotate", "--json", ATOM_SHOPIFY_ENCRYPTION_KEYS=key).stdout)
    assert rotated["new_key"] is None


@pytest.mark.slow
def test_rotating_a_ring_in_the_folder_makes_a_new_key(shell):
    assert shell("db", "upgrade").exit_code == 0
    first = json.loads(shell("keys", "rotate", "--json").stdout)
    second = json.loads(shell("keys", "rotate", "--json").stdout)
    assert first["new_key"]
    assert first["new_key"] != second["new_key"]


def test_a_token_made_here_lets_its_subject_into_the_host(shell, tmp_path):
    token = shell("token", "create", "--subject", "ada", "--scope", "atom:operator").stdout.strip()
    app = create_app({"ATOM_HOST_DATA_DIR": str(tmp_path / "data")}, [])
    client = app.test_client()
    answer = client.get("/api/health", headers={"Authorization": f"Bearer {token}"})
    link = json.loads(shell("token", "create", "--subject", "ada", "--link", "--json").stdout)["link"]
    signed_in = client.get(link.removeprefix("http://127.0.0.1:5058"))
    app.extensions["atom_host"].close()
    assert answer.status_code == 200
    assert signed_in.status_code == 303


@pytest.mark.parametrize("words", [["--subject", " "], ["--subject", "ada", "--days", "0"]])
def test_a_token_for_nobody_or_for_no_time_is_a_usage_error(shell, words):
    assert shell("token", "create", *words).exit_code == 2


def test_a_sample_secret_stops_what_would_use_it(shell):
    answer = shell("token", "create", "--subject", "ada", JWT_SECRET="your-jwt-secret-key-change-in-production")
    assert answer.exit_code == 1
    assert "JWT_SECRET is a sample value" in answer.stderr


def test_chat_without_a_phrase_it_knows_fails_kindly(shell):
    answer = shell("chat", "sing", "a", "song")
    assert answer.exit_code == 1
    assert "help" in answer.stderr
    assert shell("chat", "help").exit_code == 0


def test_a_talk_goes_on_line_by_line_until_quit(shell):
    answer = shell("chat", stdin="help\n\nsing\nquit\nhelp\n")
    assert answer.exit_code == 0
    assert answer.stdout.count("You can ask, in your own words:") == 1
    assert "did not understand" in answer.stdout
    in_json = shell("chat", "--json", stdin="help\n")
    assert json.loads(in_json.stdout)["command"] == "help"


def test_every_command_is_in_the_lists_above():
    def walk(command: click.Command, words: tuple[str, ...]):
        if isinstance(command, click.Group):
            yield words
            for name, inner in command.commands.items():
                yield from walk(inner, (*words, name))
        else:
            yield words

    assert sorted(walk(main, ())) == sorted([*GROUPS, *LEAVES])


def test_a_backup_is_restored_into_another_database(shell, tmp_path):
    assert shell("db", "upgrade").exit_code == 0
    made = shell("db", "backup", "today.backup")
    assert made.exit_code == 0
    assert "key ring is not included" in made.stderr
    again = shell("db", "backup", "today.backup")
    assert (again.exit_code, "--force" in again.stderr) == (1, True)
    elsewhere = {"ATOM_SHOPIFY_DATABASE_URL": f"sqlite:///{tmp_path / 'elsewhere.db'}"}
    restored = json.loads(shell("db", "restore", "today.backup", "--json", **elsewhere).stdout)
    assert restored["revision"] == restored["upgraded_to"]
    assert shell("db", "current", **elsewhere).exit_code == 0
    nonsense = shell("db", "restore", "/dev/null", **elsewhere)
    assert (nonsense.exit_code, "no backup" in nonsense.stderr) == (1, True)
