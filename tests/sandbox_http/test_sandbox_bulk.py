"""Bulk operations over HTTP: their course, their results, their uploads, and what goes wrong on demand."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from bulkshop import CREATE, DEMO, BulkShop

from atom_shopify_plugin.sandbox.core import Sandbox

ORDERS = "{ orders { edges { node { id name lineItems { edges { node { id quantity } } } } } } }"
PRODUCTS = "{ products { edges { node { id title } } } }"
TREE = "{ products(sortKey: TITLE) { edges { node { id title variants { edges { node { id sku } } } metafields { edges { node { id key } } } } } } }"  # noqa: E501
WEEK = 7 * 86400
DOWNLOAD = """
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1]) as reply, open(sys.argv[2], "wb", buffering=0) as file:
    while piece := reply.read(100):
        file.write(piece)
"""


@pytest.fixture
def bulk(wired, sandbox: Sandbox) -> BulkShop:
    return BulkShop(wired, sandbox, [*sandbox.app.scopes, "read_all_orders"])


def fault(bulk: BulkShop, kind: str, **more: Any) -> None:
    bulk.shop.control("POST", "faults", json={"kind": kind, **more})


# the course of an operation


def test_an_operation_goes_from_created_to_completed_on_the_sandbox_clock(bulk, clock):
    bulk.settings(start_after=5, rate=2)
    gid = bulk.start("{ products(first: 1) { edges { node { id } } } }")
    count = bulk.data("{ productsCount { count } }")["productsCount"]["count"]
    seen = []
    for seconds in (0, 4.9, 0.2, 1.0, 1.0, count):
        clock.move(seconds)
        operation = bulk.ended(gid)
        seen.append((operation["status"], operation["objectCount"], operation["url"] is not None))
    assert seen[:2] == [("CREATED", "0", False)] * 2
    assert [row[0] for row in seen[2:5]] == ["RUNNING"] * 3
    assert 0 < int(seen[2][1]) < int(seen[3][1]) < int(seen[4][1]) < count
    assert seen[5] == ("COMPLETED", str(count), True)


def test_a_completed_operation_tells_its_figures(bulk):
    operation = bulk.run(ORDERS)
    reply = requests.get(operation["url"], timeout=10)
    rows = [json.loads(line) for line in reply.text.splitlines()]
    roots = [row for row in rows if "__parentId" not in row]
    assert operation["objectCount"] == str(len(rows))
    assert operation["rootObjectCount"] == str(len(roots))
    assert operation["fileSize"] == str(len(reply.content))
    assert operation["completedAt"] is not None
    assert (operation["errorCode"], operation["partialDataUrl"]) == (None, None)


def test_slashes_are_escaped_and_each_line_ends(bulk):
    text = requests.get(bulk.run(PRODUCTS)["url"], timeout=10).text
    assert text.startswith('{"id":"gid:\\/\\/shopify\\/Product\\/')
    assert text.endswith("}\n")


def test_children_follow_their_parents_when_they_are_grouped(bulk):
    rows = bulk.rows(bulk.run(ORDERS, grouped=True)["url"])
    parent = None
    for row in rows:
        parent = row.get("__parentId") or row["id"]
        assert row.get("__parentId", parent) == parent
    assert [row["id"] for row in rows if "name" in row] == list(
        dict.fromkeys(row.get("__parentId", row["id"]) for row in rows)
    )


def test_children_come_later_by_default_and_anywhere_on_demand(bulk):
    def places(rows: list[dict[str, Any]]) -> list[bool]:
        at = {row["id"]: place for place, row in enumerate(rows)}
        return [at[row["__parentId"]] < at[row["id"]] for row in rows if "__parentId" in row]

    later = bulk.rows(bulk.run(ORDERS)["url"])
    assert all(places(later))
    assert any(
        before.get("__parentId", before["id"]) != row["__parentId"]
        for before, row in pairwise(later)
        if "__parentId" in row
    )
    bulk.settings(order="any")
    assert not all(places(bulk.rows(bulk.run(ORDERS)["url"])))


def test_two_runs_with_the_same_seed_differ_only_in_their_operation(bulk, sandbox):
    sandbox.snapshots.take("before")
    first = requests.get(bulk.run(ORDERS)["url"], timeout=10).content
    sandbox.snapshots.go_back("before")
    assert requests.get(bulk.run(ORDERS)["url"], timeout=10).content == first


def test_pages_of_the_inner_query_are_ignored_and_its_filter_and_order_hold(bulk):
    query = "{ products(first: 1, reverse: true, sortKey: TITLE, query: \"updated_at:>='2000-01-01T00:00:00+00:00'\") { edges { node { title } } } }"  # noqa: E501
    titles = [row["title"] for row in bulk.rows(bulk.run(query)["url"])]
    assert titles == sorted(titles, key=str.casefold, reverse=True)
    assert len(titles) == bulk.data("{ productsCount { count } }")["productsCount"]["count"]
    none = bulk.run("{ products(query: \"updated_at:>='2199-01-01'\") { edges { node { title } } } }")
    assert (none["status"], none["url"], none["objectCount"]) == ("COMPLETED", None, "0")


def test_aliases_fragments_and_objects_stay_in_the_line_and_connections_leave_it(bulk):
    query = """query Q($size: Int = 1) {
      things: products { edges { ...Edge } }
    }
    fragment Edge on ProductEdge { node { ... on Product { id name: title seo { title } ...Parts } } }
    fragment Parts on Product { variants { edges { node { id product { handle } } } } }"""
    rows = bulk.rows(bulk.run(query.replace("($size: Int = 1)", ""), grouped=True)["url"])
    assert list(rows[0]) == ["id", "name", "seo"]
    assert list(rows[1]) == ["id", "product", "__parentId"]
    assert rows[1]["__parentId"] == rows[0]["id"]


def test_rows_below_a_single_object_have_no_parent(bulk):
    product = bulk.data("{ products(first: 1) { nodes { id variants(first: 9) { nodes { id } } } } }")["products"][
        "nodes"
    ][0]
    query = f'{{ product(id: "{product["id"]}") {{ id variants {{ edges {{ node {{ id }} }} }} }} }}'
    operation = bulk.run(query)
    assert bulk.rows(operation["url"]) == product["variants"]["nodes"]
    assert operation["rootObjectCount"] == operation["objectCount"]


def test_requests_are_answered_while_an_operation_runs(bulk):
    bulk.settings(rate=5)
    gid = bulk.start(PRODUCTS)
    assert bulk.read(gid)["status"] in ("CREATED", "RUNNING")
    created = bulk.data(CREATE, {"product": {"title": "In between"}})
    assert created["productCreate"]["userErrors"] == []


def test_a_cancelled_query_keeps_what_was_written(bulk, clock):
    bulk.settings(rate=1)
    gid = bulk.start(PRODUCTS)
    clock.move(2.5)
    bulk.ended(gid)
    bulk.data(f'mutation {{ bulkOperationCancel(id: "{gid}") {{ userErrors {{ message }} }} }}')
    operation = bulk.ended(gid)
    assert (operation["status"], operation["completedAt"], operation["fileSize"]) == ("CANCELED", None, None)
    assert len(bulk.rows(operation["url"])) == int(operation["objectCount"]) > 0


def test_an_operation_that_lacks_a_scope_fails(wired, sandbox):
    bulk = BulkShop(wired, sandbox, ["read_orders"])
    operation = bulk.run(PRODUCTS)
    assert (operation["status"], operation["errorCode"], operation["url"]) == ("FAILED", "ACCESS_DENIED", None)
    nested = bulk.run("{ orders { edges { node { id lineItems { edges { node { id product { id } } } } } } } }")
    assert (nested["status"], nested["errorCode"]) == ("FAILED", "ACCESS_DENIED")
    rows = bulk.shop.control("GET", "bulk?store=demo")["operations"]
    assert rows[0]["reason"].startswith("Access denied for products field.")


def test_what_the_sandbox_does_not_model_is_told_at_the_start(bulk):
    text = "mutation R($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id } } }"
    for query in ("{ deliveryProfiles { edges { node { id } } } }", "{ productTags { edges { node } } }"):
        answer = bulk.shop.graphql(bulk.token, text, {"q": query}).json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_MODELLED"]
    path = bulk.upload(b"{}\n")
    text = "mutation R($m: String!, $p: String!) { bulkOperationRunMutation(mutation: $m, stagedUploadPath: $p) { bulkOperation { id } } }"  # noqa: E501
    mutation = "mutation D($id: ID!) { deliveryProfileRemove(id: $id) { job { id } } }"
    answer = bulk.shop.graphql(bulk.token, text, {"m": mutation, "p": path}).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_MODELLED"]


def test_each_app_sees_its_own_operations(bulk):
    gid = bulk.start(PRODUCTS)
    other = bulk.shop.connect("read_products")["access_token"]
    asked = f'{{ bulkOperation(id: "{gid}") {{ id }} currentBulkOperation {{ id }} '
    asked += "bulkOperations(first: 5) { nodes { id } } }"
    answer = bulk.shop.graphql(other, asked).json()["data"]
    assert answer == {"bulkOperation": None, "currentBulkOperation": None, "bulkOperations": {"nodes": []}}


@pytest.mark.parametrize(("days", "status"), [(9, "RUNNING"), (10, "FAILED")])
def test_a_query_that_takes_longer_than_ten_days_fails(bulk, clock, days, status):
    bulk.settings(rate=1e-6)
    gid = bulk.start(PRODUCTS)
    bulk.ended(gid)
    clock.move(days * 86400)
    operation = bulk.ended(gid)
    assert (operation["status"], operation["errorCode"]) == (status, "TIMEOUT" if status == "FAILED" else None)


# results


def test_an_address_names_its_file_and_ends_after_seven_days(bulk, clock):
    gid = bulk.start(PRODUCTS)
    url = bulk.ended(gid)["url"]
    fields = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    filename = f"bulk-{gid.rpartition('/')[2]}.jsonl"
    assert fields["response-content-disposition"] == f"attachment; filename=\"{filename}\"; filename*=UTF-8''{filename}"
    assert fields["response-content-type"] == "application/jsonl"
    assert int(fields["Expires"]) == int(clock.time()) + WEEK
    reply = requests.get(url, timeout=10)
    assert reply.headers["Content-Type"] == "application/jsonl"
    assert reply.headers["Content-Disposition"] == fields["response-content-disposition"]
    clock.move(WEEK)
    late = requests.get(url, timeout=10)
    assert (late.status_code, "<Code>ExpiredToken</Code>" in late.text) == (400, True)
    assert bulk.read(gid)["status"] == "EXPIRED"


def test_a_wrong_address_gets_nothing(bulk):
    url = bulk.run(PRODUCTS)["url"]
    bare = url.partition("?")[0]
    later = url.replace("Expires=", "Expires=9")
    no_signature = requests.get(bare, timeout=10)
    changed = requests.get(later, timeout=10)
    assert (no_signature.status_code, changed.status_code) == (403, 403)
    assert "<Code>SignatureDoesNotMatch</Code>" in changed.text
    split = requests.get(url.replace("application%2Fjsonl", "text%2Fplain%0d%0aX-Evil:%201"), timeout=10)
    assert (split.status_code, split.headers.get("X-Evil")) == (200, None)


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=5-100000000", 206, slice(5, None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("bytes=100000000-", 416, None),
        ("bytes=9-5", 416, None),
    ],
)
def test_a_range_of_a_result(bulk, wanted, status, part):
    url = bulk.run(PRODUCTS)["url"]
    whole = requests.get(url, timeout=10).content
    reply = requests.get(url, headers={"Range": wanted}, timeout=10)
    assert reply.status_code == status
    if part is not None:
        assert reply.content == whole[part]
    if status == 206:
        start, stop, _ = part.indices(len(whole))
        assert reply.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"


def test_a_head_request_tells_the_size(bulk):
    operation = bulk.run(PRODUCTS)
    reply = requests.head(operation["url"], timeout=10)
    assert (reply.status_code, reply.headers["Content-Length"]) == (200, operation["fileSize"])


def test_a_client_that_is_killed_in_the_middle_of_a_download_goes_on_later(bulk, tmp_path):
    url = bulk.run("{ products { edges { node { id title variants { edges { node { id title } } } } } } }")["url"]
    fault(bulk, "drip", piece=200, every=0.01, match={"path": "/shopify-tiers-assets-*"})
    file = tmp_path / "result.jsonl"
    with subprocess.Popen([sys.executable, "-c", DOWNLOAD, url, str(file)]) as client:
        until = time.monotonic() + 20
        while not (file.exists() and file.stat().st_size > 600) and time.monotonic() < until:
            time.sleep(0.005)
        client.kill()
    part, whole = file.read_bytes(), requests.get(url, timeout=10).content
    assert 600 < len(part) < len(whole)
    rest = requests.get(url, headers={"Range": f"bytes={len(part)}-"}, timeout=10)
    assert rest.status_code == 206
    assert part + rest.content == whole


def test_the_faults_of_answers_befall_results_and_uploads(bulk):
    url, match = bulk.run(PRODUCTS)["url"], {"path": "/shopify-tiers-assets-*"}
    fault(bulk, "cut", keep=0.5, match=match)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(url, timeout=10)
    fault(bulk, "status", status=503, match=match)
    assert requests.get(url, timeout=10).status_code == 503
    target = bulk.target()
    fault(bulk, "status", status=500, match={"path": "/shopify-staged-uploads/*"})
    assert [bulk.post(target, b"{}").status_code for _ in range(2)] == [500, 201]


# mutations


def test_each_line_is_a_request_of_its_own(bulk, sandbox):
    before = len(sandbox.store(DEMO).journal)
    rows = [{"product": {"title": "One"}}, {"product": {"title": ""}}, b"{broken\n", b"[1]\n", b"\n", {"other": 1}]
    operation = bulk.imported([*rows, {"product": {"title": "Two"}}])
    assert (operation["status"], operation["objectCount"]) == ("COMPLETED", "6")
    lines = {row["__lineNumber"]: row for row in bulk.rows(operation["url"])}
    assert sorted(lines) == [0, 1, 2, 3, 5, 6]
    assert lines[0]["data"]["productCreate"]["product"]["title"] == "One"
    assert lines[1]["data"]["productCreate"]["userErrors"] == [{"field": ["title"], "message": "Title can't be blank"}]
    assert all("errors" in lines[at] and "data" not in lines[at] for at in (2, 3, 5))
    made = [(effect.operation, effect.action, effect.origin) for effect in sandbox.store(DEMO).journal[before:]]
    assert made == [("productCreate", "created", "api")] * 2
    assert sandbox.store(DEMO).journal[before].input == {"product": {"title": "One"}}


def test_a_cancelled_mutation_keeps_what_was_done(bulk, clock):
    bulk.settings(rate=1)
    path = bulk.upload(b"".join(json.dumps({"product": {"title": f"Cup {at}"}}).encode() + b"\n" for at in range(9)))
    gid = bulk.import_(path)["bulkOperation"]["id"]
    clock.move(2.5)
    bulk.ended(gid)
    bulk.data(f'mutation {{ bulkOperationCancel(id: "{gid}") {{ userErrors {{ message }} }} }}')
    operation = bulk.ended(gid)
    rows = bulk.rows(operation["url"])
    assert (operation["status"], 0 < len(rows) < 9) == ("CANCELED", True)
    for row in rows:
        product = row["data"]["productCreate"]["product"]
        assert bulk.data(f'{{ product(id: "{product["id"]}") {{ title }} }}')["product"]["title"] == product["title"]


def test_a_mutation_without_its_scope_fails(wired, sandbox):
    bulk = BulkShop(wired, sandbox, ["read_products"])
    operation = bulk.imported([{"product": {"title": "Cup"}}])
    assert (operation["status"], operation["errorCode"]) == ("FAILED", "ACCESS_DENIED")


def test_an_idempotent_mutation_takes_its_key_from_the_line(bulk, sandbox):
    item = next(iter(sandbox.store(DEMO).all("InventoryItem").values()))
    level = next(node for node in sandbox.store(DEMO).all("InventoryLevel").values() if node["item"] == item["id"])
    mutation = "mutation A($input: InventoryAdjustQuantitiesInput!, $key: String!) { inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { userErrors { message } } }"  # noqa: E501
    change = {"inventoryItemId": item["id"], "locationId": level["location"], "delta": 1, "changeFromQuantity": None}
    row = {"input": {"name": "available", "reason": "correction", "changes": [change]}, "key": "once"}
    before = len(sandbox.store(DEMO).journal)
    operation = bulk.imported([row, row], mutation)
    assert operation["status"] == "COMPLETED"
    assert [row["data"]["inventoryAdjustQuantities"]["userErrors"] for row in bulk.rows(operation["url"])] == [[], []]
    assert len(sandbox.store(DEMO).journal) == before + 1


# uploads


def test_a_form_is_answered_as_the_storage_answers_it(bulk):
    target = bulk.target()
    key = next(row["value"] for row in target["parameters"] if row["name"] == "key")
    reply = bulk.post(target, b"{}\n")
    assert reply.status_code == 201
    assert f'<Key>{key}</Key><ETag>"' in reply.text
    assert f"<Location>{target['url']}{key}</Location><Bucket>shopify-staged-uploads</Bucket>" in reply.text


def test_a_form_that_was_changed_or_is_late_is_refused(bulk, clock):
    def code(reply: requests.Response) -> tuple[int, str]:
        return reply.status_code, reply.text.partition("<Code>")[2].partition("</Code>")[0]

    target = bulk.target()
    assert code(bulk.post(target, b"{}", key="tmp/1/bulk/x/other.jsonl")) == (400, "InvalidPolicyDocument")
    assert code(bulk.post(target, b"{}", policy="e30=")) == (403, "SignatureDoesNotMatch")
    assert code(bulk.post(target, b"")) == (400, "EntityTooSmall")
    assert code(requests.post(target["url"], data={"key": "x"}, timeout=10)) == (400, "InvalidArgument")
    assert code(requests.post(target["url"], files={"file": b"{}"}, timeout=10)) == (403, "AccessDenied")
    clock.move(86400)
    assert code(bulk.post(target, b"{}")) == (400, "InvalidPolicyDocument")


def test_a_put_uses_the_signed_address(bulk, clock):
    target = bulk.target(httpMethod="PUT")
    url = target["url"]
    assert requests.put(url.replace("rows", "other"), b"{}", timeout=10).status_code == 403
    reply = requests.put(url, b"", timeout=10)
    assert (reply.status_code, reply.content) == (200, b"")
    path = urlsplit(url).path.removeprefix("/shopify-staged-uploads/")
    assert bulk.import_(path)["userErrors"] == [
        {"field": None, "message": "The input file is empty.", "code": "INVALID_STAGED_UPLOAD_FILE"}
    ]
    assert requests.put(url, json.dumps({"product": {"title": "Cup"}}), timeout=10).status_code == 200
    assert bulk.import_(path)["userErrors"] == []
    clock.move(WEEK)
    assert requests.put(url, b"{}", timeout=10).status_code == 400


def test_more_than_100_mb_are_not_imported(shop, sandbox):
    bulk = BulkShop(shop, sandbox)
    url = bulk.target(httpMethod="PUT")["url"]
    assert shop.session.put(url, bytes(104_866_200)).status_code == 200
    path = urlsplit(url).path.removeprefix("/shopify-staged-uploads/")
    message = "The input file size exceeds the maximum allowed size of 100 MB."
    assert bulk.import_(path)["userErrors"] == [
        {"field": None, "message": message, "code": "INVALID_STAGED_UPLOAD_FILE"}
    ]


def test_another_stores_upload_is_no_file(bulk, wired, sandbox):
    path = bulk.upload(b"{}\n")
    token = sandbox.issue_admin_token("outlet.myshopify.com")
    text = "mutation R($m: String!, $p: String!) { bulkOperationRunMutation(mutation: $m, stagedUploadPath: $p) { userErrors { code } } }"  # noqa: E501
    wired.host = "outlet.myshopify.com"
    answer = wired.graphql(token, text, {"m": CREATE, "p": path}).json()["data"]["bulkOperationRunMutation"]
    assert answer["userErrors"] == [{"code": "NO_SUCH_FILE"}]


# what goes wrong on demand


@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "TIMEOUT", "ACCESS_DENIED"])
def test_an_operation_fails_halfway(bulk, code):
    fault(bulk, "bulk_fails", error_code=code, keep=0.5)
    count = bulk.data("{ productsCount { count } }")["productsCount"]["count"]
    operation = bulk.run(PRODUCTS)
    assert (operation["status"], operation["errorCode"], operation["url"]) == ("FAILED", code, None)
    assert (operation["completedAt"], operation["fileSize"]) == (None, None)
    assert len(bulk.rows(operation["partialDataUrl"])) == int(operation["objectCount"]) == count // 2
    assert bulk.run(PRODUCTS)["status"] == "COMPLETED"


def test_an_operation_fails_before_its_first_row(bulk):
    fault(bulk, "bulk_fails", keep=0)
    operation = bulk.run(PRODUCTS)
    assert (operation["status"], operation["objectCount"], operation["partialDataUrl"]) == ("FAILED", "0", None)


@pytest.mark.parametrize("status", ["EXPIRED", "COMPLETED"])
def test_an_address_that_has_ended(bulk, status):
    fault(bulk, "bulk_expired", status=status)
    operation = bulk.run(PRODUCTS)
    assert operation["status"] == status
    assert requests.get(operation["url"], timeout=10).status_code == 400


def test_a_result_that_is_cut(bulk):
    fault(bulk, "bulk_cut", keep=0.5)
    operation = bulk.run(PRODUCTS)
    content = requests.get(operation["url"], timeout=10).content
    assert len(content) == int(operation["fileSize"]) // 2
    assert not content.endswith(b"}\n")


def test_a_slow_operation_beside_a_quick_one(bulk, clock):
    fault(bulk, "bulk_slow", rate=1, start_after=10)
    slow, quick = bulk.start(PRODUCTS), bulk.start(PRODUCTS)
    assert bulk.ended(quick)["status"] == "COMPLETED"
    assert bulk.read(slow)["status"] == "CREATED"
    clock.move(12)
    assert bulk.ended(slow)["status"] == "RUNNING"
    clock.move(100_000)
    assert bulk.ended(slow)["status"] == "COMPLETED"


def test_two_faults_of_one_operation(bulk, clock):
    fault(bulk, "bulk_slow", rate=1)
    fault(bulk, "bulk_fails", keep=0.9)
    gid = bulk.start(PRODUCTS)
    assert bulk.ended(gid)["status"] == "RUNNING"
    clock.move(100_000)
    assert bulk.ended(gid)["status"] == "FAILED"


def test_faults_of_operations_leave_other_requests_alone(bulk):
    fault(bulk, "bulk_fails")
    bulk.data("{ shop { name } }")
    assert bulk.shop.control("GET", "faults")["faults"][0]["left"] == 1


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "bulk_fails", "error_code": "OTHER"},
        {"kind": "bulk_cut", "keep": 2},
        {"kind": "bulk_slow", "rate": "x"},
    ],
)
def test_a_fault_that_makes_no_sense(bulk, spec):
    assert bulk.shop.send("POST", "/__sandbox__/faults", json=spec).status_code == 400


@pytest.mark.parametrize("body", [{"speed": 1}, {"rate": -1}, {"hold": 1}, {"order": "odd"}, {"at_once": 0}])
def test_a_setting_that_makes_no_sense(bulk, body):
    assert bulk.shop.send("POST", "/__sandbox__/bulk", json=body).status_code == 400


# snapshots


def test_a_snapshot_keeps_operations_and_their_files(bulk, sandbox):
    operation = bulk.run(PRODUCTS)
    whole = bulk.rows(operation["url"])
    sandbox.snapshots.take("done")
    sandbox.snapshots.go_back()
    assert bulk.sandbox.store(DEMO).get(operation["id"]) is None
    assert requests.get(operation["url"], timeout=10).status_code == 404
    sandbox.snapshots.go_back("done")
    assert bulk.rows(operation["url"]) == whole


def test_a_mutation_goes_on_where_it_was_at_the_snapshot(bulk, sandbox, clock):
    bulk.settings(rate=1)
    path = bulk.upload(b"".join(json.dumps({"product": {"title": f"Cup {at}"}}).encode() + b"\n" for at in range(6)))
    gid = bulk.import_(path)["bulkOperation"]["id"]
    clock.move(2.5)
    done = int(bulk.ended(gid)["objectCount"])
    sandbox.snapshots.take("half")
    for _ in range(2):
        clock.move(100)
        rows = bulk.rows(bulk.ended(gid)["url"])
        assert [row["__lineNumber"] for row in rows] == list(range(6))
        titles = [
            node["title"] for node in sandbox.store(DEMO).all("Product").values() if node["title"].startswith("Cup ")
        ]
        assert sorted(titles) == [f"Cup {at}" for at in range(6)]
        sandbox.snapshots.go_back("half")
        assert int(bulk.read(gid)["objectCount"]) == done


def test_a_query_that_ran_at_the_snapshot_runs_again(bulk, sandbox, clock):
    bulk.settings(rate=1)
    gid = bulk.start(PRODUCTS)
    clock.move(2)
    bulk.ended(gid)
    sandbox.snapshots.take("half")
    for _ in range(2):
        clock.move(100_000)
        operation = bulk.ended(gid)
        assert operation["status"] == "COMPLETED"
        assert len(bulk.rows(operation["url"])) == int(operation["objectCount"])
        sandbox.snapshots.go_back("half")


def test_no_thread_is_left_when_nothing_runs(bulk):
    before = set(threading.enumerate())

    def left() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one.name == "sandbox-bulk" and one not in before]

    bulk.run(PRODUCTS)
    until = time.monotonic() + 10
    while left() and time.monotonic() < until:
        time.sleep(0.01)
    assert left() == []
