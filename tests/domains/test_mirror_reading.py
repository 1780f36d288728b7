"""What is copied of orders and customers: whole, told by nobody's name, and worth the same as in a report."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from copying import read
from sqlalchemy import select

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.service import mirror
from atom_shopify_plugin.storage.insight.amounts import decimal_of
from atom_shopify_plugin.storage.insight.rollups import MONTH, TOTAL, SumRow

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

CREATE = """mutation ($order: OrderCreateOrderInput!) { orderCreate(order: $order) {
  order { id lineItems(first: 250) { nodes { id } } } userErrors { message } } }"""
REFUND = """mutation ($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
  refund { id } userErrors { message } } }"""


def copied(runtime: Runtime, store: Store) -> list[dict[str, Any]]:
    """Read all orders and customers by small pages, and store them; return the orders."""
    orders, people = read(runtime, store, 7)

    def work(session: Any) -> None:
        whole = runtime.storage.mirrors.lock(session, store)
        zone = runtime.services.open_shop(store).zone
        runtime.storage.mirrored_orders.put(session, whole, orders, zone)
        assert runtime.storage.mirrored_customers.put(session, whole, people).new == len(people)
        assert runtime.storage.mirrored_customers.put(session, whole, people).same == len(people)

    runtime.storage.write(work)
    assert orders
    assert people
    return orders


def test_months_of_copied_orders_equal_the_reports_on_them(
    runtime: Runtime, principal: Principal, store: Store
) -> None:
    copied(runtime, store)
    with runtime.storage.read() as session:
        months = session.execute(select(SumRow).where(SumRow.dimension == TOTAL, SumRow.grain == MONTH)).scalars().all()
    assert months
    for row in months:
        year, month = divmod(row.since, 12)
        since = datetime(year, month + 1, 1, tzinfo=UTC).date()
        until = (since.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        given = {"since": since.isoformat(), "until": until.isoformat()}
        totals = runtime.actions.run(Call(principal, "report_generate", given)).data["totals"]
        for name, column in (
            ("gross_sales", "gross"),
            ("discounts",) * 2,
            ("returns",) * 2,
            ("shipping",) * 2,
            ("tax",) * 2,
        ):
            assert Decimal(totals[name]) == decimal_of(getattr(row, column)), name
        assert (totals["orders"], totals["units"]) == (row.orders, row.units)


def test_nothing_that_is_copied_tells_who_somebody_is(runtime: Runtime, principal: Principal, store: Store) -> None:
    people = runtime.actions.run(Call(principal, "customer_search", {"limit": 50})).data
    secrets = {word for person in people["items"] for word in (person["first_name"], person["last_name"]) if word}
    assert secrets
    text = json.dumps(
        [copied(runtime, store), mirror.customers(runtime.services.open_shop(store), 50, None, None).nodes]
    )
    assert [word for word in secrets if f'"{word}"' in text] == []
    assert "@" not in text


def test_orders_of_many_lines_and_refunds_come_whole(runtime: Runtime, sandbox: Sandbox, store: Store) -> None:
    money = {"shopMoney": {"amount": "1.00", "currencyCode": "EUR"}}
    lines = [{"title": f"Part {number}", "quantity": 1, "priceSet": money} for number in range(60)]
    ids = []
    for _ in range(22):  # more than an answer is completed by
        order = _asked(sandbox, store, CREATE, {"order": {"lineItems": lines}})["orderCreate"]["order"]
        ids.append(order["id"])
    items = [
        {"lineItemId": node["id"], "quantity": 1, "restockType": "NO_RESTOCK"} for node in order["lineItems"]["nodes"]
    ]
    given = {"input": {"orderId": order["id"], "refundLineItems": items[:40]}, "key": str(uuid.uuid4())}
    assert _asked(sandbox, store, REFUND, given)["refundCreate"]["userErrors"] == []
    whole = [one for one in copied(runtime, store) if one["id"] in ids]
    whole += mirror.orders_by_id(runtime.services.open_shop(store), ids)
    assert len(whole) == 44
    for one in whole:
        assert len({node["id"] for node in one["line_items"]["nodes"]}) == 60
        assert [len(refund["refund_line_items"]["nodes"]) for refund in one["refunds"]] == [40] * (
            one["id"] == order["id"]
        )


def _asked(sandbox: Sandbox, store: Store, document: str, variables: Any) -> Any:
    from atom_shopify_plugin.sandbox.messages import Request

    token = sandbox.issue_admin_token(store.shop.name, scopes={"write_orders", "read_orders", "write_products"})
    body = json.dumps({"query": document, "variables": variables}).encode()
    headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
    path = "/admin/api/2026-10/graphql.json"
    answer = json.loads(sandbox.handle(Request("POST", store.shop.name, path, "", headers, body)).body)
    assert "errors" not in answer, answer
    return answer["data"]


def test_an_order_that_is_deleted_while_it_is_read_is_left_out(runtime: Runtime, store: Store) -> None:
    shop = runtime.services.open_shop(store)
    known = mirror.orders(shop, 1, None, None).nodes[0]["id"]
    found = mirror.orders_by_id(shop, ["gid://shopify/Order/1", known])
    assert [order["id"] for order in found] == [known]
    person = mirror.customers(shop, 1, None, None).nodes[0]["id"]
    assert [one["id"] for one in mirror.customers_by_id(shop, [person, "gid://shopify/Customer/1"])] == [person]
