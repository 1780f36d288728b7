"""What Shopify answers about locations."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

SCOPES = ["write_locations", "read_inventory", "write_inventory", "read_products"]
ADD = "mutation M($input: LocationAddInput!) { locationAdd(input: $input) { location { id name fulfillsOnlineOrders shipsInventory address { address1 city country countryCode provinceCode zip } } userErrors { field message code } } }"
EDIT = "mutation M($id: ID!, $input: LocationEditInput!) { locationEdit(id: $id, input: $input) { location { name address { address1 city country provinceCode } } userErrors { field message code } } }"
ACTIVATE = 'mutation M($id: ID!, $key: String! = "a") { locationActivate(locationId: $id) @idempotent(key: $key) { location { isActive } locationActivateUserErrors { field message code } } }'
DEACTIVATE = 'mutation M($id: ID!, $to: ID, $key: String! = "d") { locationDeactivate(locationId: $id, destinationLocationId: $to) @idempotent(key: $key) { location { isActive } locationDeactivateUserErrors { field message code } } }'
ATTIC = {
    "name": "Attic",
    "address": {"address1": "1 Spadina", "city": "Toronto", "countryCode": "CA", "zip": "M5T 2C2"},
}
MADE = Before(ADD, {"input": ATTIC}, "attic", "locationAdd.location.id", scopes=SCOPES)
FIRST = Before("{ location { id name } }", {}, "first", "location.id", scopes=SCOPES)
LONG = "x" * 256


def adding(what: str, given: dict[str, Any], *errors: Any, before: list[Before] | None = None) -> Fact:
    answer = {"locationAdd": {"location": None, "userErrors": list(errors)}}
    return Fact(what, ADD, {"input": {**ATTIC, **given}}, before=before or [], data=answer, cost=10, scopes=SCOPES)


def editing(what: str, given: dict[str, Any], shown: Any, *errors: Any, before: list[Before] | None = None) -> Fact:
    answer = {"locationEdit": {"location": shown, "userErrors": list(errors)}}
    steps = before or [MADE]
    return Fact(what, EDIT, {"id": "<attic>", "input": given}, before=steps, data=answer, scopes=SCOPES)


def switching(
    what: str, document: str, given: dict[str, Any], active: bool | None, *errors: Any, before: list[Before]
) -> Fact:
    name = "locationActivate" if document is ACTIVATE else "locationDeactivate"
    location = None if active is None else {"isActive": active}
    answer = {name: {"location": location, f"{name}UserErrors": list(errors)}}
    return Fact(what, document, given, before=before, data=answer, scopes=SCOPES)


DELETE = "mutation M($id: ID!) { locationDelete(locationId: $id) { deletedLocationId locationDeleteUserErrors { field message code } } }"


def deleting(what: str, gid: str, *problems: tuple[str, str], before: list[Before]) -> Fact:
    errors = [user_error(message, "locationId", code=code) for message, code in problems]
    answer = {"locationDelete": {"deletedLocationId": None if errors else gid, "locationDeleteUserErrors": errors}}
    return Fact(what, DELETE, {"id": gid}, before=before, data=answer, cost=10, scopes=SCOPES)


TAKEN = user_error("You already have a location with this name", "input", "name", code="TAKEN")
ONLINE = "Online order fulfillment could not be disabled for this location as it is the only location that fulfills online orders."
ITEM = Before(
    'mutation { productCreate(product: {title: "Cup"}) { product { variants(first: 1) { nodes { inventoryItem { id } } } } } }',
    {},
    "item",
    "productCreate.product.variants.nodes.0.inventoryItem.id",
)
STOCK = Before(
    'mutation M($item: ID!, $place: ID!, $key: String! = "s") { inventoryActivate(inventoryItemId: $item, locationId: $place, available: 5) @idempotent(key: $key) { userErrors { message } } }',
    {"item": "<item>", "place": "<attic>"},
    scopes=SCOPES,
)
DOWN = Before(DEACTIVATE, {"id": "<attic>"}, scopes=SCOPES)
SECOND = Before(ADD, {"input": {**ATTIC, "name": "Cellar"}}, "cellar", "locationAdd.location.id", scopes=SCOPES)
IS_ACTIVE = "The location cannot be deleted while it is active.", "LOCATION_IS_ACTIVE"
HAS_STOCK = "The location cannot be deleted while it has inventory.", "LOCATION_HAS_INVENTORY"
NO_PLACE = "Location not found.", "LOCATION_NOT_FOUND"
SERVED = Before(
    'mutation { fulfillmentServiceCreate(name: "Depot", requiresShippingMethod: true) { fulfillmentService { location { id } } } }',
    {},
    "depot",
    "fulfillmentServiceCreate.fulfillmentService.location.id",
    scopes=["write_fulfillments", *SCOPES],
)
COULD_NOT = "Location could not be deactivated because"
FACTS = [
    Fact(
        "a new location fulfils orders online",
        ADD.replace("{ id name", "{ name"),
        {"input": ATTIC},
        data={
            "locationAdd": {
                "location": {
                    "name": "Attic",
                    "fulfillsOnlineOrders": True,
                    "shipsInventory": False,
                    "address": {
                        "address1": "1 Spadina",
                        "city": "Toronto",
                        "country": "Canada",
                        "countryCode": "CA",
                        "provinceCode": None,
                        "zip": "M5T 2C2",
                    },
                },
                "userErrors": [],
            }
        },
        scopes=SCOPES,
    ),
    adding("a location has a name", {"name": " "}, user_error("Add a location name", "input", "name", code="BLANK")),
    adding(
        "the name of a location is short",
        {"name": "n" * 101},
        user_error("Use a shorter location name (up to 100 characters)", "input", "name", code="TOO_LONG"),
    ),
    adding("the name of a location is there once", {"name": "attic"}, TAKEN, before=[MADE]),
    *(
        adding(
            f"the {member} of a location is short",
            {"address": {"countryCode": "CA", member: LONG}},
            user_error(f"Use a shorter {words} (up to 255 characters)", "input", "address", member, code="TOO_LONG"),
        )
        for member, words in (("address1", "name for the street"), ("city", "city name"), ("zip", "postal / ZIP code"))
    ),
    editing(
        "an edit leaves what it does not name",
        {"address": {"city": "Boston", "countryCode": "US", "provinceCode": "MA"}},
        {
            "name": "Attic",
            "address": {"address1": "1 Spadina", "city": "Boston", "country": "United States", "provinceCode": "MA"},
        },
    ),
    editing("the name of another location is taken", {"name": "Cellar"}, None, TAKEN, before=[MADE, SECOND]),
    Fact(
        "a location that does not exist can't be edited",
        EDIT,
        {"id": "gid://shopify/Location/42", "input": {"name": "Attic"}},
        data={
            "locationEdit": {
                "location": None,
                "userErrors": [user_error("Location not found.", "id", code="NOT_FOUND")],
            }
        },
        scopes=SCOPES,
    ),
    Fact(
        "one location fulfils orders online",
        EDIT,
        {"id": "<first>", "input": {"fulfillsOnlineOrders": False}},
        before=[
            Before("{ locations(first: 5) { nodes { id } } }", {}, "other", "locations.nodes.1.id", scopes=SCOPES),
            FIRST,
            Before(EDIT, {"id": "<other>", "input": {"fulfillsOnlineOrders": False}}, scopes=SCOPES),
        ],
        data={
            "locationEdit": {
                "location": None,
                "userErrors": [user_error(ONLINE, "input", code="CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT")],
            }
        },
        scopes=SCOPES,
    ),
    switching("an empty location is deactivated", DEACTIVATE, {"id": "<attic>"}, False, before=[MADE]),
    switching("a location is activated again", ACTIVATE, {"id": "<attic>"}, True, before=[MADE, DOWN]),
    switching(
        "an unknown location can't be activated",
        ACTIVATE,
        {"id": "gid://shopify/Location/42"},
        None,
        user_error("Location not found.", "locationId", code="LOCATION_NOT_FOUND"),
        before=[],
    ),
    switching(
        "two active locations don't share a name",
        ACTIVATE,
        {"id": "<attic>"},
        False,
        user_error(
            "This location currently cannot be activated because there exists an active location with the same name.",
            "locationId",
            code="HAS_NON_UNIQUE_NAME",
        ),
        before=[MADE, DOWN, Before(ADD, {"input": ATTIC}, scopes=SCOPES)],
    ),
    switching(
        "the shop's own location stays",
        DEACTIVATE,
        {"id": "<first>"},
        True,
        user_error(
            f"{COULD_NOT} it either has a fulfillment service or is the only location with a shipping address.",
            "locationId",
            code="PERMANENTLY_BLOCKED_FROM_DEACTIVATION_ERROR",
        ),
        before=[FIRST],
    ),
    switching(
        "what is stocked needs another place",
        DEACTIVATE,
        {"id": "<attic>"},
        True,
        user_error(
            "Location could not be deactivated without specifying where to relocate inventory stocked at the location.",
            "locationId",
            code="HAS_ACTIVE_INVENTORY_ERROR",
        ),
        before=[ITEM, MADE, STOCK],
    ),
    switching(
        "what is stocked goes to another place",
        DEACTIVATE,
        {"id": "<attic>", "to": "<cellar>"},
        False,
        before=[ITEM, MADE, STOCK, SECOND],
    ),
    switching(
        "a location is not its own destination",
        DEACTIVATE,
        {"id": "<attic>", "to": "<attic>"},
        True,
        user_error(
            f"{COULD_NOT} the destination location cannot be set to the location to be deactivated.",
            "destinationLocationId",
            code="DESTINATION_LOCATION_IS_THE_SAME_LOCATION",
        ),
        before=[MADE],
    ),
    switching(
        "a destination is active",
        DEACTIVATE,
        {"id": "<cellar>", "to": "<attic>", "key": "e"},
        True,
        user_error(
            f"{COULD_NOT} the destination location could be not found or is inactive.",
            "destinationLocationId",
            code="DESTINATION_LOCATION_NOT_FOUND_OR_INACTIVE",
        ),
        before=[MADE, DOWN, SECOND],
    ),
    Fact(
        "what was stocked is at the other place",
        'query Q($item: ID!, $place: ID!) { inventoryItem(id: $item) { inventoryLevel(locationId: $place) { quantities(names: ["available"]) { quantity } } } }',
        {"item": "<item>", "place": "<cellar>"},
        before=[ITEM, MADE, STOCK, SECOND, Before(DEACTIVATE, {"id": "<attic>", "to": "<cellar>"}, scopes=SCOPES)],
        data={"inventoryItem": {"inventoryLevel": {"quantities": [{"quantity": 5}]}}},
        source="official schema",
    ),
    switching(
        "a destination exists",
        DEACTIVATE,
        {"id": "<attic>", "to": "gid://shopify/Location/42"},
        True,
        user_error(
            "destination location not shopify managed",
            "destinationLocationId",
            code="DESTINATION_LOCATION_NOT_FOUND_OR_INACTIVE",
        ),
        before=[MADE],
    ),
    switching(
        "the location of a fulfillment service stays",
        DEACTIVATE,
        {"id": "<depot>"},
        True,
        user_error(
            f"{COULD_NOT} it either has a fulfillment service or is the only location with a shipping address.",
            "locationId",
            code="PERMANENTLY_BLOCKED_FROM_DEACTIVATION_ERROR",
        ),
        before=[SERVED],
    ),
    switching(
        "the location of a fulfillment service is not activated",
        ACTIVATE,
        {"id": "<depot>"},
        True,
        user_error(NO_PLACE[0], "locationId", code=NO_PLACE[1]),
        before=[SERVED],
    ),
    Fact(
        "the location of a fulfillment service has a country alone",
        "query Q($id: ID!) { location(id: $id) { deactivatable deletable addressVerified address { address1 city countryCode zip } } }",
        {"id": "<depot>"},
        before=[SERVED],
        data={
            "location": {
                "deactivatable": False,
                "deletable": True,
                "addressVerified": True,
                "address": {"address1": None, "city": None, "countryCode": "DE", "zip": None},
            }
        },
        scopes=SCOPES,
    ),
    deleting("a deactivated location is deleted", "<attic>", before=[MADE, DOWN]),
    deleting("an active location stays", "<attic>", IS_ACTIVE, before=[MADE]),
    deleting("a stocked location stays", "<attic>", IS_ACTIVE, HAS_STOCK, before=[ITEM, MADE, STOCK]),
    deleting("an unknown location can't be deleted", "gid://shopify/Location/42", NO_PLACE, before=[]),
    deleting("the location of a fulfillment service is not deleted", "<depot>", NO_PLACE, before=[SERVED]),
    deleting(
        "a location with open orders stays",
        "<first>",
        IS_ACTIVE,
        HAS_STOCK,
        ("The location cannot be deleted while it has pending orders.", "LOCATION_HAS_PENDING_ORDERS"),
        before=[
            FIRST,
            ITEM,
            Before(
                'mutation { orderCreate(order: {lineItems: [{title: "Cup", quantity: 1, requiresShipping: true, priceSet: {shopMoney: {amount: 1, currencyCode: EUR}}}]}) { order { id } userErrors { message } } }',
                scopes=["write_orders"],
            ),
        ],
    ),
    Fact(
        "what was stocked at a deleted location is gone",
        "query Q($item: ID!, $place: ID!) { location(id: $place) { id } inventoryItem(id: $item) { inventoryLevel(locationId: $place) { id } } }",
        {"item": "<item>", "place": "<attic>"},
        before=[
            ITEM,
            MADE,
            STOCK,
            SECOND,
            Before(DEACTIVATE, {"id": "<attic>", "to": "<cellar>"}, scopes=SCOPES),
            Before(DELETE, {"id": "<attic>"}, scopes=SCOPES),
        ],
        data={"location": None, "inventoryItem": {"inventoryLevel": None}},
    ),
]

test_facts = each(FACTS)
