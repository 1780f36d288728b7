"""The command line with a store: a real sandbox on a socket, reached as Shopify would be."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess

import pytest
from processes import PROGRAM, bare_environment

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve

SHOP = "demo.myshopify.com"


@pytest.fixture
def shopify():
    with serve(Sandbox(size="small")) as server:
        yield server


@pytest.fixture
def type_(shell, shopify):
    """Type a command line whose Shopify is the sandbox."""
    settings = {
        "ATOM_SHOPIFY_ENDPOINT": shopify.url,
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
    }
    return lambda *words, **more: shell(*words, **{**settings, **more})


@pytest.fixture
def connected(type_, shopify):
    answer = type_("stores", "connect", SHOP, "--token", stdin=shopify.sandbox.issue_admin_token(SHOP) + "\n")
    assert answer.exit_code == 0, answer.stderr
    return type_


def out(answer):
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def test_a_token_from_stdin_connects_a_store(connected):
    (store,) = out(connected("stores", "list", "--json"))
    assert (store["shop"], store["state"], store["is_default"]) == (SHOP, "active", True)
    assert SHOP in connected("stores", "list").stdout


def test_client_credentials_connect_a_store(type_):
    answer = type_("stores", "connect", "outlet.myshopify.com", "--client-credentials", "--json")
    assert out(answer)["token_kind"] == "client_credentials"


def test_a_token_that_shopify_does_not_know_connects_nothing(type_):
    token = "shpat_0123456789abcdef0123456789abcdef"
    answer = type_("stores", "connect", SHOP, "--token", stdin=f"{token}\n")
    assert answer.exit_code == 1
    assert answer.stderr.count("\n") == 1
    assert token not in answer.stderr
    assert out(type_("stores", "list", "--json")) == []


@pytest.mark.parametrize("words", [[], ["--token", "--client-credentials"]])
def test_one_way_to_connect_must_be_chosen(type_, words):
    assert type_("stores", "connect", SHOP, *words).exit_code == 2


def test_another_default_store_can_be_chosen(connected):
    connected("stores", "connect", "outlet.myshopify.com", "--client-credentials")
    assert connected("stores", "default", "outlet").exit_code == 0
    listed = {store["shop"]: store["is_default"] for store in out(connected("stores", "list", "--json"))}
    assert listed == {SHOP: False, "outlet.myshopify.com": True}
    unknown = connected("stores", "default", "elsewhere.myshopify.com")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


def test_a_disconnected_store_is_gone(connected):
    assert connected("stores", "disconnect", SHOP, stdin="n\n").exit_code == 1
    assert connected("stores", "disconnect", SHOP, "--yes").exit_code == 0
    assert all(store["state"] != "active" for store in out(connected("stores", "list", "--json")))
    assert connected("call", "product_search").exit_code == 1


def test_a_call_prints_what_was_made_and_reads_it_again(connected, tmp_path):
    made = out(connected("call", "product_create", "--input", '{"title": "Tin mug"}'))
    assert made["title"] == "Tin mug"
    (tmp_path / "which.json").write_text(json.dumps({"id": made["id"]}))
    assert out(connected("call", "product_get", "--input", "@which.json"))["id"] == made["id"]
    assert (
        out(connected("call", "product_get", "--input", "-", stdin=json.dumps({"id": made["legacy_id"]})))["id"]
        == made["id"]
    )


def test_with_json_the_whole_envelope_is_printed(connected):
    envelope = out(connected("call", "product_search", "--input", '{"limit": 2}', "--json"))
    assert envelope["ok"] is envelope["success"] is True
    assert len(envelope["data"]["items"]) == 2
    assert envelope["page"]["has_more"] is True
    assert "there is more" in connected("call", "product_search", "--input", '{"limit": 2}').stderr


def test_every_fault_of_an_input_is_told_in_one_line(connected):
    answer = connected("call", "product_create", "--input", '{"titel": "Mug", "status": "SOLD"}')
    assert answer.exit_code == 1
    assert answer.stderr.count("\n") == 1
    assert "titel" in answer.stderr
    assert "status must be one of" in answer.stderr


def test_a_destructive_call_wants_its_confirmation(connected):
    made = out(connected("call", "product_create", "--input", '{"title": "Tin mug"}'))
    which = json.dumps({"id": made["id"]})
    asked = connected("call", "product_delete", "--input", which, "--json")
    assert asked.exit_code == 1
    error = json.loads(asked.stdout)["error"]
    assert error["code"] == "CONFIRMATION_NEEDED"
    assert out(connected("call", "product_get", "--input", which))["id"] == made["id"]
    token = error["details"]["confirmation_token"]
    assert connected("call", "product_delete", "--input", which, "--confirm", token).exit_code == 0
    assert connected("call", "product_get", "--input", which).exit_code == 1
    assert connected("call", "product_delete", "--input", which, "--confirm", token).exit_code == 1


def test_yes_confirms_at_once(connected):
    made = out(connected("call", "product_create", "--input", '{"title": "Tin mug"}'))
    which = json.dumps({"id": made["id"]})
    assert connected("call", "product_delete", "--input", which, "--yes").exit_code == 0
    assert connected("call", "product_get", "--input", which).exit_code == 1


@pytest.mark.parametrize(("typed", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_at_a_terminal_a_destructive_call_shows_what_it_would_do_and_asks(connected, shopify, tmp_path, typed, code):
    made = out(connected("call", "product_create", "--input", '{"title": "Tin mug"}'))
    ours, theirs = pty.openpty()
    environ = bare_environment(
        ATOM_SHOPIFY_ENDPOINT=shopify.url,
        SHOPIFY_API_KEY="sandbox-key",
        SHOPIFY_API_SECRET="sandbox-secret",
        ATOM_SHOPIFY_DATA_DIR=str(tmp_path / "data"),
    )
    words = [*PROGRAM, "call", "product_delete", "--input", json.dumps({"id": made["id"]})]
    with subprocess.Popen(words, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, env=environ) as program:
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        program.wait(60)
        said = os.read(ours, 4096).decode()
    os.close(ours)
    assert program.returncode == code
    assert "“Tin mug” in demo.myshopify.com" in said
    assert "Go on? [y/N]" in said
    still_there = connected("call", "product_get", "--input", json.dumps({"id": made["id"]})).exit_code == 0
    assert still_there is (code == 1)


def test_a_preview_does_nothing(connected):
    before = out(connected("call", "product_search", "--input", '{"limit": 250}', "--json"))["data"]["items"]
    preview = out(connected("call", "product_create", "--input", '{"title": "Tin mug"}', "--preview"))
    assert preview["preview"]["input"]["title"] == "Tin mug"
    after = out(connected("call", "product_search", "--input", '{"limit": 250}', "--json"))["data"]["items"]
    assert len(after) == len(before)


def test_an_idempotency_key_runs_a_write_once(connected):
    words = (
        "call",
        "product_create",
        "--input",
        '{"title": "Tin mug"}',
        "--idempotency-key",
        "key-0123456789",
        "--json",
    )
    first, second = out(connected(*words)), out(connected(*words))
    assert first["data"]["id"] == second["data"]["id"]
    assert second["meta"]["replayed"] is True


def test_a_call_goes_to_the_named_store(connected):
    connected("stores", "connect", "outlet.myshopify.com", "--client-credentials")
    assert out(connected("call", "store_get", "--shop", "outlet"))["myshopify_domain"] == "outlet.myshopify.com"
    assert connected("call", "store_get", "--shop", "elsewhere").exit_code == 1


def test_chat_answers_in_one_line_or_in_json(connected):
    assert connected("chat", "stock", "MUG-BLUE").exit_code == 0
    assert out(connected("chat", "--json", "list", "products"))["ok"] is True


def test_the_operator_is_who_the_setting_says(connected):
    assert out(connected("stores", "list", "--json", ATOM_SHOPIFY_OPERATOR_SUBJECT="bob")) == []


def test_doctor_finds_a_healthy_installation_healthy(connected):
    findings = {one["name"]: one["state"] for one in out(connected("doctor", "--json"))["findings"]}
    assert findings[f"store {SHOP}"] in ("ok", "warn")
    assert findings["database"] == findings["keys"] == findings["settings"] == findings["served version"] == "ok"
    assert findings["endpoint"] == "warn"  # a sandbox is not the real thing


@pytest.mark.slow
def test_doctor_says_what_to_do(shell, connected, shopify):
    down = connected("doctor", ATOM_SHOPIFY_ENDPOINT="http://127.0.0.1:9")
    assert down.exit_code == 1
    assert "atom-shopify sandbox" in down.stdout
    fresh = shell("doctor", "--json", ATOM_SHOPIFY_DATA_DIR="elsewhere")
    assert fresh.exit_code == 1
    remedies = [one["remedy"] for one in json.loads(fresh.stdout)["findings"] if one["state"] == "fail"]
    assert remedies == ["Run `atom-shopify db upgrade`."]
    wrong = shell("doctor", "--json", SHOPIFY_API_VERSION="soon")
    assert [one["state"] for one in json.loads(wrong.stdout)["findings"]] == ["fail"]


def test_no_secret_is_printed(connected, shopify):
    token = shopify.sandbox.issue_admin_token(SHOP)
    said = ""
    for words in (["doctor"], ["stores", "list", "--json"], ["call", "store_get", "--json"], ["chat", "stores"]):
        answer = connected(*words)
        said += answer.stdout + answer.stderr
    assert "sandbox-secret" not in said
    assert token not in said
    assert "shpat_" not in said


def test_a_store_is_named_as_its_people_call_it(connected, shopify):
    (shop,) = shopify.sandbox.store("outlet.myshopify.com").all("Shop").values()
    shop["name"] = "My Other Shop"
    connected("stores", "connect", "outlet.myshopify.com", "--client-credentials")
    for name in ("My Other Shop", "my other shop", "outlet", "https://outlet.myshopify.com/admin"):
        assert out(connected("call", "store_get", "--shop", name))["myshopify_domain"] == "outlet.myshopify.com"
    assert out(connected("stores", "default", "MY OTHER SHOP", "--json"))["shop"] == "outlet.myshopify.com"
    assert connected("chat", "--shop", "my other shop", "list", "products").exit_code == 0
    assert connected("stores", "disconnect", "My Other Shop", "--yes").exit_code == 0
    unknown = connected("call", "store_get", "--shop", "No Shop")
    assert unknown.exit_code == 1
    assert "demo (Demo)" in unknown.stderr


def test_a_cut_list_is_told_beside_the_answer_with_the_command_that_reads_it(connected):
    lines = [{"title": f"Line {n}", "price": "1.00"} for n in range(40)]
    made = out(connected("call", "order_create", "--input", json.dumps({"line_items": lines})))
    listed = connected("call", "order_search", "--input", '{"limit": 1}')
    (order,) = out(listed)["items"]
    assert len(order["line_items"]["nodes"]) == 25
    (told,) = [line for line in listed.stderr.splitlines() if "line_items" in line]
    command = told.rpartition("atom-shopify ")[2].rstrip(")")
    words = shlex.split(command)
    assert words == ["call", "order_get", "--input", json.dumps({"id": made["id"]})]
    whole = connected(*words)
    assert len(out(whole)["line_items"]["nodes"]) == 40
    assert "line_items" not in whole.stderr


@pytest.mark.parametrize("number", ["1e400", "1" + "0" * 30, "9223372036854775808", "NaN", "1" + "0" * 5000])
def test_a_number_of_any_size_is_refused_in_words(connected, number):
    answer = connected("call", "inventory_adjust", "--input", f'{{"sku": "MUG-BLUE", "delta": {number}}}')
    assert answer.exit_code in (1, 2)
    assert "Traceback" not in answer.output
    assert "delta must be" in answer.stderr or "that is not JSON" in answer.stderr


def test_one_call_for_several_stores(connected):
    connected("stores", "connect", "outlet.myshopify.com", "--client-credentials")
    for words in (["--shop", "all"], ["--shop", SHOP, "--shop", "outlet"]):
        found = out(connected("call", "product_search", "--input", '{"limit": 1}', *words))
        assert [(one["shop"], len(one["data"]["items"])) for one in found] == [(SHOP, 1), ("outlet.myshopify.com", 1)]


def test_the_exit_code_tells_that_several_stores_failed(connected):
    connected("stores", "connect", "outlet.myshopify.com", "--client-credentials")
    found = connected("call", "product_get", "--input", '{"id": 1}', "--shop", "all")
    assert found.exit_code == 1
    assert [one["ok"] for one in json.loads(found.stdout)] == [False, False]
    assert "2 of 2 stores failed" in found.stderr


@pytest.mark.slow
@pytest.mark.parametrize("no_wait", [(), ("--no-wait",)])
def test_a_call_for_several_stores_waits_for_the_operation_of_each(connected, shopify, no_wait):
    connected("stores", "connect", "outlet.myshopify.com", "--client-credentials")
    shopify.sandbox.faults.add({"kind": "html", "times": 7, "match": {"subject": "JobGet"}})
    given = json.dumps({"id": 1630000002, "reason": "CUSTOMER"})
    words = ("call", "order_cancel", "--input", given, "--shop", SHOP, "--shop", "outlet", "--yes", *no_wait)
    answer = connected(*words)
    demo, outlet = json.loads(answer.stdout)
    assert (demo["ok"], outlet["ok"]) == (True, False)
    if no_wait:
        assert (demo["data"]["state"], demo["meta"]["accepted"]) == ("accepted", True)
    else:
        assert demo["data"]["order"]["cancelled_at"] is not None
        assert demo["meta"]["verified"] is True
    assert answer.exit_code == 1
    assert "1 of 2 stores failed" in answer.stderr


def test_a_write_is_tried_out_done_and_undone(connected):
    given = json.dumps({"id": 1250000001, "vendor": "Kiln"})
    tried = out(connected("call", "product_update", "--input", given, "--dry-run"))["preview"]
    (change,) = tried["changes"]
    assert (change["field"], change["after"]) == ("vendor", "Kiln")
    done = out(connected("call", "product_update", "--input", given, "--json"))
    entry = done["meta"]["audit_id"]
    assert entry in connected("audit", "list").stdout
    assert entry in connected("audit", "--since", "today", "--actor", "local", "--action", "product_update").stdout
    assert entry not in connected("audit", "--until", "last week").stdout
    assert connected("audit", "list", "--since", "whenever").exit_code != 0
    assert out(connected("audit", "show", entry))["undo"]["input"]["vendor"] == change["before"]
    assert "preview" in out(connected("audit", "undo", entry, "--dry-run"))
    out(connected("call", "product_update", "--input", json.dumps({"id": 1250000001, "vendor": "Oven"})))
    refused = connected("audit", "undo", entry)
    assert refused.exit_code == 1
    assert "changed since: vendor" in refused.stderr
    assert out(connected("audit", "undo", entry, "--force"))["undoes"] == entry
    assert out(connected("call", "product_get", "--input", '{"id": 1250000001}'))["vendor"] == change["before"]
    assert connected("audit", "show", "nothing").exit_code == 1


@pytest.mark.slow
def test_a_shell_waits_for_what_shopify_does_in_the_background_unless_it_is_told_not_to(connected, shopify):
    fault = {"kind": "html", "times": 7, "match": {"subject": "JobGet"}}
    shopify.sandbox.faults.add(fault)
    words = ("call", "order_cancel", "--yes", "--json", "--input")
    waited = connected(*words, '{"id": 1630000002}')
    assert out(waited)["data"]["order"]["cancelled_at"]
    assert "operation" in waited.stderr
    assert "can't be reached" in waited.stderr
    shopify.sandbox.faults.add({**fault, "times": 6})
    taken = out(connected(*words, '{"id": 1630000001}', "--no-wait"))
    operation = taken["data"]["id"]
    assert (taken["meta"]["accepted"], taken["data"]["state"]) == (True, "accepted")
    assert operation in connected("operations", "list").stdout
    assert out(connected("operations", "show", operation))["done"] is False
    assert out(connected("operations", "wait", operation))["order"]["cancelled_at"]
    assert "already finished" in connected("operations", "cancel", operation).stderr


def test_a_call_takes_what_people_type(connected):
    order = out(connected("call", "order_get", "--input", '{"id": "#1001", "fields": "name"}'))
    assert order == {"name": "#1001"}
    given = '{"id": "MUG-BLUE", "price": 15.50}'
    preview = out(connected("call", "variant_update", "--dry-run", "--input", given))["preview"]
    assert preview["input"]["price"] == "15.50"
    assert preview["names"] == {"/id": "MUG-BLUE"}


def test_a_store_is_made_read_only_and_writable_again(connected):
    made = connected("stores", "read-only", SHOP)
    assert (made.exit_code, "is read-only" in made.stdout) == (0, True)
    (store,) = out(connected("stores", "list", "--json"))
    assert store["read_only"] is True
    assert "owner, active, default, read-only" in connected("whoami").stdout
    assert out(connected("whoami", "--json"))["stores"][0]["read_only"] is True
    refused = connected("call", "product_create", "--input", '{"title": "Mug"}')
    assert refused.exit_code != 0
    assert f"atom-shopify stores read-only {SHOP} --off" in refused.stderr
    assert connected("call", "product_create", "--input", '{"title": "Mug"}', "--preview").exit_code == 0
    assert "can be changed again" in connected("stores", "read-only", SHOP, "--off").stdout
    assert connected("call", "product_create", "--input", '{"title": "Mug"}').exit_code == 0
