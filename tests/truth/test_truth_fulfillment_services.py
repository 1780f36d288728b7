"""What Shopify answers about fulfillment services."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

SHOWN = "handle serviceName callbackUrl requiresShippingMethod location { name isFulfillmentService }"
CREATE = f"""mutation C($name: String!, $url: URL) {{ fulfillmentServiceCreate(name: $name, callbackUrl: $url) {{
  fulfillmentService {{ {SHOWN} }} userErrors {{ field message }} }} }}"""
UPDATE = f"""mutation U($id: ID!, $name: String, $url: URL, $shipped: Boolean) {{
  fulfillmentServiceUpdate(id: $id, name: $name, callbackUrl: $url, requiresShippingMethod: $shipped) {{
  fulfillmentService {{ {SHOWN} }} userErrors {{ field message }} }} }}"""
DELETE = """mutation D($id: ID!, $how: FulfillmentServiceDeleteInventoryAction, $to: ID) {
  fulfillmentServiceDelete(id: $id, inventoryAction: $how, destinationLocationId: $to) {
  deletedId userErrors { field message } } }"""
SHOW = "query Q($id: ID!) { fulfillmentService(id: $id) { serviceName } }"
PLACE = "query Q($id: ID!) { location(id: $id) { name isFulfillmentService isActive } }"
HOUSE = Before(
    'mutation { fulfillmentServiceCreate(name: "Parcel House") { fulfillmentService { id location { id } } } }',
    also={"house": "fulfillmentServiceCreate.fulfillmentService.id",
          "place": "fulfillmentServiceCreate.fulfillmentService.location.id"},
)  # fmt: skip
MAIN = Before("{ locations(first: 1) { nodes { id } } }", name="main", path="locations.nodes.0.id")
TAKEN, RESERVED = "Name has already been taken", "Name is reserved"
URL = "https://parcels.example/hook"
NO_DESTINATION = (
    "Inventory action Destination location id should not be present when deleting/keeping the inventory of the "
    "fulfillment service."
)


def made(what: str, name: str, *errors: Any, url: str | None = None, before: Any = ()) -> Fact:
    data = {"fulfillmentServiceCreate": {"fulfillmentService": None, "userErrors": list(errors)}}
    return Fact(what, CREATE, {"name": name, "url": url}, before=before, data=data)


def changed(what: str, given: dict[str, Any], shown: dict[str, Any] | None, *errors: Any) -> Fact:
    service = None if shown is None else {
        "handle": "parcel-house", "serviceName": "Parcel House", "callbackUrl": None, "requiresShippingMethod": True,
        "location": {"name": shown.get("serviceName", "Parcel House"), "isFulfillmentService": True}, **shown,
    }  # fmt: skip
    data = {"fulfillmentServiceUpdate": {"fulfillmentService": service, "userErrors": list(errors)}}
    return Fact(what, UPDATE, {"id": "<house>", **given}, before=[HOUSE], data=data, cost=11)


def deleted(what: str, given: dict[str, Any], gone: str | None, *errors: Any) -> Fact:
    data = {"fulfillmentServiceDelete": {"deletedId": gone, "userErrors": list(errors)}}
    return Fact(what, DELETE, {"id": "<house>", **given}, before=[HOUSE, MAIN], data=data, cost=10)


def named(message: str) -> dict[str, Any]:
    return user_error(message, "name")


def called(message: str) -> dict[str, Any]:
    return user_error(message, "callbackUrl")


UNKNOWN = {"id": "gid://shopify/FulfillmentService/1"}
NOBODY = user_error("Fulfillment service could not be found.", "id")
FACTS = [
    made("a name is not blank", "", named("Name can't be blank")),
    made("a name has no blanks around it", " Parcels ", named("Name cannot begin with a whitespace character"),
         named("Name cannot end with a whitespace character")),
    *(made(f"{name} is a reserved name", name, named(RESERVED)) for name in ("Manual", "Gift_Card", "Shopify", "Amazon")),
    made("a name is taken in any case", "PARCEL HOUSE", named(TAKEN), before=[HOUSE]),
    made("a name is taken by its handle", "parcel-house", named(TAKEN), before=[HOUSE]),
    made("a callback is called by HTTP", "Parcels", called("Callback url protocol ftp:// is not supported"),
         url="ftp://parcels.example/hook"),
    made("some hosts are not called", "Parcels", called("Callback url is not allowed"), url="https://shopify.com/hook"),
    made("all faults of a service are told at once", "", named("Name can't be blank"),
         called("Callback url is not allowed"), url="https://example.com/hook"),
    changed("a new name leaves the handle", {"name": "Parcels"}, {"serviceName": "Parcels"}),
    changed("a callback is changed alone", {"url": URL}, {"callbackUrl": URL}),
    changed("shipping may not be required", {"shipped": False}, {"requiresShippingMethod": False}),
    changed("an update leaves names reserved", {"name": "Manual"}, None, named(RESERVED)),
    changed("an update checks the callback", {"url": "ftp://parcels.example"}, None,
            called("Callback url protocol ftp:// is not supported")),
    Fact("a requirement that is left out is there again", UPDATE, {"id": "<house>"},
         before=[HOUSE, Before(UPDATE, {"id": "<house>", "shipped": False})],
         data={"fulfillmentServiceUpdate": {"userErrors": [], "fulfillmentService": {
             "handle": "parcel-house", "serviceName": "Parcel House", "callbackUrl": None,
             "requiresShippingMethod": True, "location": {"name": "Parcel House", "isFulfillmentService": True}}}}),
    Fact("an update of no service", UPDATE, UNKNOWN,
         data={"fulfillmentServiceUpdate": {"fulfillmentService": None, "userErrors": [NOBODY]}}),
    Fact("a deletion of no service", DELETE, UNKNOWN,
         data={"fulfillmentServiceDelete": {"deletedId": None, "userErrors": [NOBODY]}}),
    Fact("no service", SHOW, UNKNOWN, data={"fulfillmentService": None}, cost=1),
    deleted("kept stock goes nowhere", {"how": "KEEP", "to": "<main>"}, None,
            user_error(NO_DESTINATION, "inventoryAction")),
    deleted("deleted stock goes nowhere", {"how": "DELETE", "to": "<main>"}, None,
            user_error(NO_DESTINATION, "inventoryAction")),
    deleted("stock goes to a location that there is", {"how": "TRANSFER", "to": "gid://shopify/Location/1"}, None,
            user_error("Invalid destination location.")),
    Fact("a location goes with its service", PLACE, {"id": "<place>"},
         before=[HOUSE, Before(DELETE, {"id": "<house>", "how": "DELETE"})], data={"location": None}),
    Fact("a location is kept as the merchant's", PLACE, {"id": "<place>"}, source="documentation",
         before=[HOUSE, Before(DELETE, {"id": "<house>", "how": "KEEP"})],
         data={"location": {"name": "Parcel House", "isFulfillmentService": False, "isActive": True}}),
    Fact("a merchant sends by hand", """{ orders(first: 1, query: "fulfillment_status:fulfilled") { nodes { fulfillments(first: 1) {
           service { id handle serviceName type trackingSupport } } } } }""",
         data={"orders": {"nodes": [{"fulfillments": [{"service": {
             "id": "gid://shopify/FulfillmentService/manual", "handle": "manual", "serviceName": "Manual", "type": "MANUAL",
             "trackingSupport": False}}]}]}}),
    Fact("stock moves before its location goes", "query Q($id: ID!) { fulfillmentService(id: $id) { handle } }",
         {"id": "<house>"}, before=[HOUSE, MAIN, Before(DELETE, {"id": "<house>", "how": "TRANSFER", "to": "<main>"})],
         data={"fulfillmentService": None}),
]  # fmt: skip

test_facts = each(FACTS)
