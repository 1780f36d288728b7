"""Who belongs to a segment, the filters of segment queries, and lists of members that are made in the background.

The names of the filters in words are inferred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from atom_shopify_plugin.sandbox.connections import Page, page_of
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.customers import default_email, default_phone, display_name, spent
from atom_shopify_plugin.sandbox.refusals import Refused, bad_request, fault, not_modelled
from atom_shopify_plugin.sandbox.registry import kind, mutation, query
from atom_shopify_plugin.sandbox.segment_match import FACTS, Test, matcher
from atom_shopify_plugin.sandbox.segment_query import query_problems
from atom_shopify_plugin.sandbox.store import Node, Pending, number

kind("CustomerSegmentMembersQuery", fields="currentCount done")

_TYPES = {"number": "SegmentFloatFilter", "day": "SegmentDateFilter", "list": "SegmentStringFilter"}
_ENUMS = ("customer_account_status", "email_subscription_status", "sms_subscription_status")


@query("segmentFilters")
def segment_filters(_ctx: Context, args: dict[str, Any]) -> Page:
    return page_of([_filter(name) for name in sorted(FACTS)], args, ["segmentFilters"])


def _filter(name: str) -> Node:
    type_name = "SegmentEnumFilter" if name in _ENUMS else _TYPES.get(FACTS[name], "SegmentStringFilter")
    if name == "number_of_orders":
        type_name = "SegmentIntegerFilter"
    words = name.replace("_", " ").capitalize()
    return {"__typename": type_name, "queryName": name, "localizedName": words, "multiValue": FACTS[name] == "list"}


@query("customerSegmentMembers")
def members(ctx: Context, args: dict[str, Any]) -> Page:
    """Return a page of the customers in a segment, in a query, or in a list that was made before."""
    if args.get("timezone") not in (None, "UTC"):
        raise not_modelled("customerSegmentMembers.timezone")
    named = [name for name in ("segmentId", "query", "queryId") if args.get(name) is not None]
    if len(named) != 1:
        raise bad_request("Exactly one of segmentId, query and queryId has to be given.")
    if named == ["queryId"]:
        made = ctx.lookup(args["queryId"], "CustomerSegmentMembersQuery")
        if made is None:
            raise fault("Segment members query does not exist", "NOT_FOUND")
        found = [node for gid in made["rows"] if (node := ctx.store.get(gid)) is not None] if made["done"] else []
    else:
        found = _sorted(ctx, _found(ctx, args), _order(args.get("sortKey")))
    rows = [_member(ctx, node) for node in found]
    page = page_of(rows, args, ["customerSegmentMembers"])
    page.extras = {**page.extras, "totalCount": len(rows)}
    return page


@mutation("customerSegmentMembersQueryCreate")
def query_create(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    text = given.get("query")
    if text is not None and given.get("segmentId") is not None:
        raise Refused.one(["input"], "Providing both segment_id and query is not supported.", "INVALID")
    if text is None and given.get("segmentId") is None:
        raise Refused.one(["input"], "You must provide one of segment_id or query.", "INVALID")
    if text is None:
        text = ctx.known(given["segmentId"], "Segment", None, "Invalid segment ID.", "INVALID")["query"]
    elif problems := query_problems(text):
        raise Refused.one(None, problems[0], "INVALID")
    # What isn't modelled is told here: the work is done while another request is answered.
    test, key = _tester(ctx, text), _order(given.get("sortKey"))
    made = ctx.create("CustomerSegmentMembersQuery", {"done": False, "currentCount": 0, "rows": []})

    def run(later: Context) -> None:
        found = _sorted(later, _matching(later, test), key)
        if given.get("reverse"):
            found.reverse()
        later.update(made, {"done": True, "currentCount": len(found), "rows": [node["id"] for node in found]})

    ctx.store.pending.append(Pending(made["id"], 1, run))
    return {"customerSegmentMembersQuery": made["id"]}


def _found(ctx: Context, given: Mapping[str, Any]) -> list[Node]:
    text = given.get("query")
    if text is None:
        segment = ctx.lookup(given["segmentId"], "Segment")
        if segment is None:
            raise fault("Segment does not exist", "NOT_FOUND")
        text = segment["query"]
    if problems := query_problems(text):
        raise bad_request(f"Query {problems[0]}")
    return _matching(ctx, _tester(ctx, text))


def _tester(ctx: Context, text: str) -> Test:
    return matcher(text, datetime.fromisoformat(ctx.stamp).astimezone(UTC).date())


def _matching(ctx: Context, test: Test) -> list[Node]:
    return [node for node in ctx.store.all("Customer").values() if test(partial(_fact, ctx, node))]


def _order(key: str | None) -> str | None:
    """Return the fact by which members are sorted under a sort key."""
    if key is None:
        return None
    fact = {"created_at": "customer_added_date", "first_order_date": "first_order_date", "amount_spent": "amount_spent",
            "last_order_date": "last_order_date", "number_of_orders": "number_of_orders"}.get(key)  # fmt: skip
    if fact is None:
        raise not_modelled(f"Members of segments in the order of {key}")
    return fact


def _sorted(ctx: Context, found: list[Node], fact: str | None) -> list[Node]:
    if fact is None:
        return found
    return sorted(found, key=lambda node: ((value := _fact(ctx, node, fact)) is not None, value))


def _fact(ctx: Context, node: Node, name: str) -> Any:
    return _READ[name](ctx, node)


def _orders(ctx: Context, node: Node) -> list[Any]:
    days = (datetime.fromisoformat(order["processedAt"]) for order in ctx.store.find("Order", "customer", node["id"]))
    return sorted(day.astimezone(UTC).date() for day in days)


def _countries(ctx: Context, node: Node) -> list[str]:
    places = (ctx.store.get(gid) or {} for gid in node["addressIds"])
    return [str(place["countryCodeV2"]) for place in places if place.get("countryCodeV2")]


def _companies(ctx: Context, node: Node) -> list[int]:
    return [number(row["company"]) for row in ctx.store.find("CompanyContact", "customer", node["id"])]


def _status(node: Node, channel: str) -> str:
    return str((node.get(channel) or {}).get("marketingState", "NOT_SUBSCRIBED"))


_READ: Mapping[str, Callable[[Context, Node], Any]] = {
    "amount_spent": spent,
    "companies": _companies,
    "customer_account_status": lambda _, node: node["state"],
    "customer_added_date": lambda _, node: datetime.fromisoformat(node["createdAt"]).astimezone(UTC).date(),
    "customer_countries": _countries,
    "customer_email_domain": lambda _, node: (node.get("email") or "").rpartition("@")[2] or None,
    "customer_language": lambda _, node: node["locale"],
    "customer_tags": lambda _, node: node["tags"],
    "email_subscription_status": lambda _, node: _status(node, "emailConsent"),
    "first_order_date": lambda ctx, node: next(iter(_orders(ctx, node)), None),
    "last_order_date": lambda ctx, node: next(iter(_orders(ctx, node)[::-1]), None),
    "number_of_orders": lambda ctx, node: Decimal(len(_orders(ctx, node))),
    "sms_subscription_status": lambda _, node: _status(node, "smsConsent"),
}


def _member(ctx: Context, node: Node) -> Node:
    orders = ctx.store.find("Order", "customer", node["id"])
    last = max(orders, key=lambda order: str(order["processedAt"]), default=None)
    return {
        "__typename": "CustomerSegmentMember",
        "id": f"gid://shopify/CustomerSegmentMember/{number(node['id'])}",
        "displayName": display_name(ctx, node, {}),
        "defaultEmailAddress": default_email(ctx, node, {}),
        "defaultPhoneNumber": default_phone(ctx, node, {}),
        "amountSpent": spent(ctx, node),
        "numberOfOrders": len(orders),
        "lastOrderId": last and last["id"],
        **{name: node.get(name) for name in ("firstName", "lastName", "note", "defaultAddress")},
    }
