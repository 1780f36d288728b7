"""Invitations on the command line, and texts of other people on the terminal."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import atom_shopify_plugin
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve

SHOP = "demo.myshopify.com"
# A title of the window, a report that is typed in, colours by the one-byte CSI, a line of one's own, another order.
HOSTILE = "\x1b]0;owned\x07\x9b31m\rerror: paid\u202etxt\u2066\u2028\x7f"


@pytest.fixture
def shopify():
    with serve(Sandbox(size="small")) as server:
        yield server


@pytest.fixture
def as_(shell, shopify):
    """Type a command line as somebody."""
    settings = {
        "ATOM_SHOPIFY_ENDPOINT": shopify.url,
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
    }

    def run(person: str, *words: str, stdin: str | None = None):
        return shell(*words, stdin=stdin, ATOM_SHOPIFY_OPERATOR_SUBJECT=person, **settings)

    return run


@pytest.fixture
def connected(as_, shopify):
    answer = as_("ada", "stores", "connect", SHOP, "--token", stdin=shopify.sandbox.issue_admin_token(SHOP) + "\n")
    assert answer.exit_code == 0, answer.stderr
    return as_


def out(answer):
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def test_an_owner_invites_and_the_invited_joins_once(connected):
    token = connected("ada", "stores", "invite", SHOP, "--for", "bob").stdout.strip()
    assert len(out(connected("ada", "stores", "invitations", SHOP, "--json"))) == 1
    assert connected("mallory", "stores", "join", stdin=f"{token}\n").exit_code == 1
    joined = out(connected("bob", "stores", "join", "--json", stdin=f"{token}\n"))
    assert (joined["shop"], joined["role"]) == (SHOP, "member")
    assert connected("bob", "stores", "join", stdin=f"{token}\n").exit_code == 1
    people = out(connected("ada", "stores", "members", SHOP, "--json"))
    assert [(one["subject"], one["role"]) for one in people] == [("ada", "owner"), ("bob", "member")]


def test_only_an_owner_invites_withdraws_and_dismisses(connected):
    token = connected("ada", "stores", "invite", SHOP).stdout.strip()
    assert connected("bob", "stores", "join", stdin=f"{token}\n").exit_code == 0
    waiting = out(connected("ada", "stores", "invite", SHOP, "--json"))["id"]
    for words in (
        ("invite", SHOP), ("invitations", SHOP), ("members", SHOP), ("withdraw", SHOP, waiting),
        ("dismiss", SHOP, "ada"),
    ):  # fmt: skip
        for person in ("bob", "mallory"):
            answer = connected(person, "stores", *words)
            assert (answer.exit_code, answer.stdout) == (1, "")
    assert connected("ada", "stores", "withdraw", SHOP, waiting).exit_code == 0
    assert connected("ada", "stores", "dismiss", SHOP, "bob").exit_code == 0
    assert out(connected("bob", "stores", "list", "--json")) == []
    assert connected("ada", "stores", "dismiss", SHOP, "ada").exit_code == 1


def test_no_token_for_an_invitation_is_said(connected):
    answer = connected("bob", "stores", "join", stdin="\n")
    assert answer.exit_code == 1
    assert "ATOM_SHOPIFY_INVITATION" in answer.stderr


def harmless(answer) -> str:
    text = answer.stdout + answer.stderr
    assert not {char for char in text if char != "\n"} & set(HOSTILE) - set(HOSTILE.encode("ascii", "ignore").decode())
    assert not any(ord(char) < 32 and char not in "\n\t" for char in text), repr(text)
    return text


@pytest.fixture
def hostile(connected, shopify, tmp_path):
    account = shopify.sandbox.account(SHOP)
    state = account.state
    with state.lock:
        state.change(state.shop, {"name": f"Shop{HOSTILE}"})
        for product in list(state.all("Product").values()):
            state.change(product, {"title": f"Mug{HOSTILE}"})
    definition = {
        "id": "loud",
        "name": f"Loud{HOSTILE}\n",
        "steps": [{"id": "a", "type": "condition", "condition": "1"}],
    }
    (tmp_path / "loud.json").write_text(json.dumps(definition))
    return connected


@pytest.mark.parametrize(
    "words",
    [
        ("stores", "list"),
        ("stores", "list", "--json"),
        ("stores", "default", SHOP),
        ("chat", "list products"),
        ("chat", "--json", "list products"),
        ("call", "product_search", "--input", '{"limit": 2}'),
        ("call", "product_search", "--input", '{"limit": 2}', "--json"),
        ("call", "product_delete", "--input", '{"id": "GID"}'),
        ("workflows", "list"),
        ("workflows", "show", "loud"),
    ],
    ids=" ".join,
)
def test_a_terminal_obeys_no_title_and_no_name(hostile, shopify, words):
    state = shopify.sandbox.store(SHOP)
    gid = next(iter(state.all("Product")))
    hostile("ada", "stores", "connect", SHOP, "--token", stdin=shopify.sandbox.issue_admin_token(SHOP) + "\n")
    hostile("ada", "workflows", "create", "loud.json")
    answer = hostile("ada", *(word.replace("GID", gid) for word in words))
    text = harmless(answer)
    assert "owned" in text
    if "--json" in words or words[0] == "call":
        json.loads(answer.stdout or "{}")


def test_a_name_in_a_table_begins_no_line(hostile):
    hostile("ada", "workflows", "create", "loud.json")
    assert len(hostile("ada", "workflows", "list").stdout.splitlines()) == 2


def test_every_command_prints_through_the_one_function():
    folder = Path(atom_shopify_plugin.__file__).parent / "cli"
    found = [
        f"{path.name}:{node.lineno}"
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("click.echo", "click.secho", "print", "sys.stdout.write")
    ]
    assert len(found) == 1, found
