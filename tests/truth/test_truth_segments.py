"""What Shopify answers about segments of customers."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

CREATE = "mutation M($name: String!, $query: String!) { segmentCreate(name: $name, query: $query) { segment { id name query } userErrors { field message } } }"
UPDATE = "mutation M($id: ID!, $name: String, $query: String) { segmentUpdate(id: $id, name: $name, query: $query) { segment { name query } userErrors { field message } } }"
BUYERS = Before(CREATE, {"name": "Buyers", "query": "number_of_orders >= 1"}, "buyers", "segmentCreate.segment.id")


LIST = "mutation M($input: CustomerSegmentMembersQueryInput!) { customerSegmentMembersQueryCreate(input: $input) { customerSegmentMembersQuery { id } userErrors { field message code } } }"


def listing(what: str, given: dict[str, Any], message: str, *path: str) -> Fact:
    errors = [user_error(message, *path, code="INVALID")]
    data = {"customerSegmentMembersQueryCreate": {"customerSegmentMembersQuery": None, "userErrors": errors}}
    return Fact(what, LIST, {"input": given}, before=[BUYERS], data=data)


def refused(what: str, name: str, query: str, *errors: dict[str, Any]) -> Fact:
    return Fact(
        what,
        CREATE,
        {"name": name, "query": query},
        data={"segmentCreate": {"segment": None, "userErrors": list(errors)}},
        cost=10,
    )


def kept(query: str) -> Fact:
    document = CREATE.replace("id name query", "query")
    return Fact(
        f"{query.strip()} is a query",
        document,
        {"name": "A", "query": query},
        data={"segmentCreate": {"segment": {"query": query}, "userErrors": []}},
    )


def changed(what: str, given: dict[str, Any], *errors: dict[str, Any]) -> Fact:
    return Fact(
        what,
        UPDATE,
        {"id": "<buyers>", **given},
        before=[BUYERS],
        data={"segmentUpdate": {"segment": None, "userErrors": list(errors)}},
        cost=10,
    )


def named(name: str, other: str) -> Fact:
    document = CREATE.replace("id name query", "name")
    return Fact(
        f"a second {name} is called {other}",
        document,
        {"name": name, "query": "number_of_orders = 0"},
        before=[Before(CREATE, {"name": name, "query": "number_of_orders = 0"})],
        data={"segmentCreate": {"segment": {"name": other}, "userErrors": []}},
    )


NOBODY = user_error("Segment does not exist", "id")
MEMBERS = "query Q($query: String) { customerSegmentMembers(first: 5, query: $query) { edges { node { displayName numberOfOrders } } totalCount } }"
PROBE = Before(
    "mutation M($input: CustomerInput!) { customerCreate(input: $input) { customer { id } } }",
    {"input": {"firstName": "Prue", "lastName": "Probe", "tags": ["Probe"], "email": "prue@probe.example"}},
)
QUERY_OF_MEMBERS = Before("mutation M($input: CustomerSegmentMembersQueryInput!) { customerSegmentMembersQueryCreate(input: $input) { customerSegmentMembersQuery { id done } } }",
                          {"input": {"query": "customer_tags CONTAINS 'probe'"}}, "list", "customerSegmentMembersQueryCreate.customerSegmentMembersQuery.id")  # fmt: skip


def members(query: str, *names: str) -> Fact:
    """By Shopify's documentation of the segment query language."""
    rows = [{"node": {"displayName": name, "numberOfOrders": "0"}} for name in names]
    return Fact(
        f"the members of {query}",
        MEMBERS,
        {"query": query},
        before=[PROBE],
        data={"customerSegmentMembers": {"edges": rows, "totalCount": len(rows)}},
    )


FACTS = [
    refused("a segment has a name and a query", "", "", user_error("Name can't be blank", "name"), user_error("Query can't be blank", "query")),
    refused("the query is looked at when the name is right", "", "not a valid segment query ???", user_error("Name can't be blank", "name")),
    refused("a segment's name ends at 255", "N" * 256, "number_of_orders = 0", user_error("Name is too long (maximum is 255 characters)", "name")),
    refused("a query ends at 5,000", "A", " " * 5001 + "number_of_orders = 0", user_error("Query is too long (maximum is 5000 characters)", "query")),
    refused("a wrong word is told before unknown filters", "A", "not a valid segment query ???", user_error("Query Line 1 Column 6: 'valid' is unexpected.", "query"),
            user_error("Query Line 1 Column 4: 'a' filter cannot be found.", "query")),
    *map(kept, ("   number_of_orders = 0   ", "(number_of_orders >= 1) OR (number_of_orders = 0)", "abandoned_checkout_date >= -30d", "amount_spent > 100.50", "companies IS NULL",
                "customer_tags NOT CONTAINS 'vip'", "number_of_orders >= 1 AND customer_countries CONTAINS 'CA'")),
    *(named(*names) for names in (("Foo", "Foo (2)"), ("Foo (1)", "Foo (2)"), ("Foo (0)", "Foo (1)"))),
    changed("an update changes something", {}, {"field": None, "message": "At least one attribute to change must be present"}),
    changed("an update to nothing changes nothing", {"name": None}, {"field": None, "message": "At least one attribute to change must be present"}),
    changed("a name can't become blank", {"name": ""}, user_error("Name can't be blank", "name")),
    Fact("an update leaves what it does not name", UPDATE, {"id": "<buyers>", "name": " Everybody "}, before=[BUYERS],
         data={"segmentUpdate": {"segment": {"name": "Everybody", "query": "number_of_orders >= 1"}, "userErrors": []}}),
    Fact("an unknown segment can't be changed", UPDATE, {"id": "gid://shopify/Segment/1", "name": "A"}, data={"segmentUpdate": {"segment": None, "userErrors": [NOBODY]}}, cost=10),
    Fact("an unknown segment can't be deleted", 'mutation M { segmentDelete(id: "gid://shopify/Segment/1") { deletedSegmentId userErrors { field message } } }',
         data={"segmentDelete": {"deletedSegmentId": None, "userErrors": [NOBODY]}}, cost=10),
    Fact("an unknown segment is an error", 'query Q { segment(id: "gid://shopify/Segment/1") { id } }', data={"segment": None},
         errors=[{"message": "Segment does not exist", "path": ["segment"], "extensions": {"code": "NOT_FOUND"}}]),
    Fact("an id of another type", UPDATE, {"id": "gid://shopify/Order/1", "name": "A"}, data={"segmentUpdate": None}, errors=[{"message": "invalid id", "extensions": {"code": "RESOURCE_NOT_FOUND"}}]),
    *(members(query, "Prue Probe") for query in (
        "customer_tags CONTAINS 'probe'", "customer_email_domain = 'probe.example' AND number_of_orders = 0",
        "number_of_orders > 9999 OR customer_email_domain = 'probe.example' AND last_order_date IS NULL",
        "(number_of_orders > 9999 OR amount_spent = 0) AND customer_tags CONTAINS 'Probe' AND customer_added_date >= -1d")),
    *map(members, ("customer_tags CONTAINS 'nobody'", "customer_tags CONTAINS 'probe' AND last_order_date >= today",
                   "customer_email_domain = 'probe.example' AND email_subscription_status = 'SUBSCRIBED'")),
    Fact("a list of members is made in the background", "query Q($id: ID!) { customerSegmentMembersQuery(id: $id) { done currentCount } }", {"id": "<list>"},
         before=[PROBE, QUERY_OF_MEMBERS], data={"customerSegmentMembersQuery": {"done": True, "currentCount": 1}}),
    *(listing(*fact) for fact in (
        ("a list of members is of one thing", {"segmentId": "<buyers>", "query": "number_of_orders > 0"}, "Providing both segment_id and query is not supported.", "input"),
        ("a list of members is of something", {}, "You must provide one of segment_id or query.", "input"),
        ("a list of the members of no segment", {"segmentId": "gid://shopify/Segment/1"}, "Invalid segment ID."),
        ("a list of the members of what is no query", {"query": "not a valid query"}, "Line 1 Column 6: 'valid' is unexpected."))),
    Fact("a list of the members of a customer", LIST, {"input": {"segmentId": "gid://shopify/Customer/1"}}, data={"customerSegmentMembersQueryCreate": None},
         errors=[{"message": "invalid id", "extensions": {"code": "RESOURCE_NOT_FOUND"}}]),
    Fact("what a list of members can't model is told at once", LIST, {"input": {"query": "products_purchased(tag: 'a') = true"}}, data={"customerSegmentMembersQueryCreate": None},
         errors=[{"extensions": {"code": "NOT_MODELLED"}}], source="ours"),
    members("companies IS NULL AND customer_tags CONTAINS 'probe'", "Prue Probe"),
    Fact("segments are found by name", 'query Q { segments(first: 5, query: "name:buyers") { nodes { name } } }', before=[BUYERS], data={"segments": {"nodes": [{"name": "Buyers"}]}}, cost=5),
]  # fmt: skip

test_facts = each(FACTS)
